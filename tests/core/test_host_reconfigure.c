/* SPDX-License-Identifier: MIT */
/* Whole hosts: the configuration is read again, and what changed is applied, or nothing is. */
#include <check.h>
#include <string.h>

#include "house.h"

static struct house house;

static int act(struct board *board, struct actor *actor, const char *where, int number)
{
	char what[64];

	if (strcmp(where, "configure") != 0)
		house_say((struct house *)board, where, actor->name);
	else
		snprintf(what, sizeof(what), "pace %d", number),
			house_say((struct house *)board, what, actor->name);
	return strcmp(where, "configure") == 0 && number == 13 ? -EINVAL : 0;
}

static void configure(const char *base, const char *middle)
{
	house_configure(&house, "");
	house_add(&house, "base", "base", base);
	house_add(&house, "middle", "middle", middle);
}

static void set_up(void)
{
	house_init(&house, 2, act);
	configure("", "");
	house_start(&house);
	house_forget(&house);
}

START_TEST(the_same_configuration_changes_nothing)
{
	set_up();
	ck_assert_int_eq(house_reconfigure(&house), 0);
	house_settle(&house);
	house_assert_said(&house, "");
	house_fini(&house);
}
END_TEST

START_TEST(a_changed_setting_is_given_to_configure)
{
	set_up();
	configure("pace = 7\n", "");
	ck_assert_int_eq(house_reconfigure(&house), 0);
	house_wait(&house, "pace 7 base");
	house_settle(&house);
	house_assert_said(&house, "pace 7 base");
	house_assert_state(&house, "middle", CORBEL_PLUGIN_RUNNING);
	house_fini(&house);
}
END_TEST

START_TEST(two_changes_in_a_row_are_both_taken)
{
	set_up();
	configure("pace = 7\n", "");
	ck_assert_int_eq(house_reconfigure(&house), 0);
	configure("pace = 8\n", "");
	ck_assert_int_eq(house_reconfigure(&house), 0);
	house_wait(&house, "pace 8 base");
	house_settle(&house);
	house_fini(&house);
}
END_TEST

START_TEST(a_stop_right_after_a_change_is_clean)
{
	set_up();
	configure("pace = 7\n", "");
	ck_assert_int_eq(house_reconfigure(&house), 0);
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_STOP, "base"), 0);
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_START, "base"), 0);
	house_fini(&house);
}
END_TEST

START_TEST(a_plugin_that_refuses_new_settings_keeps_the_old_ones)
{
	set_up();
	configure("pace = 13\n", "");
	ck_assert_int_eq(house_reconfigure(&house), 0);
	house_wait(&house, "pace 13 base");
	house_settle(&house);
	house_assert_state(&house, "base", CORBEL_PLUGIN_RUNNING);
	configure("pace = 14\n", "");
	ck_assert_int_eq(house_reconfigure(&house), 0);
	house_wait(&house, "pace 14 base");
	house_fini(&house);
}
END_TEST

START_TEST(a_plugin_without_configure_restarts)
{
	set_up();
	configure("", "pace = 7\n");
	ck_assert_int_eq(house_reconfigure(&house), 0);
	house_settle(&house);
	house_wait(&house, "start middle");
	house_assert_said(&house, "stop middle, start middle");
	house_fini(&house);
}
END_TEST

START_TEST(a_bad_file_changes_nothing)
{
	static const char *const bad[] = { "pase = 7\n",      "pace = fast\n",
					   "pace = 100000\n", "enabled = perhaps\n",
					   "pace 7\n",        "]\n" };

	set_up();
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		configure("pace = 9\n", bad[i]);
		ck_assert_int_lt(house_reconfigure(&house), 0);
		house_assert_words(house.error.text, "house.ini:");
		house_settle(&house);
		house_assert_said(&house, "");
	}
	house_assert_state(&house, "base", CORBEL_PLUGIN_RUNNING);
	house_assert_state(&house, "middle", CORBEL_PLUGIN_RUNNING);
	house_fini(&house);
}
END_TEST

