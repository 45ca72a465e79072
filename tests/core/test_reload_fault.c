/* SPDX-License-Identifier: MIT */
/* Faults of those that take part in a reload, old and new, in each of its parts. */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "fault.h"

static struct house house;
static struct door door;

/* Where the plugin of which generation does what. */
static const char *where_wanted;
static unsigned which_wanted, starts;
static enum { FAULTS, WAITS } what_wanted;
static struct instance *waiting; /* atomic */
static pid_t waiting_thread;

static int act(struct board *board, struct actor *actor, const char *where, int number)
{
	(void)number;
	if (strcmp(where, "start") == 0) {
		fault_keep(actor);
		actor->belongings = (void *)(uintptr_t)++starts;
	}
	house_say((struct house *)board, where, actor->name);
	if (strcmp(where, where_wanted) != 0 || (uintptr_t)actor->belongings != which_wanted)
		return 0;
	if (what_wanted == FAULTS)
		return fault_here(actor);
	waiting_thread = gettid();
	__atomic_store_n(&waiting, instance_of(actor->context), __ATOMIC_RELEASE);
	door_wait(&door);
	return 0;
}

static void begin(const char *where, unsigned which)
{
	door = (struct door)DOOR_INITIALIZER;
	where_wanted = where;
	which_wanted = which;
	what_wanted = FAULTS;
	waiting = NULL;
	starts = 0;
	house_init(&house, 3, act);
	house_add(&house, "keeper", "keeper", "restart-backoff = 0s\n");
	house_start(&house);
	house_forget(&house);
}

struct told {
	bool has_come;
	enum corbel_reload_outcome outcome;
	char words[1024];
};

static void tell(void *data, const struct corbel_reload_report *report)
{
	struct told *told = data;

	told->has_come = true;
	told->outcome = report->outcome;
	snprintf(told->words, sizeof(told->words), "%s", report->words);
}

static bool has_come(void *data)
{
	return ((struct told *)data)->has_come;
}

static bool is_waiting(void *data)
{
	(void)data;
	return __atomic_load_n(&waiting, __ATOMIC_ACQUIRE) && door_has_somebody(&door);
}

static void ask(struct told *told)
{
	static const char *const names[] = { "keeper" };
	const struct corbel_reload_options options = {
		.size = sizeof(options),
		.flags = CORBEL_RELOAD_ANYWAY,
		.timeout = 60 * CORBEL_SECOND,
	};

	memset(told, 0, sizeof(*told));
	corbel_host_reload(house.host, names, 1, &options, tell, told);
}

static void expect(struct told *told, enum corbel_reload_outcome outcome)
{
	house_wait_until(&house, has_come, told);
	ck_assert_str_eq(corbel_reload_outcome_name(told->outcome),
			 corbel_reload_outcome_name(outcome));
	if (outcome != CORBEL_RELOAD_DONE)
		house_assert_words(told->words, FAULT_WORDS);
	house_wait_state(&house, "keeper", CORBEL_PLUGIN_RUNNING);
	house_settle(&house);
}

static void reload(enum corbel_reload_outcome outcome)
{
	struct told told;

	ask(&told);
	expect(&told, outcome);
}

static void assert_counts(uint64_t faults, uint64_t restarts, size_t lingering)
{
	struct house_plugin plugin = house_plugin(&house, "keeper");

	ck_assert_uint_eq(plugin.faults, faults);
	ck_assert_uint_eq(plugin.restarts, restarts);
	ck_assert_uint_eq(plugin.lingering, lingering);
}

START_TEST(a_fault_in_start_of_the_new_version_leaves_the_old_one_serving)
{
	begin("start", 2);
	reload(CORBEL_RELOAD_INIT_CRASHED);
	house_assert_said(&house, "start keeper");
	assert_counts(1, 0, 0);
	reload(CORBEL_RELOAD_DONE);
	house_fini(&house);
}
END_TEST

START_TEST(a_fault_in_restore_leaves_the_old_one_serving)
{
	begin("restore", 2);
	reload(CORBEL_RELOAD_RESTORE_FAILED);
	house_assert_said(&house, "start keeper, save keeper, restore keeper");
	assert_counts(1, 0, 0);
	reload(CORBEL_RELOAD_DONE);
	house_fini(&house);
}
END_TEST

