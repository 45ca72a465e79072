/* SPDX-License-Identifier: MIT */
/* Subscriptions that go over from one version of a plugin to the next while events flow. */
#include <pthread.h>
#include <stdio.h>

#include "bus_versions.h"

#define PUBLISHERS 2

static void set_up_threads(void)
{
	begin(2);
}

struct sender {
	struct corbel_topic *topic;
	uint32_t name; /* in the upper four bits of what it publishes; the count is in the rest */
	uint32_t count;
	uint32_t limit; /* 0: until `stop` */
	pthread_t thread;
};

static uint32_t stop;

static void *publish_on(void *data)
{
	struct sender *publisher = data;

	while (publisher->limit ? publisher->count < publisher->limit
				: !__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
		if (publish(publisher->topic, publisher->name << 28 | publisher->count) != 0)
			return (void *)1;
		publisher->count++;
	}
	return NULL;
}

static void start(struct sender *publisher, uint32_t name, uint32_t limit)
{
	*publisher =
		(struct sender){ .topic = topic_open(NULL, false), .name = name, .limit = limit };
	ck_assert_int_eq(pthread_create(&publisher->thread, NULL, publish_on, publisher), 0);
}

static void finish(struct sender *publisher)
{
	void *result;

	pthread_join(publisher->thread, &result);
	ck_assert_ptr_null(result);
}

/* What all generations together saw; a slot is written by one thread at a time. */
struct account {
	struct {
		uint32_t next;
		uint64_t count, wrong;
	} publishers[PUBLISHERS] __attribute__((aligned(64)));
};

/* One generation of the plugin. */
struct generation {
	struct plugin plugin;
	struct account *queued, *direct;
	bool is_over; /* atomic */
};

static void enter_in_account(struct generation *generation, struct account *account,
			     const struct corbel_delivery *delivery)
{
	uint32_t name = number_of(delivery) >> 28, number = number_of(delivery) & 0x0fffffff;
	uint64_t *count = &account->publishers[name].count;

	if (number != account->publishers[name].next ||
	    __atomic_load_n(&generation->is_over, __ATOMIC_ACQUIRE))
		account->publishers[name].wrong++;
	account->publishers[name].next = number + 1;
	__atomic_store_n(count, *count + 1, __ATOMIC_RELEASE);
}

static void account_queued(void *data, const struct corbel_delivery *delivery)
{
	enter_in_account(data, ((struct generation *)data)->queued, delivery);
}

static void account_direct(void *data, const struct corbel_delivery *delivery)
{
	enter_in_account(data, ((struct generation *)data)->direct, delivery);
}

static void generation_begin(struct generation *generation, struct plugin *before, uint32_t depth)
{
	next_begin(&generation->plugin, before);
	generation->is_over = false;
	if (generation->queued)
		subscribe_as(&generation->plugin, TOPIC, CORBEL_QUEUED, depth, CORBEL_BLOCK,
			     account_queued, generation);
	if (generation->direct)
		subscribe_as(&generation->plugin, "corbel.*", CORBEL_DIRECT, 0, 0, account_direct,
			     generation);
}

static void assert_account(const struct account *account, const struct sender *publishers)
{
	for (int i = 0; i < PUBLISHERS; i++) {
		while (__atomic_load_n(&account->publishers[i].count, __ATOMIC_ACQUIRE) <
		       publishers[i].count)
			sched_yield();
		ck_assert_uint_eq(account->publishers[i].count, publishers[i].count);
		ck_assert_uint_eq(account->publishers[i].wrong, 0);
	}
}

static uint32_t rounds(void)
{
	const char *text = getenv("CORBEL_TEST_ROUNDS");

	return text ? (uint32_t)strtoul(text, NULL, 10) : 1;
}

