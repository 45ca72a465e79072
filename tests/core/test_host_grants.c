/* SPDX-License-Identifier: MIT */
/* Whole hosts: what a plugin is not granted it does not get, and what is taken back it loses. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.base.h"

#include "house.h"

static struct house house;

/* What guest made at its start, or was told. */
static struct {
	struct corbel_context *context;
	struct fixture_base *use;
	struct fixture_base_tick_topic *topic;
	struct corbel_subscription *queued, *direct;
	int results[4]; /* use, publish, subscribe, control */
	uint32_t heard; /* events; atomic, as the next */
	uint32_t overheard;
} guest;

static void hear(void *data, const struct corbel_delivery *delivery)
{
	(void)delivery;
	__atomic_fetch_add((uint32_t *)data, 1, __ATOMIC_ACQ_REL);
}

static int subscribe(const char *pattern, uint32_t mode, uint32_t *count,
		     struct corbel_subscription **out)
{
	struct corbel_subscriber subscriber = { .size = sizeof(subscriber),
						.mode = mode,
						.handler = (void (*)(void))(corbel_handler *)hear,
						.data = count };

	return corbel_subscribe(guest.context, pattern, &subscriber, out);
}

static int try(int what)
{
	struct corbel_subscription *subscription;

	switch (what) {
	case 0:
		return fixture_base_acquire(guest.context, NULL, &guest.use);
	case 1:
		return fixture_base_tick_open(guest.context, NULL, &guest.topic);
	case 2:
		return subscribe("fixture.base.*", CORBEL_QUEUED, &guest.heard, &subscription);
	default:
		return corbel_ask(guest.context, CORBEL_REQUEST_START, "base");
	}
}

static int act(struct board *board, struct actor *actor, const char *where, int number)
{
	if (strcmp(where, "poke") == 0)
		return number + 1;
	house_say((struct house *)board, where, actor->name);
	if (strcmp(actor->name, "guest") != 0 || strcmp(where, "start") != 0)
		return 0;
	memset(&guest, 0, sizeof(guest));
	guest.context = actor->context;
	for (int i = 0; i < 4; i++)
		guest.results[i] = try(i);
	return 0;
}

static void configure(const char *lines)
{
	house_configure(&house, "");
	house_add(&house, "base", "base", "");
	house_add(&house, "guest", "every", lines);
}

static void open_house(const char *lines)
{
	house_init(&house, 2, act);
	configure(lines);
	house_start(&house);
}

/* The configuration is read again; the guest goes on. */
static void change(const char *lines)
{
	configure(lines);
	ck_assert_int_eq(house_reconfigure(&house), 0);
	house_settle(&house);
	ck_assert_uint_eq(house_plugin(&house, "guest").starts, 1);
}

static int count(const char *words)
{
	int count = 0;

	for (const char *at = house.log; (at = strstr(at, words)); at++)
		count++;
	return count;
}

static const struct {
	const char *line, *thing;
} limits[] = {
	{ "may-use = a.b", "use fixture.base" },
	{ "may-publish =", "publish fixture.base.tick" },
	{ "may-subscribe = fixture.base.tick", "subscribe to fixture.base.*" },
	{ "", "control base" },
};

static void assert_refused(int which)
{
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(guest.results[i], i == which ? -EACCES : 0);
}

/* What the log says between the marks. */
static char *cut(const char *from, char from_mark, char to_mark)
{
	const char *start = strchr(strstr(house.log, from), from_mark) + 1;

	return strndup(start, (size_t)(strchr(start, to_mark) - start));
}

