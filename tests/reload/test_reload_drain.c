/* SPDX-License-Identifier: MIT */
/* Reloads of what threads are inside, and of what asks for things itself meanwhile. */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "play.h"

#define HOLDERS 8

Suite *test_suite(void);

static struct play play;
static struct door door = DOOR_INITIALIZER;
static pthread_t holders[HOLDERS];
static int results[HOLDERS];

static int hold_at_door(struct stage *stage, struct corbel_context *context, const char *where,
			const char *version)
{
	(void)stage;
	(void)context;
	if (strcmp(where, "hold") == 0 && strcmp(version, "1.0.0") == 0)
		door_wait(&door);
	return 0;
}

static void *hold(void *data)
{
	int *result = data;
	char name[16];

	snprintf(name, sizeof(name), "holder-%d", (int)(result - results));
	pthread_setname_np(pthread_self(), name);
	*result = test_caller_hold(play.traffic.caller);
	return NULL;
}

static bool all_hold(void *data)
{
	struct door *at = data;

	pthread_mutex_lock(&at->lock);
	bool all = at->waiting == HOLDERS;
	pthread_mutex_unlock(&at->lock);
	return all;
}

static void go_inside(void)
{
	play_open(&play);
	play_act(&play, hold_at_door);
	for (int i = 0; i < HOLDERS; i++)
		ck_assert_int_eq(pthread_create(&holders[i], NULL, hold, &results[i]), 0);
	house_wait_until(&play.house, all_hold, &door);
	play_install(&play, COUNTER, "counter_2");
}

static void come_out(void)
{
	door_open(&door);
	for (int i = 0; i < HOLDERS; i++) {
		pthread_join(holders[i], NULL);
		ck_assert_int_eq(results[i], 0);
	}
	play.before.threads = 1 << 10; /* the pool may have grown in their stead */
}

static const char *const counter_alone[] = { COUNTER };

START_TEST(waits_for_eight_threads_inside)
{
	go_inside();
	play_ask(&play, counter_alone, 1, NULL, &play.told);
	house_wait_until(&play.house, play_is_closed, &play);
	/* Who comes now waits at the gate, and fails no more than they do. */
	ck_assert_int_eq(traffic_start(&play.traffic, TRAFFIC_CALLS | TRAFFIC_EVENTS), 0);
	for (int i = 0; i < 20; i++)
		corbel_host_dispatch(play.house.host, 0);
	ck_assert(!play.told.has_come);
	come_out();
	play_wait(&play, &play.told);
	play_assert_outcome(&play, CORBEL_RELOAD_DONE);
	play_assert_version(&play, "2.0.0");
	play_close(&play);
}
END_TEST

/* How often one text is in another. */
static int occurrences(const char *text, const char *word)
{
	int count = 0;

	for (const char *at = text; (at = strstr(at, word)); at++)
		count++;
	return count;
}

START_TEST(names_all_eight_who_do_not_leave_in_time)
{
	const struct corbel_reload_options options = { .size = sizeof(options),
						       .timeout = 50 * CORBEL_MILLISECOND };
	char name[16];

	go_inside();
	play_ask(&play, counter_alone, 1, &options, &play.told);
	play_wait(&play, &play.told);
	play_assert_outcome(&play, CORBEL_RELOAD_NEVER_DRAINED);
	for (int i = 0; i < HOLDERS; i++) {
		snprintf(name, sizeof(name), "holder-%d", i);
		house_assert_words(play.told.words, name);
	}
	ck_assert_msg(occurrences(play.told.words, "test.counter.hold") == HOLDERS &&
			      occurrences(play.told.words, "called by " CALLER) == HOLDERS,
		      "%s", play.told.words);
	play_assert_version(&play, "1.0.0");
	ck_assert_uint_eq(play_generation(&play, COUNTER), 1);
	come_out();
	play_reload(&play, COUNTER, 0);
	play_assert_outcome(&play, CORBEL_RELOAD_DONE);
	play_close(&play);
}
END_TEST

