/* SPDX-License-Identifier: MIT */
/* Reloads that succeed, or that there is no need for: what goes over, and what stays as it was. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "play.h"
#include "variant.h"

Suite *test_suite(void);

static struct play play;

static void add(int64_t number)
{
	int64_t total;

	ck_assert_int_eq(test_counter_add(play.traffic.counter, number, &total), 0);
}

START_TEST(the_state_goes_through_both_converters_and_back)
{
	play_open(&play);
	add(41);
	play_install(&play, COUNTER, "counter_2");
	play_reload(&play, COUNTER, 0);
	play_assert_outcome(&play, CORBEL_RELOAD_DONE);
	play_assert_version(&play, "2.0.0");
	ck_assert_int_eq(play_tally(&play).total, 41);
	ck_assert_str_eq(play.told.plugins[0].from, "1.0.0");
	ck_assert_str_eq(play.told.plugins[0].to, "2.0.0");
	ck_assert_uint_eq(play.told.plugins[0].format, 1);
	ck_assert_uint_eq(play.told.plugins[0].byte_count, sizeof(struct test_counter_tally));
	ck_assert_uint_eq(play_generation(&play, COUNTER), 2);
	add(1);
	play_install(&play, COUNTER, "counter_1");
	play_reload(&play, COUNTER, 0);
	play_assert_outcome(&play, CORBEL_RELOAD_DONE);
	play_assert_version(&play, "1.0.0");
	ck_assert_int_eq(play_tally(&play).total, 42);
	ck_assert_uint_eq(play.told.plugins[0].format, 1);
	ck_assert_uint_eq(play_tally(&play).restores, 2);
	play.traffic.added = 42;
	play_close(&play);
}
END_TEST

START_TEST(two_of_the_newer_version_use_the_newer_format)
{
	play_open(&play);
	play_install(&play, COUNTER, "counter_2");
	play_reload(&play, COUNTER, 0);
	add(7);
	play_reload(&play, COUNTER, CORBEL_RELOAD_ANYWAY);
	play_assert_outcome(&play, CORBEL_RELOAD_DONE);
	ck_assert_uint_eq(play.told.plugins[0].format, 2);
	ck_assert_int_eq(play_tally(&play).total, 7);
	play.traffic.added = 7;
	play_close(&play);
}
END_TEST

START_TEST(the_file_that_runs_is_no_new_version)
{
	play_open(&play);
	ck_assert_int_eq(play_reload(&play, COUNTER, 0), CORBEL_RELOAD_UNCHANGED);
	/* Another file with the same bytes. */
	play_install(&play, COUNTER, "counter_1");
	ck_assert_int_eq(play_reload(&play, COUNTER, 0), CORBEL_RELOAD_UNCHANGED);
	ck_assert_str_eq(play.told.plugin, COUNTER);
	ck_assert_uint_eq(play_generation(&play, COUNTER), 1);
	ck_assert_uint_eq(play_tally(&play).restores, 0);
	play_close(&play);
}
END_TEST

START_TEST(a_dry_run_changes_nothing)
{
	play_open(&play);
	play_install(&play, COUNTER, "counter_2");
	for (int i = 0; i < 3; i++) {
		play_reload(&play, COUNTER, CORBEL_RELOAD_DRY_RUN);
		play_assert_outcome(&play, CORBEL_RELOAD_DONE);
	}
	play_assert_version(&play, "1.0.0");
	ck_assert_uint_eq(play_generation(&play, COUNTER), 1);
	ck_assert_uint_eq(play_tally(&play).restores, 0);
	play_install(&play, COUNTER, "counter_no_converter");
	play_reload(&play, COUNTER, CORBEL_RELOAD_DRY_RUN);
	play_assert_outcome(&play, CORBEL_RELOAD_NO_CONVERTER);
	play_install(&play, COUNTER, "counter_crashes");
	play_reload(&play, COUNTER, CORBEL_RELOAD_DRY_RUN);
	play_assert_outcome(&play, CORBEL_RELOAD_INIT_CRASHED);
	play_assert_version(&play, "1.0.0");
	play_close(&play);
}
END_TEST

static void take_previous(void *data, const struct corbel_plugin_info *info)
{
	snprintf(data, 32, "%s", info->previous);
}

static void assert_previous(const char *version)
{
	char previous[32];

	corbel_host_plugin(play.house.host, COUNTER, take_previous, previous);
	ck_assert_str_eq(previous, version);
}

