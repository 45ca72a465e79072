/* SPDX-License-Identifier: MIT */
/* Reloads that fail, each at another step: the old version serves on as if nothing had been. */
#include <errno.h>
#include <string.h>

#include "play.h"

Suite *test_suite(void);

static struct play play;
static struct door door = DOOR_INITIALIZER;

/* What goes wrong: a file, or a callback of a version that fails (0: that waits at the door). */
struct failing {
	const char *file;
	const char *where, *version; /* of the callback; NULL: none */
	int result;
	enum corbel_reload_fault fault;
	enum corbel_reload_outcome outcome;
	const char *words[2]; /* that the report must hold */
};

static const struct failing failings[] = {
	{ "counter_2",
	  "start",
	  "2.0.0",
	  -EIO,
	  0,
	  CORBEL_RELOAD_INIT_FAILED,
	  { "played", "start" } },
	{ "counter_2",
	  "start",
	  "2.0.0",
	  0,
	  0,
	  CORBEL_RELOAD_INIT_HUNG,
	  { "start", "start-timeout" } },
	{ "counter_2", "save", "1.0.0", -EIO, 0, CORBEL_RELOAD_SAVE_FAILED, { "played", "save" } },
	{ "counter_2",
	  "restore",
	  "2.0.0",
	  -EIO,
	  0,
	  CORBEL_RELOAD_RESTORE_FAILED,
	  { "played", "restore" } },
	{ "counter_crashes", NULL, NULL, 0, 0, CORBEL_RELOAD_INIT_CRASHED, { "constructors", "" } },
	{ "counter_needs", NULL, NULL, 0, 0, CORBEL_RELOAD_UNFIT, { "test.absent", "" } },
	{ "counter_lacks", NULL, NULL, 0, 0, CORBEL_RELOAD_UNFIT, { CALLER, "test.counter" } },
	{ "counter_layout", NULL, NULL, 0, 0, CORBEL_RELOAD_INIT_FAILED, { "test.counter", "" } },
	{ "counter_no_converter", NULL, NULL, 0, 0, CORBEL_RELOAD_NO_CONVERTER, { "3", "reads" } },
	{ "counter_2",
	  NULL,
	  NULL,
	  0,
	  CORBEL_FAULT_ABI_TOO_NEW,
	  CORBEL_RELOAD_UNFIT,
	  { "ABI", "" } },
	{ "counter_2", NULL, NULL, 0, CORBEL_FAULT_LOAD_CRASH, CORBEL_RELOAD_LOAD_CRASHED, { "" } },
	{ "counter_2", NULL, NULL, 0, CORBEL_FAULT_INIT_CRASH, CORBEL_RELOAD_INIT_CRASHED, { "" } },
	{ "counter_2", NULL, NULL, 0, CORBEL_FAULT_INIT_FAIL, CORBEL_RELOAD_INIT_FAILED, { "" } },
	{ "counter_2", NULL, NULL, 0, CORBEL_FAULT_INIT_HANG, CORBEL_RELOAD_INIT_HUNG, { "" } },
	{ "counter_2",
	  NULL,
	  NULL,
	  0,
	  CORBEL_FAULT_NEVER_DRAINS,
	  CORBEL_RELOAD_NEVER_DRAINED,
	  { "" } },
	{ "counter_2",
	  NULL,
	  NULL,
	  0,
	  CORBEL_FAULT_RESTORE_FAIL,
	  CORBEL_RELOAD_RESTORE_FAILED,
	  { "" } },
};

#define FAILING_COUNT ((int)(sizeof(failings) / sizeof(failings[0])))

static const struct failing *failing;

static int play_failure(struct stage *stage, struct corbel_context *context, const char *where,
			const char *version)
{
	const struct failing *how = __atomic_load_n(&failing, __ATOMIC_ACQUIRE);

	(void)stage;
	if (!how || !how->where || strcmp(where, how->where) != 0 ||
	    strcmp(version, how->version) != 0)
		return 0;
	if (how->result == 0)
		door_wait(&door);
	else
		corbel_explain(context, "played by the test");
	return how->result;
}

static void open_failing(void)
{
	play_init(&play, 3, "trial-timeout = 2s\n");
	play_add(&play, COUNTER, "counter_1", "start-timeout = 500ms\nreload-timeout = 500ms\n");
	play_add(&play, CALLER, "caller_1", "");
	play_act(&play, play_failure);
	play_start(&play);
}