static int add_again(struct stage *stage, struct corbel_context *context, const char *where,
		     const char *version)
{
	int64_t total;

	(void)stage;
	(void)context;
	if (strcmp(where, "hold") != 0 || strcmp(version, "1.0.0") != 0)
		return 0;
	door_wait(&door);
	return test_counter_add(play.traffic.counter, 1, &total);
}

START_TEST(who_is_inside_may_call_again)
{
	play_open(&play);
	play_act(&play, add_again);
	ck_assert_int_eq(pthread_create(&holders[0], NULL, hold, &results[0]), 0);
	house_wait_until(&play.house, door_has_somebody, &door);
	play_install(&play, COUNTER, "counter_2");
	play_ask(&play, counter_alone, 1, NULL, &play.told);
	house_wait_until(&play.house, play_is_closed, &play);
	door_open(&door);
	play_wait(&play, &play.told);
	play_assert_outcome(&play, CORBEL_RELOAD_DONE);
	pthread_join(holders[0], NULL);
	ck_assert_int_eq(results[0], 0);
	ck_assert_int_eq(play_tally(&play).total, 1);
	play.traffic.added = 1;
	play.before.threads++;
	play_close(&play);
}
END_TEST

START_TEST(threads_in_circles_do_not_hinder_a_reload_of_both)
{
	const char *both[] = { COUNTER, CALLER };

	play_open(&play);
	ck_assert_int_eq(
		traffic_start(&play.traffic, TRAFFIC_CALLS | TRAFFIC_EVENTS | TRAFFIC_CIRCLES), 0);
	for (int i = 0; i < 20; i++) {
		play_install(&play, COUNTER, i % 2 ? "counter_1" : "counter_2");
		play_install(&play, CALLER, i % 2 ? "caller_1" : "caller_2");
		play_ask(&play, both, 2, NULL, &play.told);
		play_wait(&play, &play.told);
		play_assert_outcome(&play, CORBEL_RELOAD_DONE);
	}
	/* And of each alone, while the threads go on through the other. */
	for (int i = 0; i < 20; i++) {
		play_install(&play, both[i % 2],
			     i % 4 < 2 ? (i % 2 ? "caller_2" : "counter_2")
				       : (i % 2 ? "caller_1" : "counter_1"));
		play_reload(&play, both[i % 2], 0);
		play_assert_outcome(&play, CORBEL_RELOAD_DONE);
	}
	play_close(&play);
}
END_TEST

/* What the counter asks for, once, and where. */
static struct {
	const char *where, *target;
	enum corbel_request request;
	uint32_t asked;
	int result;
} plan;

static int ask(struct stage *stage, struct corbel_context *context, const char *where,
	       const char *version)
{
	(void)stage;
	if (strcmp(where, plan.where) != 0 || strcmp(version, "1.0.0") != 0 ||
	    __atomic_load_n(&plan.asked, __ATOMIC_ACQUIRE))
		return 0;
	plan.result = corbel_ask(context, plan.request, plan.target);
	__atomic_store_n(&plan.asked, 1, __ATOMIC_RELEASE);
	return 0;
}

static bool was_asked(void *data)
{
	(void)data;
	return __atomic_load_n(&plan.asked, __ATOMIC_ACQUIRE);
}

static const char *const places[] = { "hold", "queued", "direct", "timer", "post", "save", "stop" };

#define PLACE_COUNT ((int)(sizeof(places) / sizeof(places[0])))

/* Makes the place be reached, by a reload where it is part of one. */
static void reach(void)
{
	const struct test_feed_tick tick = { .size = sizeof(tick) };

	test_caller_hold(play.traffic.caller);
	test_counter_later(play.traffic.counter);
	ck_assert_int_eq(test_feed_tick_publish(play.traffic.topics[0], &tick), 0);
	if (strcmp(plan.where, "save") == 0) {
		play_reload(&play, COUNTER, 0);
	} else if (strcmp(plan.where, "stop") == 0) {
		/* It is overtaken by a stop that is asked for meanwhile. */
		house_ask(&play.house, CORBEL_REQUEST_RESTART, COUNTER);
	}
	house_wait_until(&play.house, was_asked, NULL);
	ck_assert_int_eq(plan.result, 0);
}