START_TEST(a_change_that_is_taken_back_at_once_is_undone)
{
	set_up();
	configure("pace = 7\n", "");
	ck_assert_int_eq(house_reconfigure(&house), 0);
	configure("", "");
	ck_assert_int_eq(house_reconfigure(&house), 0);
	house_wait(&house, "pace 1 base");
	house_settle(&house);
	house_assert_said(&house, "pace 7 base, pace 1 base");
	house_fini(&house);
}
END_TEST

static struct door door = DOOR_INITIALIZER;

static int starts_late(struct board *board, struct actor *actor, const char *where, int number)
{
	if (strcmp(where, "start") == 0 && strcmp(actor->name, "base") == 0)
		door_wait(&door);
	return act(board, actor, where, number);
}

START_TEST(a_change_during_its_start_comes_after_it)
{
	house_init(&house, 2, starts_late);
	configure("", "");
	house_make(&house);
	corbel_host_start(house.host);
	house_wait_until(&house, door_has_somebody, &door);
	configure("pace = 7\n", "");
	ck_assert_int_eq(house_reconfigure(&house), 0);
	door_open(&door);
	house_wait(&house, "pace 7 base");
	house_settle(&house);
	house_assert_state(&house, "middle", CORBEL_PLUGIN_RUNNING);
	house_fini(&house);
}
END_TEST

static int stops_late(struct board *board, struct actor *actor, const char *where, int number)
{
	if (strcmp(where, "stop") == 0 && strcmp(actor->name, "base") == 0)
		door_wait(&door);
	return act(board, actor, where, number);
}

START_TEST(a_zombie_stays_one)
{
	house_init(&house, 2, stops_late);
	configure("stop-timeout = 20ms\n", "");
	house_start(&house);
	ck_assert_int_lt(house_ask(&house, CORBEL_REQUEST_STOP, "base"), 0);
	house_assert_state(&house, "base", CORBEL_PLUGIN_ZOMBIE);
	configure("stop-timeout = 30ms\n", "");
	ck_assert_int_eq(house_reconfigure(&house), 0);
	house_settle(&house);
	house_assert_state(&house, "base", CORBEL_PLUGIN_ZOMBIE);
	house_abandon(&house);
}
END_TEST

START_TEST(a_plugin_that_is_added_starts)
{
	set_up();
	house_add(&house, "top", "top", "");
	ck_assert_int_eq(house_reconfigure(&house), 0);
	house_settle(&house);
	house_assert_said(&house, "start top");
	house_fini(&house);
}
END_TEST

static void look(void *data, const struct corbel_plugin_info *info)
{
	(void)data;
	(void)info;
}

START_TEST(a_plugin_that_is_gone_stops_and_is_forgotten)
{
	set_up();
	house_configure(&house, "");
	house_add(&house, "base", "base", "");
	ck_assert_int_eq(house_reconfigure(&house), 0);
	house_settle(&house);
	house_wait(&house, "stop middle");
	house_assert_said(&house, "stop middle");
	ck_assert_int_eq(corbel_host_plugin(house.host, "middle", look, NULL), -ENOENT);
	house_assert_state(&house, "base", CORBEL_PLUGIN_RUNNING);
	configure("", "");
	ck_assert_int_eq(house_reconfigure(&house), 0);
	house_settle(&house);
	house_assert_state(&house, "middle", CORBEL_PLUGIN_RUNNING);
	house_fini(&house);
}
END_TEST

START_TEST(a_plugin_that_is_disabled_stops_and_takes_its_users_along)
{
	set_up();
	configure("enabled = no\n", "");
	ck_assert_int_eq(house_reconfigure(&house), 0);
	house_settle(&house);
	house_assert_said(&house, "stop middle, stop base");
	configure("", "");
	ck_assert_int_eq(house_reconfigure(&house), 0);
	house_settle(&house);
	house_assert_said(&house, "stop middle, stop base, start base, start middle");
	house_fini(&house);
}
END_TEST