START_TEST(a_fault_in_save_restarts_the_old_one)
{
	begin("save", 1);
	reload(CORBEL_RELOAD_SAVE_FAILED);
	assert_counts(1, 1, 0);
	reload(CORBEL_RELOAD_DONE);
	house_fini(&house);
}
END_TEST

/* A reload in which a callback is under way. */
static void ask_and_wait(struct told *told)
{
	what_wanted = WAITS;
	ask(told);
	house_wait_until(&house, is_waiting, NULL);
}

static void park(void)
{
	fault_tell(waiting, CORBEL_FAULT_PARKED, waiting_thread, true);
}

START_TEST(a_fault_of_the_old_one_while_the_new_one_starts_ends_the_reload)
{
	struct told told;

	begin("start", 2);
	ask_and_wait(&told);
	fault_play(&house, "keeper");
	house_wait_until(&house, has_come, &told);
	ck_assert_str_eq(corbel_reload_outcome_name(told.outcome), "not-now");
	house_assert_words(told.words, FAULT_WORDS);
	door_open(&door);
	house_wait_state(&house, "keeper", CORBEL_PLUGIN_RUNNING);
	house_settle(&house);
	assert_counts(1, 1, 0);
	house_fini(&house);
}
END_TEST

START_TEST(a_fault_of_the_old_one_while_it_is_handed_over_ends_the_reload)
{
	struct told told;

	begin("restore", 2);
	ask_and_wait(&told);
	fault_play(&house, "keeper");
	door_open(&door);
	expect(&told, CORBEL_RELOAD_NOT_NOW);
	assert_counts(1, 1, 0);
	house_fini(&house);
}
END_TEST

START_TEST(a_thread_parked_in_start_of_the_new_version_is_left_aside)
{
	struct told told;

	begin("start", 2);
	ask_and_wait(&told);
	park();
	expect(&told, CORBEL_RELOAD_INIT_CRASHED);
	assert_counts(1, 0, 1);
	reload(CORBEL_RELOAD_DONE);
	house_abandon(&house);
}
END_TEST

START_TEST(a_thread_parked_in_restore_does_not_hold_the_next_reload_up)
{
	struct told told;

	begin("restore", 2);
	ask_and_wait(&told);
	park();
	expect(&told, CORBEL_RELOAD_RESTORE_FAILED);
	assert_counts(1, 0, 1);
	reload(CORBEL_RELOAD_DONE);
	house_abandon(&house);
}
END_TEST

START_TEST(a_thread_parked_in_save_is_left_aside_and_the_plugin_restarted)
{
	struct told told;

	begin("save", 1);
	ask_and_wait(&told);
	park();
	house_wait_until(&house, has_come, &told);
	ck_assert_str_eq(corbel_reload_outcome_name(told.outcome), "save-failed");
	house_wait_state(&house, "keeper", CORBEL_PLUGIN_RUNNING);
	house_settle(&house);
	assert_counts(1, 1, 1);
	reload(CORBEL_RELOAD_DONE);
	house_abandon(&house);
}
END_TEST

START_TEST(a_replaced_one_that_faults_in_stop_is_counted_and_goes)
{
	begin("stop", 1);
	reload(CORBEL_RELOAD_DONE);
	assert_counts(1, 0, 0);
	house_fini(&house);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void)
{
	Suite *suite = suite_create("faults in a reload");
	TCase *tcase = tcase_create("fault");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, a_fault_in_start_of_the_new_version_leaves_the_old_one_serving);
	tcase_add_test(tcase, a_fault_in_restore_leaves_the_old_one_serving);
	tcase_add_test(tcase, a_fault_in_save_restarts_the_old_one);
	tcase_add_test(tcase, a_fault_of_the_old_one_while_the_new_one_starts_ends_the_reload);
	tcase_add_test(tcase, a_fault_of_the_old_one_while_it_is_handed_over_ends_the_reload);
	tcase_add_test(tcase, a_thread_parked_in_start_of_the_new_version_is_left_aside);
	tcase_add_test(tcase, a_thread_parked_in_restore_does_not_hold_the_next_reload_up);
	tcase_add_test(tcase, a_thread_parked_in_save_is_left_aside_and_the_plugin_restarted);
	tcase_add_test(tcase, a_replaced_one_that_faults_in_stop_is_counted_and_goes);
	suite_add_tcase(suite, tcase);
	return suite;
}
