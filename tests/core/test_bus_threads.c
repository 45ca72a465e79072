/* SPDX-License-Identifier: MIT */
/* The bus under threads: publishers, strands, and subscriptions that come and go, all at once. */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>

#include "bus_fixture.h"

#define PUBLISHERS 2

static void set_up(void)
{
	begin(2);
}

static uint32_t rounds(void)
{
	const char *text = getenv("CORBEL_TEST_ROUNDS");

	return text ? (uint32_t)strtoul(text, NULL, 10) : 1;
}

struct publisher {
	struct corbel_topic *topic;
	uint32_t name, count;
	pthread_t thread;
};

/* The publisher's name is in the upper four bits, its count in the rest. */
static void *publish_many(void *data)
{
	struct publisher *publisher = data;

	for (uint32_t i = 0; i < publisher->count; i++) {
		if (publish(publisher->topic, publisher->name << 28 | i) != 0)
			return (void *)1;
	}
	return NULL;
}

static void start(struct publisher *publishers, uint32_t count)
{
	for (uint32_t i = 0; i < PUBLISHERS; i++) {
		publishers[i] = (struct publisher){ .topic = topic_open(NULL, false),
						    .name = i,
						    .count = count };
		ck_assert_int_eq(
			pthread_create(&publishers[i].thread, NULL, publish_many, &publishers[i]),
			0);
	}
}

static void finish(struct publisher *publishers)
{
	void *result;

	for (int i = 0; i < PUBLISHERS; i++) {
		pthread_join(publishers[i].thread, &result);
		ck_assert_ptr_null(result);
	}
}

/* What a queued handler saw; its strand alone writes. */
struct account {
	uint32_t next[PUBLISHERS]; /* the least number that may come */
	uint64_t count, gaps, disorder, after_end;
	uint32_t ended;
};

static void account_queued(void *data, const struct corbel_delivery *delivery)
{
	struct account *account = data;
	uint32_t name = number_of(delivery) >> 28, number = number_of(delivery) & 0x0fffffff;

	if (number < account->next[name])
		account->disorder++;
	account->gaps += number - account->next[name];
	account->next[name] = number + 1;
	if (__atomic_load_n(&account->ended, __ATOMIC_ACQUIRE))
		account->after_end++;
	__atomic_store_n(&account->count, account->count + 1, __ATOMIC_RELEASE);
}

static void account_direct(void *data, const struct corbel_delivery *delivery)
{
	struct account *account = data;

	(void)delivery;
	if (__atomic_load_n(&account->ended, __ATOMIC_ACQUIRE))
		__atomic_fetch_add(&account->after_end, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&account->count, 1, __ATOMIC_RELAXED);
}

static uint32_t stop;

/* Subscribes and unsubscribes; a handler that runs afterwards would find its account freed. */
static void *churn(void *data)
{
	const char *pattern = data;
	uint64_t turns = 0;

	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
		bool direct = turns++ % 2 == 0;
		struct account *account = calloc(1, sizeof(*account));
		struct corbel_subscription *subscription = subscribe(
			pattern, direct ? CORBEL_DIRECT : CORBEL_QUEUED, 8, CORBEL_DROP_OLDEST,
			direct ? account_direct : account_queued, account);

		if (turns % 3 == 0)
			sched_yield();
		if (bus_unsubscribe(subscription, frame_now() + LONG) != 0)
			return (void *)1;
		__atomic_store_n(&account->ended, 1, __ATOMIC_RELEASE);
		if (account->after_end || (!direct && account->disorder))
			return (void *)2;
		free(account);
	}
	return NULL;
}

static pthread_t churn_start(void *(*run)(void *), void *data)
{
	pthread_t thread;

	__atomic_store_n(&stop, 0, __ATOMIC_RELEASE);
	ck_assert_int_eq(pthread_create(&thread, NULL, run, data), 0);
	return thread;
}

static void churn_end(pthread_t thread)
{
	void *result;

	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	pthread_join(thread, &result);
	ck_assert_ptr_null(result);
}

static void wait_for_count(const struct account *account, uint64_t count)
{
	while (__atomic_load_n(&account->count, __ATOMIC_ACQUIRE) < count)
		sched_yield();
}

