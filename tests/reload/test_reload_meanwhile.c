/* SPDX-License-Identifier: MIT */
/* Reloads while something else is asked of the same plugins or of the host. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "play.h"

Suite *test_suite(void);

static struct play play;
static struct door door = DOOR_INITIALIZER;
static const char *const counter_alone[] = { COUNTER };
static const char *const both[] = { COUNTER, CALLER };

struct answer {
	bool has_come;
	int result;
};

static void answered(void *data, int result, const char *words)
{
	struct answer *answer = data;

	(void)words;
	ck_assert(!answer->has_come);
	answer->has_come = true;
	answer->result = result;
}

static bool has_come(void *data)
{
	return ((struct answer *)data)->has_come;
}

static void end(void)
{
	house_settle(&play.house);
	traffic_stop(&play.traffic);
	traffic_close(&play.traffic);
	house_fini(&play.house);
}

/* Who asks first, after how many turns of the loop the other does, and for what. */
static void ask_at_once(bool reload_first, int turns, enum corbel_request request,
			struct answer *answer)
{
	play_open(&play);
	play_install(&play, COUNTER, "counter_2");
	if (reload_first)
		play_ask(&play, counter_alone, 1, NULL, &play.told);
	for (int i = 0; i < turns && reload_first; i++)
		corbel_host_dispatch(play.house.host, CORBEL_MILLISECOND);
	corbel_host_request(play.house.host, request, COUNTER, answered, answer);
	for (int i = 0; i < turns && !reload_first; i++)
		corbel_host_dispatch(play.house.host, CORBEL_MILLISECOND);
	if (!reload_first)
		play_ask(&play, counter_alone, 1, NULL, &play.told);
	play_wait(&play, &play.told);
	house_wait_until(&play.house, has_come, answer);
	house_settle(&play.house);
}

START_TEST(a_stop_and_a_reload_are_both_answered)
{
	for (int turns = 0; turns < 24; turns++) {
		struct answer answer = { 0 };

		ask_at_once(_i, turns, CORBEL_REQUEST_STOP, &answer);
		ck_assert_int_eq(answer.result, 0);
		house_assert_state(&play.house, COUNTER, CORBEL_PLUGIN_UNLOADED);
		ck_assert_int_ne(house_plugin(&play.house, CALLER).state, CORBEL_PLUGIN_RUNNING);
		end();
	}
}
END_TEST

START_TEST(a_restart_and_a_reload_are_both_answered)
{
	for (int turns = 0; turns < 24; turns++) {
		struct answer answer = { 0 };

		ask_at_once(_i, turns, CORBEL_REQUEST_RESTART, &answer);
		ck_assert_int_eq(answer.result, 0);
		house_assert_state(&play.house, COUNTER, CORBEL_PLUGIN_RUNNING);
		house_assert_state(&play.house, CALLER, CORBEL_PLUGIN_RUNNING);
		play_assert_version(&play, "2.0.0");
		end();
	}
}
END_TEST

START_TEST(reloads_that_are_asked_for_at_once_follow_each_other)
{
	static struct told told[6];

	play_open(&play);
	ck_assert_int_eq(traffic_start(&play.traffic, TRAFFIC_CALLS | TRAFFIC_EVENTS), 0);
	play_install(&play, COUNTER, "counter_2");
	play_install(&play, CALLER, "caller_2");
	for (int i = 0; i < 6; i++) {
		const struct corbel_reload_options options = {
			.size = sizeof(options),
			.flags = i % 2 ? CORBEL_RELOAD_PREVIOUS : CORBEL_RELOAD_ANYWAY,
		};

		play_ask(&play, both, i < 3 ? 1 : 2, i == 0 ? NULL : &options, &told[i]);
	}
	for (int i = 0; i < 6; i++)
		play_wait(&play, &told[i]);
	ck_assert_int_eq(told[0].outcome, CORBEL_RELOAD_DONE);
	ck_assert_int_eq(told[1].outcome, CORBEL_RELOAD_DONE);
	ck_assert_str_eq(told[1].plugins[0].to, "1.0.0");
	ck_assert_int_eq(told[2].outcome, CORBEL_RELOAD_DONE);
	ck_assert_str_eq(told[2].plugins[0].to, "2.0.0");
	play_close(&play);
}
END_TEST

/* By turns of the loop, so that the end comes at each of the steps. */
static void free_after(int turns)
{
	play_open(&play);
	ck_assert_int_eq(traffic_start(&play.traffic, TRAFFIC_EVENTS), 0);
	play_install(&play, COUNTER, "counter_2");
	play_install(&play, CALLER, "caller_2");
	play_ask(&play, both, 2, NULL, &play.told);
	for (int i = 0; i < turns && !play.told.has_come; i++)
		corbel_host_dispatch(play.house.host, CORBEL_MILLISECOND);
	traffic_stop(&play.traffic);
	traffic_close(&play.traffic);
	house_fini(&play.house);
	ck_assert(play.told.has_come);
}

START_TEST(a_host_may_be_freed_in_the_middle)
{
	struct census before, after;

	free_after(200);
	census_take(&before);
	for (int turns = 0; turns < 40; turns++)
		free_after(turns);
	census_take(&after);
	/* Fewer than one each time: a probe that is slow to die is followed until the end. */
	ck_assert_int_lt(after.descriptors, before.descriptors + 10);
	ck_assert_int_le(after.threads - after.pool, before.threads - before.pool);
}
END_TEST

/* Where the new or the old version is when the host is freed. */
static const char *const steps[][2] = {
	{ "start", "2.0.0" },   { "hold", "1.0.0" },     { "save", "1.0.0" },
	{ "restore", "2.0.0" }, { "replaced", "1.0.0" },
};

static const char *const *step;