START_TEST(an_added_circle_is_refused_and_the_rest_runs)
{
	set_up();
	house_add(&house, "ring_a", "ring_a", "");
	house_add(&house, "ring_b", "ring_b", "");
	house_add(&house, "ring_c", "ring_c", "");
	ck_assert_int_eq(house_reconfigure(&house), 0);
	house_settle(&house);
	house_assert_state(&house, "ring_b", CORBEL_PLUGIN_FAILED);
	house_assert_said(&house, "");
	house_fini(&house);
}
END_TEST

static void configure_ring(const char *lines)
{
	house_configure(&house, "");
	house_add(&house, "ring_a", "ring_a", lines);
	house_add(&house, "ring_b", "ring_b", "");
	house_add(&house, "ring_c", "ring_c", "");
}

START_TEST(a_circle_that_closes_while_one_runs_is_refused_until_it_opens)
{
	house_init(&house, 2, NULL);
	configure_ring("activate = demand\n");
	house_start(&house);
	house_assert_state(&house, "ring_c", CORBEL_PLUGIN_RUNNING);
	house_forget(&house);
	configure_ring("");
	ck_assert_int_eq(house_reconfigure(&house), 0);
	house_wait_state(&house, "ring_c", CORBEL_PLUGIN_FAILED);
	house_assert_said(&house, "stop ring_c");
	house_assert_words(house_plugin(&house, "ring_c").reason, "round in a circle");
	house_assert_state(&house, "ring_a", CORBEL_PLUGIN_FAILED);
	configure_ring("activate = demand\n");
	ck_assert_int_eq(house_reconfigure(&house), 0);
	house_wait_state(&house, "ring_c", CORBEL_PLUGIN_RUNNING);
	house_fini(&house);
}
END_TEST

START_TEST(a_renamed_plugin_starts_when_the_old_one_has_gone)
{
	set_up();
	house_configure(&house, "");
	house_add(&house, "ground", "base", "");
	house_add(&house, "middle", "middle", "");
	ck_assert_int_eq(house_reconfigure(&house), 0);
	house_settle(&house);
	house_wait_state(&house, "ground", CORBEL_PLUGIN_RUNNING);
	house_assert_said(&house, "stop middle, stop base, start ground, start middle");
	house_fini(&house);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void)
{
	Suite *suite = suite_create("host: reconfigure");
	TCase *tcase = tcase_create("reconfigure");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, the_same_configuration_changes_nothing);
	tcase_add_test(tcase, a_changed_setting_is_given_to_configure);
	tcase_add_test(tcase, two_changes_in_a_row_are_both_taken);
	tcase_add_test(tcase, a_stop_right_after_a_change_is_clean);
	tcase_add_test(tcase, a_plugin_that_refuses_new_settings_keeps_the_old_ones);
	tcase_add_test(tcase, a_plugin_without_configure_restarts);
	tcase_add_test(tcase, a_bad_file_changes_nothing);
	tcase_add_test(tcase, a_change_that_is_taken_back_at_once_is_undone);
	tcase_add_test(tcase, a_change_during_its_start_comes_after_it);
	tcase_add_test(tcase, a_zombie_stays_one);
	tcase_add_test(tcase, a_plugin_that_is_added_starts);
	tcase_add_test(tcase, a_plugin_that_is_gone_stops_and_is_forgotten);
	tcase_add_test(tcase, a_plugin_that_is_disabled_stops_and_takes_its_users_along);
	tcase_add_test(tcase, an_added_circle_is_refused_and_the_rest_runs);
	tcase_add_test(tcase, a_circle_that_closes_while_one_runs_is_refused_until_it_opens);
	tcase_add_test(tcase, a_renamed_plugin_starts_when_the_old_one_has_gone);
	suite_add_tcase(suite, tcase);
	return suite;
}