START_TEST(each_event_comes_once_and_in_order_while_subscriptions_come_and_go)
{
	struct publisher publishers[PUBLISHERS];
	struct account queued = { .count = 0 }, direct = { .count = 0 };
	uint32_t each = 50000 * rounds();
	uint64_t published, delivered, dropped, waiting;

	subscribe("corbel.test.number", CORBEL_QUEUED, 64, CORBEL_BLOCK, account_queued, &queued);
	subscribe("corbel.*", CORBEL_DIRECT, 0, 0, account_direct, &direct);

	pthread_t churner = churn_start(churn, (char[]){ "corbel.test.*" });

	start(publishers, each);
	finish(publishers);
	churn_end(churner);
	wait_for_count(&queued, PUBLISHERS * (uint64_t)each);
	ck_assert_uint_eq(queued.count, PUBLISHERS * (uint64_t)each);
	ck_assert_uint_eq(queued.disorder, 0);
	ck_assert_uint_eq(queued.gaps, 0);
	ck_assert_uint_eq(direct.count, PUBLISHERS * (uint64_t)each);
	bus_count(bus, "giver", &published, &delivered, &dropped, &waiting);
	ck_assert_uint_eq(published, PUBLISHERS * (uint64_t)each);
	bus_count(bus, "taker", &published, &delivered, &dropped, &waiting);
	ck_assert_uint_eq(delivered, 2 * PUBLISHERS * (uint64_t)each);
	ck_assert_uint_eq(dropped, 0);
}
END_TEST

START_TEST(drops_and_deliveries_add_up_and_keep_order)
{
	struct publisher publishers[PUBLISHERS];
	struct account account = { .count = 0 };
	uint32_t each = 100000 * rounds();
	uint64_t published, delivered = 0, dropped = 0, queued = 1;

	subscribe("corbel.test.number", CORBEL_QUEUED, 16, CORBEL_DROP_OLDEST, account_queued,
		  &account);
	start(publishers, each);
	finish(publishers);
	while (queued > 0 || delivered + dropped < PUBLISHERS * (uint64_t)each)
		bus_count(bus, "taker", &published, &delivered, &dropped, &queued);
	ck_assert_uint_eq(delivered + dropped, PUBLISHERS * (uint64_t)each);
	wait_for_count(&account, delivered);
	ck_assert_uint_eq(account.disorder, 0);
}
END_TEST

struct names {
	uint64_t count, wrong;
};

static void check_name(void *data, const struct corbel_delivery *delivery)
{
	struct names *names = data;
	char expected[64];

	snprintf(expected, sizeof(expected), "corbel.test.number.t%u", number_of(delivery) / 5);
	if (strcmp(expected, delivery->topic) != 0 || strcmp(delivery->publisher, "giver") != 0)
		names->wrong++;
	__atomic_store_n(&names->count, names->count + 1, __ATOMIC_RELEASE);
}

START_TEST(queued_events_keep_the_names_of_topics_that_are_gone)
{
	struct names names = { .count = 0 };
	uint32_t topics = 2000 * rounds();
	char suffix[16];

	subscribe("corbel.test.*", CORBEL_QUEUED, 64, CORBEL_BLOCK, check_name, &names);

	pthread_t churner = churn_start(churn, (char[]){ "corbel.test.number.*" });

	for (uint32_t i = 0; i < topics; i++) {
		snprintf(suffix, sizeof(suffix), "t%u", i);

		struct corbel_topic *topic = topic_open(suffix, i % 2);

		for (uint32_t k = 0; k < 5; k++)
			ck_assert_int_eq(publish(topic, 5 * i + k), 0);
		bus_topic_close(topic);
	}
	churn_end(churner);
	while (__atomic_load_n(&names.count, __ATOMIC_ACQUIRE) < 5 * (uint64_t)topics)
		sched_yield();
	ck_assert_uint_eq(names.count, 5 * (uint64_t)topics);
	ck_assert_uint_eq(names.wrong, 0);
}
END_TEST

/* Late subscribers to a retained topic: the value first, then every later one, none twice. */
struct first_gap {
	uint32_t next;
	uint64_t count, wrong;
};

static void no_gap_after_the_first(void *data, const struct corbel_delivery *delivery)
{
	struct first_gap *gap = data;

	if (gap->count > 0 && number_of(delivery) != gap->next)
		gap->wrong++;
	gap->next = number_of(delivery) + 1;
	__atomic_store_n(&gap->count, gap->count + 1, __ATOMIC_RELEASE);
}

static void *take_retained(void *data)
{
	(void)data;
	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
		struct first_gap gap = { .count = 0 };
		struct corbel_subscription *subscription =
			subscribe("corbel.test.number.kept", CORBEL_QUEUED, 64, CORBEL_BLOCK,
				  no_gap_after_the_first, &gap);

		while (__atomic_load_n(&gap.count, __ATOMIC_ACQUIRE) < 20 &&
		       !__atomic_load_n(&stop, __ATOMIC_ACQUIRE))
			sched_yield();
		if (bus_unsubscribe(subscription, frame_now() + LONG) != 0 || gap.wrong)
			return (void *)1;
	}
	return NULL;
}

START_TEST(a_late_subscriber_misses_nothing_after_the_retained_value)
{
	struct corbel_topic *topic = topic_open("kept", true);

	ck_assert_int_eq(publish(topic, 0), 0);

	pthread_t churner = churn_start(take_retained, NULL);

	for (uint32_t i = 1; i < 50000 * rounds(); i++)
		ck_assert_int_eq(publish(topic, i), 0);
	churn_end(churner);
}
END_TEST