START_TEST(a_refusal_is_one_line_that_names_the_line_which_would_allow_it)
{
	char lines[256], words[128];
	char *line, *place;

	snprintf(lines, sizeof(lines), "%s\n%s\n", limits[_i].line,
		 _i == 3 ? "" : "may-control = base");
	open_house(lines);
	assert_refused(_i);
	snprintf(words, sizeof(words), "guest may not %s: the configuration does not grant it",
		 limits[_i].thing);
	ck_assert_int_eq(count(words), 1);
	ck_assert_int_eq(count(" may not "), 1);
	line = cut(words, '`', '`');
	place = cut(words, '`', ')');
	house_assert_words(place, _i == 3 ? "` to [plugin guest], " : "` in [plugin guest], ");
	house_assert_words(place, "house.ini:");
	snprintf(lines, sizeof(lines), "%s\n%s\n", line, _i == 3 ? "" : "may-control = base");
	free(line);
	free(place);
	house_forget(&house);
	change(lines);
	ck_assert_int_eq(try(_i), 0);
	ck_assert_int_eq(count(" may not "), 0);
	house_fini(&house);
}
END_TEST

/* wisher declares no topic; what base offers it may have. */
static int wish(struct board *board, struct actor *actor, const char *where, int number)
{
	(void)board;
	(void)number;
	if (strcmp(where, "start") != 0 || strcmp(actor->name, "wisher") != 0)
		return 0;
	guest.context = actor->context;
	return fixture_base_tick_open(actor->context, NULL, &guest.topic);
}

START_TEST(what_the_manifest_does_not_declare_is_refused_whatever_is_granted)
{
	house_init(&house, 2, wish);
	house_add(&house, "wisher", "wisher", "may-publish = *\n");
	house_start(&house);
	house_assert_state(&house, "wisher", CORBEL_PLUGIN_FAILED);
	house_assert_words(house_plugin(&house, "wisher").reason,
			   "wisher may not publish fixture.base.tick: its manifest does not "
			   "declare it (add `fixture.base.tick =` to [publishes] in wisher.plugin");
	house_fini(&house);
}
END_TEST

START_TEST(a_line_that_is_missing_too_is_named_with_the_manifest)
{
	house_init(&house, 2, wish);
	house_add(&house, "wisher", "wisher", "may-publish =\n");
	house_start(&house);
	house_assert_words(house_plugin(&house, "wisher").reason,
			   "build it again); and the configuration does not grant it (make it "
			   "`may-publish = fixture.base.tick` in [plugin wisher], ");
	house_fini(&house);
}
END_TEST

START_TEST(repeated_refusals_are_counted_and_not_told_each)
{
	open_house("may-use =\n");
	for (int i = 0; i < 120; i++)
		ck_assert_int_eq(try(0), -EACCES);
	ck_assert_int_eq(count("guest may not use"), 3);
	ck_assert_int_eq(count("(10 times by now)"), 1);
	ck_assert_int_eq(count("(100 times by now)"), 1);
	house_fini(&house);
}
END_TEST

START_TEST(made_up_names_cost_no_memory_without_end)
{
	char pattern[64];
	struct corbel_subscription *subscription;

	open_house("may-subscribe =\n");
	house_forget(&house);
	for (int i = 0; i < 2000; i++) {
		snprintf(pattern, sizeof(pattern), "fixture.made.up.n%d", i);
		ck_assert_int_eq(subscribe(pattern, CORBEL_QUEUED, &guest.heard, &subscription),
				 -EACCES);
	}
	/* 98 beside the two at the start, then the first, tenth, hundredth and thousandth other. */
	ck_assert_int_eq(count("guest may not subscribe"), 98 + 4);
	house_fini(&house);
}
END_TEST

START_TEST(a_wildcard_is_granted_by_one_that_covers_it)
{
	struct corbel_subscription *subscription;

	open_house("may-subscribe = fixture.base.*\n");
	ck_assert_int_eq(subscribe("fixture.base.*", CORBEL_QUEUED, &guest.heard, &subscription),
			 0);
	ck_assert_int_eq(subscribe("fixture.base.tick", CORBEL_QUEUED, &guest.heard, &subscription),
			 0);
	ck_assert_int_eq(subscribe("fixture.*", CORBEL_QUEUED, &guest.heard, &subscription),
			 -EACCES);
	ck_assert_int_eq(subscribe("*", CORBEL_QUEUED, &guest.heard, &subscription), -EACCES);
	house_fini(&house);
}
END_TEST