static void run_plan(const char *where, enum corbel_request request, const char *target)
{
	plan.where = where;
	plan.request = request;
	plan.target = target;
	play_open(&play);
	play_install(&play, COUNTER, "counter_2");
	play_install(&play, CALLER, "caller_2");
	play_act(&play, ask);
	reach();
	house_settle(&play.house);
}

static bool is_replaced(void *data)
{
	return house_plugin(&play.house, data).version[0] == '2';
}

static void end_plan(void)
{
	house_settle(&play.house);
	traffic_close(&play.traffic);
	house_fini(&play.house);
}

START_TEST(a_plugin_may_ask_for_its_own_reload_from_anywhere)
{
	run_plan(places[_i], CORBEL_REQUEST_RELOAD, NULL);
	house_wait_until(&play.house, is_replaced, (void *)(uintptr_t)COUNTER);
	house_wait_state(&play.house, COUNTER, CORBEL_PLUGIN_RUNNING);
	house_wait_state(&play.house, CALLER, CORBEL_PLUGIN_RUNNING);
	end_plan();
}
END_TEST

START_TEST(a_plugin_may_ask_for_its_consumers_reload_from_anywhere)
{
	run_plan(places[_i], CORBEL_REQUEST_RELOAD, CALLER);
	house_wait_until(&play.house, is_replaced, (void *)(uintptr_t)CALLER);
	house_wait_state(&play.house, CALLER, CORBEL_PLUGIN_RUNNING);
	house_wait_state(&play.house, COUNTER, CORBEL_PLUGIN_RUNNING);
	end_plan();
}
END_TEST

START_TEST(a_plugin_may_ask_for_its_own_end_from_anywhere)
{
	run_plan(places[_i], CORBEL_REQUEST_STOP, NULL);
	house_wait_state(&play.house, COUNTER, CORBEL_PLUGIN_UNLOADED);
	ck_assert_int_ne(house_plugin(&play.house, CALLER).state, CORBEL_PLUGIN_RUNNING);
	end_plan();
}
END_TEST

START_TEST(a_plugin_may_ask_for_its_own_restart_from_anywhere)
{
	run_plan(places[_i], CORBEL_REQUEST_RESTART, NULL);
	house_wait_until(&play.house, is_replaced, (void *)(uintptr_t)COUNTER);
	house_wait_state(&play.house, COUNTER, CORBEL_PLUGIN_RUNNING);
	house_wait_state(&play.house, CALLER, CORBEL_PLUGIN_RUNNING);
	end_plan();
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("reload: drain");
	TCase *tcase = tcase_create("drain");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, waits_for_eight_threads_inside);
	tcase_add_test(tcase, names_all_eight_who_do_not_leave_in_time);
	tcase_add_test(tcase, who_is_inside_may_call_again);
	tcase_add_test(tcase, threads_in_circles_do_not_hinder_a_reload_of_both);
	tcase_add_loop_test(tcase, a_plugin_may_ask_for_its_own_reload_from_anywhere, 0,
			    PLACE_COUNT);
	tcase_add_loop_test(tcase, a_plugin_may_ask_for_its_consumers_reload_from_anywhere, 0,
			    PLACE_COUNT);
	tcase_add_loop_test(tcase, a_plugin_may_ask_for_its_own_end_from_anywhere, 0, PLACE_COUNT);
	tcase_add_loop_test(tcase, a_plugin_may_ask_for_its_own_restart_from_anywhere, 0,
			    PLACE_COUNT);
	suite_add_tcase(suite, tcase);
	return suite;
}