START_TEST(goes_to_the_previous_version_and_back)
{
	play_open(&play);
	add(5);
	assert_previous("");
	play_reload(&play, COUNTER, CORBEL_RELOAD_PREVIOUS);
	ck_assert_int_ne(play.told.outcome, CORBEL_RELOAD_DONE);
	ck_assert_str_ne(play.told.words, "");
	play_install(&play, COUNTER, "counter_2");
	play_reload(&play, COUNTER, 0);
	assert_previous("1.0.0");
	for (int i = 0; i < 4; i++) {
		play_reload(&play, COUNTER, CORBEL_RELOAD_PREVIOUS);
		play_assert_outcome(&play, CORBEL_RELOAD_DONE);
		play_assert_version(&play, i % 2 ? "2.0.0" : "1.0.0");
		assert_previous(i % 2 ? "1.0.0" : "2.0.0");
	}
	ck_assert_int_eq(play_tally(&play).total, 5);
	play.traffic.added = 5;
	play_close(&play);
}
END_TEST

START_TEST(the_previous_version_does_not_need_its_file)
{
	char path[256];

	play_open(&play);
	play_install(&play, COUNTER, "counter_2");
	play_reload(&play, COUNTER, 0);
	play_assert_outcome(&play, CORBEL_RELOAD_DONE);
	ck_assert_int_eq(unlink(play_path(&play, COUNTER, path)), 0);
	play_reload(&play, COUNTER, CORBEL_RELOAD_PREVIOUS);
	play_assert_outcome(&play, CORBEL_RELOAD_DONE);
	play_assert_version(&play, "1.0.0");
	play_reload(&play, COUNTER, 0);
	play_assert_outcome(&play, CORBEL_RELOAD_UNFIT);
	play_assert_version(&play, "1.0.0");
	play_close(&play);
}
END_TEST

START_TEST(what_does_not_run_is_not_reloaded)
{
	const char *both[] = { CALLER, COUNTER };

	play_open(&play);
	ck_assert_int_eq(house_ask(&play.house, CORBEL_REQUEST_STOP, CALLER), 0);
	play_install(&play, CALLER, "caller_2");
	ck_assert_int_eq(play_reload(&play, CALLER, 0), CORBEL_RELOAD_NOT_NOW);
	ck_assert_str_eq(play.told.plugin, CALLER);
	house_assert_words(play.told.words, "does not run");
	/* All or none. */
	play_install(&play, COUNTER, "counter_2");
	play_ask(&play, both, 2, NULL, &play.told);
	play_wait(&play, &play.told);
	ck_assert_int_eq(play.told.outcome, CORBEL_RELOAD_NOT_NOW);
	play_assert_version(&play, "1.0.0");
	ck_assert_int_eq(house_ask(&play.house, CORBEL_REQUEST_START, CALLER), 0);
	ck_assert_uint_ge(play_account(&play).changes, 1);
	play_close(&play);
}
END_TEST

START_TEST(nobody_is_not_reloaded)
{
	const char *names[] = { COUNTER, "nobody" };

	play_open(&play);
	play_install(&play, COUNTER, "counter_2");
	play_ask(&play, names, 2, NULL, &play.told);
	ck_assert(play.told.has_come);
	ck_assert_int_eq(play.told.result, -ENOENT);
	ck_assert_str_eq(play.told.plugin, "nobody");
	play_assert_version(&play, "1.0.0");
	play_close(&play);
}
END_TEST

START_TEST(both_go_in_one_transaction_or_neither)
{
	const char *both[] = { COUNTER, CALLER };

	play_open(&play);
	ck_assert_int_eq(traffic_start(&play.traffic, TRAFFIC_CALLS | TRAFFIC_EVENTS), 0);
	play_install(&play, COUNTER, "counter_2");
	play_install(&play, CALLER, "caller_2");
	play_ask(&play, both, 2, NULL, &play.told);
	play_wait(&play, &play.told);
	play_assert_outcome(&play, CORBEL_RELOAD_DONE);
	ck_assert_uint_eq(play.told.count, 2);
	ck_assert_uint_eq(play_generation(&play, CALLER), 2);
	ck_assert_uint_eq(play_generation(&play, COUNTER), 2);
	play_install(&play, COUNTER, "counter_1");
	play_install(&play, CALLER, "counter_crashes");
	play_ask(&play, both, 2, NULL, &play.told);
	play_wait(&play, &play.told);
	ck_assert_int_ne(play.told.outcome, CORBEL_RELOAD_DONE);
	play_assert_version(&play, "2.0.0");
	ck_assert_uint_eq(play_generation(&play, COUNTER), 2);
	play_close(&play);
}
END_TEST