START_TEST(unsubscribing_sends_away_who_waits_for_room)
{
	struct publisher publisher = { .topic = topic_open(NULL, false), .count = 100 };
	struct account account = { .count = 0 };
	struct corbel_subscription *subscription;
	uint64_t published, delivered, dropped, queued = 0;
	void *result;

	strand_pause(taker.party.strand, false);
	subscription = subscribe("corbel.test.number", CORBEL_QUEUED, 4, CORBEL_BLOCK,
				 account_queued, &account);
	ck_assert_int_eq(pthread_create(&publisher.thread, NULL, publish_many, &publisher), 0);
	while (queued < 4)
		bus_count(bus, "taker", &published, &delivered, &dropped, &queued);
	ck_assert_int_eq(bus_unsubscribe(subscription, 0), 0);
	pthread_join(publisher.thread, &result);
	ck_assert_ptr_null(result);
	strand_resume(taker.party.strand);
}
END_TEST

static struct corbel_subscription *once;

static void end_at_once(void *data, const struct corbel_delivery *delivery)
{
	struct corbel_subscription *self = __atomic_exchange_n(&once, NULL, __ATOMIC_ACQ_REL);

	(void)data;
	(void)delivery;
	if (self)
		bus_unsubscribe(self, frame_now());
}

static void *publish_on(void *data)
{
	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE))
		publish(data, 1);
	return NULL;
}

START_TEST(a_direct_subscription_may_end_before_subscribing_has_returned)
{
	pthread_t publisher = churn_start(publish_on, topic_open(NULL, false));
	struct corbel_subscriber subscriber = {
		.size = sizeof(subscriber),
		.mode = CORBEL_DIRECT,
		.handler = (void (*)(void))end_at_once,
	};

	for (uint32_t i = 0; i < 2000 * rounds(); i++) {
		ck_assert_int_eq(bus_subscribe(bus, &taker.party, "corbel.test.number", &subscriber,
					       &once, &error),
				 0);
		while (__atomic_load_n(&once, __ATOMIC_ACQUIRE))
			sched_yield();
	}
	churn_end(publisher);
	ck_assert_uint_eq(ledger_size(&taker.ledger), 0);
}
END_TEST

struct room {
	uint32_t inside, may_leave;
};

static void stay(void *data, const struct corbel_delivery *delivery)
{
	struct room *room = data;

	(void)delivery;
	__atomic_store_n(&room->inside, 1, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&room->may_leave, __ATOMIC_ACQUIRE))
		sched_yield();
}

/* The list that the publisher is inside names the subscription on, whose owner goes. */
START_TEST(a_plugin_ends_while_a_publisher_is_with_another_subscriber)
{
	struct publisher publisher = { .topic = topic_open(NULL, false), .count = 1 };
	struct plugin *leaver = calloc(1, sizeof(*leaver));
	struct account account = { .count = 0 };
	struct corbel_subscriber subscriber = {
		.size = sizeof(subscriber),
		.mode = CORBEL_DIRECT,
		.handler = (void (*)(void))account_direct,
		.data = &account,
	};
	struct corbel_subscription *subscription;
	struct room room = { 0 };
	void *result;

	plugin_begin(leaver, "leaver");
	ck_assert_int_eq(bus_subscribe(bus, &leaver->party, "corbel.test.number", &subscriber,
				       &subscription, &error),
			 0);
	subscribe("corbel.test.number", CORBEL_DIRECT, 0, 0, stay, &room);
	ck_assert_int_eq(pthread_create(&publisher.thread, NULL, publish_many, &publisher), 0);
	while (!__atomic_load_n(&room.inside, __ATOMIC_ACQUIRE))
		sched_yield();
	plugin_end(leaver);
	free(leaver);
	__atomic_store_n(&room.may_leave, 1, __ATOMIC_RELEASE);
	pthread_join(publisher.thread, &result);
	ck_assert_ptr_null(result);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("bus_threads");
	TCase *tests = tcase_create("bus_threads");

	tcase_add_checked_fixture(tests, set_up, end);
	tcase_set_timeout(tests, 300);
	tcase_add_test(tests, each_event_comes_once_and_in_order_while_subscriptions_come_and_go);
	tcase_add_test(tests, drops_and_deliveries_add_up_and_keep_order);
	tcase_add_test(tests, queued_events_keep_the_names_of_topics_that_are_gone);
	tcase_add_test(tests, a_late_subscriber_misses_nothing_after_the_retained_value);
	tcase_add_test(tests, unsubscribing_sends_away_who_waits_for_room);
	tcase_add_test(tests, a_direct_subscription_may_end_before_subscribing_has_returned);
	tcase_add_test(tests, a_plugin_ends_while_a_publisher_is_with_another_subscriber);
	suite_add_tcase(suite, tests);
	return suite;
}