static int stay(struct stage *stage, struct corbel_context *context, const char *where,
		const char *version)
{
	(void)stage;
	(void)context;
	if (step && strcmp(where, step[0]) == 0 && strcmp(version, step[1]) == 0)
		door_wait(&door);
	return 0;
}

static void *hold(void *data)
{
	test_caller_hold(play.traffic.caller);
	return data;
}

static void *open_door(void *data)
{
	door_open(data);
	return NULL;
}

/* The callback returns while the host is being freed, or just before. */
START_TEST(a_host_may_be_freed_while_a_callback_is_under_way)
{
	pthread_t holder, opener;
	bool is_held = strcmp(steps[_i][0], "hold") == 0;

	play_open(&play);
	step = steps[_i];
	play_act(&play, stay);
	play_install(&play, COUNTER, "counter_2");
	if (is_held)
		ck_assert_int_eq(pthread_create(&holder, NULL, hold, NULL), 0);
	play_ask(&play, both, 1, NULL, &play.told);
	house_wait_until(&play.house, door_has_somebody, &door);
	if (is_held)
		house_wait_until(&play.house, play_is_closed, &play);
	else
		traffic_close(&play.traffic);
	ck_assert_int_eq(pthread_create(&opener, NULL, open_door, &door), 0);
	house_fini(&play.house);
	pthread_join(opener, NULL);
	if (is_held)
		pthread_join(holder, NULL);
	ck_assert(play.told.has_come);
}
END_TEST

static int stay_in_configure(struct stage *stage, struct corbel_context *context, const char *where,
			     const char *version)
{
	(void)stage;
	(void)context;
	(void)version;
	if (strcmp(where, "configure") == 0)
		door_wait(&door);
	return 0;
}

START_TEST(a_reload_waits_for_a_configure_under_way)
{
	play_open(&play);
	play_act(&play, stay_in_configure);
	house_configure(&play.house, "");
	play_add(&play, COUNTER, "counter_2", "pace = 7\n");
	play_add(&play, CALLER, "caller_1", "");
	ck_assert_int_eq(house_reconfigure(&play.house), 0);
	house_wait_until(&play.house, door_has_somebody, &door);
	play_ask(&play, counter_alone, 1, NULL, &play.told);
	for (int i = 0; i < 20; i++)
		corbel_host_dispatch(play.house.host, 0);
	door_open(&door);
	play_wait(&play, &play.told);
	house_settle(&play.house);
	/* It may also have been refused, but neither is lost. */
	if (play.told.outcome == CORBEL_RELOAD_NOT_NOW)
		play_reload(&play, COUNTER, 0);
	play_assert_outcome(&play, CORBEL_RELOAD_DONE);
	play_assert_version(&play, "2.0.0");
	play_close(&play);
}
END_TEST

START_TEST(a_configuration_may_be_read_during_a_reload)
{
	for (int turns = 0; turns < 24; turns++) {
		char lines[32];

		play_open(&play);
		play_install(&play, COUNTER, "counter_2");
		play_ask(&play, counter_alone, 1, NULL, &play.told);
		for (int i = 0; i < turns && !play.told.has_come; i++)
			corbel_host_dispatch(play.house.host, CORBEL_MILLISECOND);
		house_configure(&play.house, "");
		snprintf(lines, sizeof(lines), "pace = %d\n", turns + 2);
		play_add(&play, COUNTER, "counter_2", lines);
		play_add(&play, CALLER, "caller_1", "");
		ck_assert_int_eq(house_reconfigure(&play.house), 0);
		play_wait(&play, &play.told);
		house_settle(&play.house);
		house_assert_state(&play.house, COUNTER, CORBEL_PLUGIN_RUNNING);
		house_assert_state(&play.house, CALLER, CORBEL_PLUGIN_RUNNING);
		/* The settings may have been first. */
		if (play.told.outcome == CORBEL_RELOAD_NOT_NOW)
			play_reload(&play, COUNTER, 0);
		play_assert_outcome(&play, CORBEL_RELOAD_DONE);
		end();
	}
}
END_TEST

START_TEST(a_plugin_may_leave_the_configuration_during_a_reload)
{
	for (int turns = 0; turns < 24; turns++) {
		play_open(&play);
		play_install(&play, CALLER, "caller_2");
		play_ask(&play, both + 1, 1, NULL, &play.told);
		for (int i = 0; i < turns && !play.told.has_come; i++)
			corbel_host_dispatch(play.house.host, CORBEL_MILLISECOND);
		house_configure(&play.house, "");
		play_add(&play, COUNTER, "counter_1", "");
		ck_assert_int_eq(house_reconfigure(&play.house), 0);
		play_wait(&play, &play.told);
		house_settle(&play.house);
		house_assert_state(&play.house, COUNTER, CORBEL_PLUGIN_RUNNING);
		end();
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("reload: meanwhile");
	TCase *tcase = tcase_create("meanwhile");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, a_stop_and_a_reload_are_both_answered, 0, 2);
	tcase_add_loop_test(tcase, a_restart_and_a_reload_are_both_answered, 0, 2);
	tcase_add_test(tcase, reloads_that_are_asked_for_at_once_follow_each_other);
	tcase_add_test(tcase, a_host_may_be_freed_in_the_middle);
	tcase_add_loop_test(tcase, a_host_may_be_freed_while_a_callback_is_under_way, 0,
			    (int)(sizeof(steps) / sizeof(steps[0])));
	tcase_add_test(tcase, a_reload_waits_for_a_configure_under_way);
	tcase_add_test(tcase, a_configuration_may_be_read_during_a_reload);
	tcase_add_test(tcase, a_plugin_may_leave_the_configuration_during_a_reload);
	suite_add_tcase(suite, tcase);
	return suite;
}