/* Replacements without an end, back and forth, while publishers publish without a pause. */
static void replace_all_the_time(struct account *queued, struct account *direct, uint32_t depth)
{
	struct sender publishers[PUBLISHERS];
	struct generation generations[2] = { { .queued = queued, .direct = direct },
					     { .queued = queued, .direct = direct } };
	struct generation *old = &generations[0], *new = &generations[1];
	uint64_t kinds = (queued != NULL) + (direct != NULL), sum = 0;

	generation_begin(old, &taker, depth);
	replace(&taker, &old->plugin);
	retire(&taker);
	__atomic_store_n(&stop, 0, __ATOMIC_RELEASE);
	for (uint32_t i = 0; i < PUBLISHERS; i++)
		start(&publishers[i], i, 0);
	for (uint32_t i = 0; i < 2000 * rounds(); i++) {
		generation_begin(new, &old->plugin, depth);
		stop_old(&old->plugin);
		__atomic_store_n(&old->is_over, true, __ATOMIC_RELEASE);
		swap(&new->plugin);
		strand_resume(new->plugin.party.strand);
		retire(&old->plugin);

		struct generation *swapped = old;

		old = new;
		new = swapped;
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	for (int i = 0; i < PUBLISHERS; i++) {
		finish(&publishers[i]);
		sum += publishers[i].count;
	}
	if (queued)
		assert_account(queued, publishers);
	if (direct)
		assert_account(direct, publishers);
	ck_assert_uint_eq(delivered_to_taker(), kinds * sum);
	last_end(&old->plugin);
}

START_TEST(queued_events_come_once_and_in_order_through_all_replacements)
{
	struct account account = { 0 };

	replace_all_the_time(&account, NULL, 256);
}
END_TEST

START_TEST(publishers_that_wait_for_room_lose_nothing_through_all_replacements)
{
	struct account account = { 0 };

	replace_all_the_time(&account, NULL, 2);
}
END_TEST

START_TEST(direct_events_come_once_and_in_order_through_all_replacements)
{
	struct account account = { 0 };

	replace_all_the_time(NULL, &account, 0);
}
END_TEST

START_TEST(queued_and_direct_ones_go_over_together)
{
	struct account queued = { 0 }, direct = { 0 };

	replace_all_the_time(&queued, &direct, 16);
}
END_TEST

/* A publisher inside a queued subscription that has so many events. */
static void wait_for_one_in(const struct corbel_subscription *subscription, uint64_t queued)
{
	while (queued_for_taker() < queued ||
	       frame_scan(NULL, subscription_gate(subscription->body), NULL, NULL) == 0)
		sched_yield();
}

START_TEST(who_is_on_the_way_by_the_old_door_is_counted_until_out)
{
	struct sender early, late;
	struct record old = { .count = 0 }, new = { .count = 0 };
	struct corbel_subscription *first, *second;

	strand_pause(taker.party.strand, false);
	first = subscribe(TOPIC, CORBEL_QUEUED, 2, CORBEL_BLOCK, keep, &old);
	next_begin(&next, &taker);
	second = subscribe_as(&next, TOPIC, CORBEL_QUEUED, 2, CORBEL_BLOCK, keep, &new);
	start(&early, 0, 3);
	wait_for_one_in(first, 2);
	ck_assert_uint_eq(bus_inside(&taker.party), 0);
	stop_old(&taker);
	swap(&next);
	start(&late, 0, 1);
	wait_for_one_in(second, 2);
	ck_assert_uint_eq(bus_inside(&taker.party), 1);
	strand_resume(next.party.strand);
	finish(&early);
	finish(&late);
	ck_assert_uint_eq(bus_inside(&taker.party), 0);
	retire(&taker);
	while (queued_for_taker() > 0)
		sched_yield();
	strand_pause(next.party.strand, false);
	last_end(&next);
	ck_assert_uint_eq(new.count, 4);
	ck_assert_uint_eq(old.count, 0);
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

START_TEST(who_comes_by_a_list_of_two_versions_ago_reaches_the_one_that_is)
{
	struct sender publisher;
	struct room room = { 0 };
	struct plugin other, last;
	struct record records[3] = { 0 };

	/* The newest subscription of a topic that is there comes first in its lists. */
	topic_open(NULL, false);
	subscribe(TOPIC, CORBEL_DIRECT, 0, 0, keep, &records[0]);
	plugin_begin(&other, "other");
	subscribe_as(&other, TOPIC, CORBEL_DIRECT, 0, 0, stay, &room);
	start(&publisher, 0, 1);
	while (!__atomic_load_n(&room.inside, __ATOMIC_ACQUIRE))
		sched_yield();
	next_begin(&next, &taker);
	subscribe_as(&next, TOPIC, CORBEL_DIRECT, 0, 0, keep, &records[1]);
	replace(&taker, &next);
	retire(&taker);
	next_begin(&last, &next);
	subscribe_as(&last, TOPIC, CORBEL_DIRECT, 0, 0, keep, &records[2]);
	replace(&next, &last);
	retire(&next);
	__atomic_store_n(&room.may_leave, 1, __ATOMIC_RELEASE);
	finish(&publisher);
	ck_assert_uint_eq(records[0].count + records[1].count, 0);
	assert_numbers(&records[2], 0, 1);
	ck_assert_uint_eq(delivered_to_taker(), 1);
	plugin_end(&other);
	last_end(&last);
}
END_TEST

START_TEST(who_waits_at_the_old_gate_goes_on_to_the_new_one)
{
	struct sender publisher;
	struct record old = { .count = 0 }, new = { .count = 0 };

	subscribe(TOPIC, CORBEL_DIRECT, 0, 0, keep, &old);
	next_begin(&next, &taker);
	subscribe_as(&next, TOPIC, CORBEL_DIRECT, 0, 0, keep, &new);
	stop_old(&taker);
	start(&publisher, 0, 1);
	for (uint64_t published = 0, delivered, dropped, queued; published == 0;)
		bus_count(bus, "giver", &published, &delivered, &dropped, &queued);
	swap(&next);
	finish(&publisher);
	ck_assert_uint_eq(old.count, 0);
	assert_numbers(&new, 0, 1);
	ck_assert_uint_eq(delivered_to_taker(), 1);
	retire(&taker);
	last_end(&next);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("bus_replace_threads");
	TCase *tcase = tcase_create("threads");

	tcase_add_checked_fixture(tcase, set_up_threads, end);
	tcase_set_timeout(tcase, 600);
	tcase_add_test(tcase, queued_events_come_once_and_in_order_through_all_replacements);
	tcase_add_test(tcase, publishers_that_wait_for_room_lose_nothing_through_all_replacements);
	tcase_add_test(tcase, direct_events_come_once_and_in_order_through_all_replacements);
	tcase_add_test(tcase, queued_and_direct_ones_go_over_together);
	tcase_add_test(tcase, who_is_on_the_way_by_the_old_door_is_counted_until_out);
	tcase_add_test(tcase, who_comes_by_a_list_of_two_versions_ago_reaches_the_one_that_is);
	tcase_add_test(tcase, who_waits_at_the_old_gate_goes_on_to_the_new_one);
	suite_add_tcase(suite, tcase);
	return suite;
}