START_TEST(a_use_that_is_taken_back_is_bound_to_nobody_until_it_is_given_back)
{
	int32_t answer;

	open_house("");
	ck_assert_int_eq(fixture_base_poke(guest.use, 1, &answer), 0);
	change("may-use =\n");
	ck_assert_int_eq(fixture_base_poke(guest.use, 1, &answer), -EACCES);
	ck_assert_int_eq(try(0), -EACCES);
	change("may-use = fixture.*\n");
	ck_assert_int_eq(fixture_base_poke(guest.use, 1, &answer), 0);
	house_fini(&house);
}
END_TEST

static const struct fixture_base_tick tick = { .size = sizeof(tick), .number = 1 };

START_TEST(a_topic_that_is_taken_back_refuses_until_it_is_given_back)
{
	open_house("");
	ck_assert_int_eq(fixture_base_tick_publish(guest.topic, &tick), 0);
	change("may-publish = fixture.other\n");
	ck_assert_int_eq(fixture_base_tick_publish(guest.topic, &tick), -EACCES);
	/* A list that is made meanwhile changes nothing. */
	ck_assert_int_eq(
		subscribe("fixture.base.tick", CORBEL_DIRECT, &guest.overheard, &guest.direct), 0);
	ck_assert_int_eq(fixture_base_tick_publish(guest.topic, &tick), -EACCES);
	ck_assert_uint_eq(guest.overheard, 0);
	change("");
	ck_assert_int_eq(fixture_base_tick_publish(guest.topic, &tick), 0);
	ck_assert_uint_eq(guest.overheard, 1);
	house_fini(&house);
}
END_TEST

static bool has_heard(void *number)
{
	return __atomic_load_n(&guest.heard, __ATOMIC_ACQUIRE) == *(uint32_t *)number;
}

/* The program publishes: it needs no grant. */
START_TEST(a_subscription_that_is_taken_back_gets_nothing_until_it_is_given_back)
{
	struct fixture_base_tick_topic *topic;
	uint32_t one = 1, two = 2;

	open_house("");
	ck_assert_int_eq(
		subscribe("fixture.base.tick", CORBEL_DIRECT, &guest.overheard, &guest.direct), 0);
	ck_assert_int_eq(fixture_base_tick_open(corbel_host_context(house.host), NULL, &topic), 0);
	ck_assert_int_eq(fixture_base_tick_publish(topic, &tick), 0);
	house_wait_until(&house, has_heard, &one);
	ck_assert_uint_eq(guest.overheard, 1);
	change("may-subscribe =\n");
	ck_assert_int_eq(fixture_base_tick_publish(topic, &tick), 0);
	ck_assert_uint_eq(guest.overheard, 1);
	change("");
	ck_assert_int_eq(fixture_base_tick_publish(topic, &tick), 0);
	house_wait_until(&house, has_heard, &two);
	ck_assert_uint_eq(guest.overheard, 2);
	fixture_base_tick_close(corbel_host_context(house.host), topic);
	house_fini(&house);
}
END_TEST

static struct door door = DOOR_INITIALIZER;

static void wait_at_door(void *data)
{
	(void)data;
	door_wait(&door);
}

static void copy_counts(void *data, const struct corbel_plugin_info *info)
{
	*(struct corbel_plugin_info *)data = *info;
}

static bool has_dropped_five(void *data)
{
	struct corbel_plugin_info info;

	(void)data;
	corbel_host_plugin(house.host, "guest", copy_counts, &info);
	return info.events_dropped == 5;
}