static void reload_failing(const struct failing *how, const char *const *plugins, size_t count)
{
	const struct corbel_reload_options options = { .size = sizeof(options),
						       .fault = how->fault };

	__atomic_store_n(&failing, how, __ATOMIC_RELEASE);
	play_ask(&play, plugins, count, &options, &play.told);
	play_wait(&play, &play.told);
	__atomic_store_n(&failing, NULL, __ATOMIC_RELEASE);
	door_open(&door);
}

static const char *const counter_alone[] = { COUNTER };
static const char *const both[] = { CALLER, COUNTER };

static void assert_refused(const struct failing *how)
{
	play_assert_outcome(&play, how->outcome);
	ck_assert_int_lt(play.told.result, 0);
	ck_assert_str_eq(play.told.plugin, COUNTER);
	ck_assert_str_ne(play.told.words, "");
	for (int i = 0; i < 2 && how->words[i]; i++)
		house_assert_words(play.told.words, how->words[i]);
	play_assert_version(&play, "1.0.0");
	ck_assert_uint_eq(play_generation(&play, COUNTER), 1);
	house_assert_state(&play.house, COUNTER, CORBEL_PLUGIN_RUNNING);
}

START_TEST(the_old_version_serves_on)
{
	open_failing();
	ck_assert_int_eq(traffic_start(&play.traffic, TRAFFIC_CALLS | TRAFFIC_EVENTS), 0);
	play_install(&play, COUNTER, failings[_i].file);
	reload_failing(&failings[_i], counter_alone, 1);
	assert_refused(&failings[_i]);
	play_assert_traffic(&play);
	play_assert_flat(&play);
	/* And nothing of it is left in the way of one that is well. */
	play_install(&play, COUNTER, "counter_2");
	play_reload(&play, COUNTER, 0);
	play_assert_outcome(&play, CORBEL_RELOAD_DONE);
	play_assert_version(&play, "2.0.0");
	play_close(&play);
}
END_TEST

START_TEST(so_does_the_one_beside_it_in_the_transaction)
{
	open_failing();
	ck_assert_int_eq(traffic_start(&play.traffic, TRAFFIC_CALLS | TRAFFIC_EVENTS), 0);
	play_install(&play, COUNTER, failings[_i].file);
	play_install(&play, CALLER, "caller_2");
	reload_failing(&failings[_i], both, 2);
	ck_assert_int_ne(play.told.outcome, CORBEL_RELOAD_DONE);
	play_assert_version(&play, "1.0.0");
	ck_assert_uint_eq(play_generation(&play, CALLER), 1);
	ck_assert_uint_eq(play_generation(&play, COUNTER), 1);
	play_assert_traffic(&play);
	play_assert_flat(&play);
	play_install(&play, COUNTER, "counter_2");
	play_ask(&play, both, 2, NULL, &play.told);
	play_wait(&play, &play.told);
	play_assert_outcome(&play, CORBEL_RELOAD_DONE);
	play_close(&play);
}
END_TEST

START_TEST(a_missing_converter_is_refused_before_a_gate_is_closed)
{
	open_failing();
	play_install(&play, COUNTER, "counter_no_converter");
	play_reload(&play, COUNTER, 0);
	play_assert_outcome(&play, CORBEL_RELOAD_NO_CONVERTER);
	ck_assert_int_eq(play.told.pause, 0);
	play_close(&play);
}
END_TEST

START_TEST(a_failure_says_again_what_it_said)
{
	open_failing();
	play_install(&play, COUNTER, "counter_2");
	for (int i = 0; i < 20; i++) {
		reload_failing(&failings[3], counter_alone, 1);
		assert_refused(&failings[3]);
	}
	play_close(&play);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("reload: refused");
	TCase *tcase = tcase_create("refused");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, the_old_version_serves_on, 0, FAILING_COUNT);
	tcase_add_loop_test(tcase, so_does_the_one_beside_it_in_the_transaction, 0, FAILING_COUNT);
	tcase_add_test(tcase, a_missing_converter_is_refused_before_a_gate_is_closed);
	tcase_add_test(tcase, a_failure_says_again_what_it_said);
	suite_add_tcase(suite, tcase);
	return suite;
}