START_TEST(a_name_is_said_once)
{
	const char *names[] = { CALLER, COUNTER, CALLER };

	play_open(&play);
	play_install(&play, COUNTER, "counter_2");
	play_ask(&play, names, 3, NULL, &play.told);
	ck_assert_int_eq(play.told.result, -EINVAL);
	play_ask(&play, names, 0, NULL, &play.told);
	ck_assert_int_eq(play.told.result, -EINVAL);
	play_assert_version(&play, "1.0.0");
	play_close(&play);
}
END_TEST

START_TEST(a_dedicated_thread_is_replaced_too)
{
	play_init(&play, 2, "");
	play_add(&play, COUNTER, "counter_thread", "");
	play_add(&play, CALLER, "caller_1", "");
	play_start(&play);
	ck_assert_int_eq(traffic_start(&play.traffic, TRAFFIC_CALLS | TRAFFIC_EVENTS), 0);
	for (int i = 0; i < 20; i++) {
		play_install(&play, COUNTER, i % 2 ? "counter_thread" : "counter_thread_2");
		play_reload(&play, COUNTER, 0);
		play_assert_outcome(&play, CORBEL_RELOAD_DONE);
	}
	/* From a thread of its own to the caller's, and back. */
	play_install(&play, COUNTER, "counter_2");
	play_reload(&play, COUNTER, 0);
	play_assert_outcome(&play, CORBEL_RELOAD_DONE);
	play_install(&play, COUNTER, "counter_thread");
	play_reload(&play, COUNTER, 0);
	play_assert_outcome(&play, CORBEL_RELOAD_DONE);
	play_close(&play);
}
END_TEST

START_TEST(a_host_without_workers_reloads_in_its_dispatch)
{
	play_init(&play, 0, "");
	play_add(&play, COUNTER, "counter_1", "");
	play_add(&play, CALLER, "caller_1", "");
	play_start(&play);
	for (int i = 0; i < 10; i++) {
		add(1);
		play_install(&play, COUNTER, i % 2 ? "counter_1" : "counter_2");
		play_reload(&play, COUNTER, 0);
		play_assert_outcome(&play, CORBEL_RELOAD_DONE);
	}
	ck_assert_uint_eq(play_tally(&play).restores, 10);
	play.traffic.added = 10;
	play_close(&play);
}
END_TEST

START_TEST(who_is_activated_on_demand_is_replaced_once_it_runs)
{
	play_init(&play, 2, "");
	play_add(&play, COUNTER, "counter_1", "activate = demand\n");
	house_start(&play.house);
	ck_assert_int_eq(traffic_open(&play.traffic, play.house.host), 0);
	house_assert_state(&play.house, COUNTER, CORBEL_PLUGIN_JUDGED);
	ck_assert_int_eq(play_reload(&play, COUNTER, 0), CORBEL_RELOAD_NOT_NOW);
	ck_assert_msg(house_ask(&play.house, CORBEL_REQUEST_START, COUNTER) == 0, "%s",
		      play.house.error.text);
	play_assert_version(&play, "1.0.0");
	play_install(&play, COUNTER, "counter_2");
	add(3);
	play_reload(&play, COUNTER, 0);
	play_assert_outcome(&play, CORBEL_RELOAD_DONE);
	play_assert_version(&play, "2.0.0");
	ck_assert_int_eq(play_tally(&play).total, 3);
	traffic_close(&play.traffic);
	house_fini(&play.house);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("reload");
	TCase *tcase = tcase_create("reload");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, the_state_goes_through_both_converters_and_back);
	tcase_add_test(tcase, two_of_the_newer_version_use_the_newer_format);
	tcase_add_test(tcase, the_file_that_runs_is_no_new_version);
	tcase_add_test(tcase, a_dry_run_changes_nothing);
	tcase_add_test(tcase, goes_to_the_previous_version_and_back);
	tcase_add_test(tcase, the_previous_version_does_not_need_its_file);
	tcase_add_test(tcase, what_does_not_run_is_not_reloaded);
	tcase_add_test(tcase, nobody_is_not_reloaded);
	tcase_add_test(tcase, both_go_in_one_transaction_or_neither);
	tcase_add_test(tcase, a_name_is_said_once);
	tcase_add_test(tcase, a_dedicated_thread_is_replaced_too);
	tcase_add_test(tcase, a_host_without_workers_reloads_in_its_dispatch);
	tcase_add_test(tcase, who_is_activated_on_demand_is_replaced_once_it_runs);
	suite_add_tcase(suite, tcase);
	return suite;
}