START_TEST(what_waits_in_a_queue_is_dropped_and_counted_when_it_is_taken_back)
{
	struct fixture_base_tick_topic *topic;

	open_house("");
	ck_assert_int_eq(fixture_base_tick_open(corbel_host_context(house.host), NULL, &topic), 0);
	ck_assert_int_eq(corbel_post(guest.context, wait_at_door, NULL), 0);
	house_wait_until(&house, door_has_somebody, &door);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(fixture_base_tick_publish(topic, &tick), 0);
	change("may-subscribe =\n");
	door_open(&door);
	house_wait_until(&house, has_dropped_five, NULL);
	ck_assert_uint_eq(guest.heard, 0);
	fixture_base_tick_close(corbel_host_context(house.host), topic);
	house_fini(&house);
}
END_TEST

struct busy {
	uint32_t stop;     /* atomic */
	uint32_t calls[2]; /* that got through, that were refused */
	uint32_t events[2];
	int other;
};

static void *use_and_publish(void *data)
{
	struct busy *busy = data;
	int32_t answer;

	while (!__atomic_load_n(&busy->stop, __ATOMIC_ACQUIRE)) {
		int called = fixture_base_poke(guest.use, 1, &answer);
		int published = fixture_base_tick_publish(guest.topic, &tick);

		busy->calls[called != 0]++;
		busy->events[published != 0]++;
		if ((called && called != -EACCES) || (published && published != -EACCES))
			busy->other++;
	}
	return NULL;
}

START_TEST(who_calls_and_publishes_meanwhile_is_refused_or_served)
{
	struct busy busy = { 0 };
	pthread_t thread;
	int32_t answer;

	open_house("");
	ck_assert_int_eq(
		subscribe("fixture.base.tick", CORBEL_DIRECT, &guest.overheard, &guest.direct), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, use_and_publish, &busy), 0);
	for (int i = 0; i < 20; i++) {
		change("may-use =\nmay-publish =\nmay-subscribe =\n");
		ck_assert_int_eq(fixture_base_poke(guest.use, 1, &answer), -EACCES);
		ck_assert_int_eq(fixture_base_tick_publish(guest.topic, &tick), -EACCES);
		change("");
		ck_assert_int_eq(fixture_base_poke(guest.use, 1, &answer), 0);
	}
	__atomic_store_n(&busy.stop, 1, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	ck_assert_int_eq(busy.other, 0);
	house_fini(&house);
}
END_TEST

START_TEST(a_restart_for_another_key_begins_with_what_is_granted_now)
{
	open_house("may-control = base\n");
	configure("may-control = base\nmay-use =\nrank = 1\n");
	ck_assert_int_eq(house_reconfigure(&house), 0);
	house_settle(&house);
	ck_assert_uint_eq(house_plugin(&house, "guest").starts, 2);
	assert_refused(0);
	house_fini(&house);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void)
{
	Suite *suite = suite_create("host: grants");
	TCase *tcase = tcase_create("grants");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, a_refusal_is_one_line_that_names_the_line_which_would_allow_it,
			    0, 4);
	tcase_add_test(tcase, what_the_manifest_does_not_declare_is_refused_whatever_is_granted);
	tcase_add_test(tcase, a_line_that_is_missing_too_is_named_with_the_manifest);
	tcase_add_test(tcase, repeated_refusals_are_counted_and_not_told_each);
	tcase_add_test(tcase, made_up_names_cost_no_memory_without_end);
	tcase_add_test(tcase, a_wildcard_is_granted_by_one_that_covers_it);
	tcase_add_test(tcase, a_use_that_is_taken_back_is_bound_to_nobody_until_it_is_given_back);
	tcase_add_test(tcase, a_topic_that_is_taken_back_refuses_until_it_is_given_back);
	tcase_add_test(tcase,
		       a_subscription_that_is_taken_back_gets_nothing_until_it_is_given_back);
	tcase_add_test(tcase, what_waits_in_a_queue_is_dropped_and_counted_when_it_is_taken_back);
	tcase_add_test(tcase, who_calls_and_publishes_meanwhile_is_refused_or_served);
	tcase_add_test(tcase, a_restart_for_another_key_begins_with_what_is_granted_now);
	suite_add_tcase(suite, tcase);
	return suite;
}
