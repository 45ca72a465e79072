/* SPDX-License-Identifier: MIT */
/* Whole hosts: reloads, those that come to nothing too, and what they leave as it was. */
#include <check.h>
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "fixture.base.h"

#include "house.h"
#include "instance.h"

static struct house house;
static struct fixture_base *use;
static struct door inside, held;
static const char *const base_alone[] = { "base" };

struct told {
	bool has_come;
	enum corbel_reload_outcome outcome;
	char words[1024], to[32];
};

static void tell(void *data, const struct corbel_reload_report *report)
{
	struct told *told = data;

	ck_assert(!*report->plugin == (report->outcome == CORBEL_RELOAD_DONE));
	told->has_come = true;
	told->outcome = report->outcome;
	snprintf(told->words, sizeof(told->words), "%s", report->words);
	snprintf(told->to, sizeof(told->to), "%s", report->plugins[0].to);
}

static bool has_come(void *data)
{
	return ((struct told *)data)->has_come;
}

static void ask(const char *const *names, size_t count, enum corbel_reload_fault fault,
		struct told *told)
{
	const struct corbel_reload_options options = {
		.size = sizeof(options),
		.flags = CORBEL_RELOAD_ANYWAY,
		.fault = fault,
		.timeout = 60 * CORBEL_SECOND,
	};

	memset(told, 0, sizeof(*told));
	corbel_host_reload(house.host, names, count, &options, tell, told);
}

static void ask_back(struct told *told)
{
	const struct corbel_reload_options options = { .size = sizeof(options),
						       .flags = CORBEL_RELOAD_PREVIOUS };

	memset(told, 0, sizeof(*told));
	corbel_host_reload(house.host, base_alone, 1, &options, tell, told);
}

static void expect(struct told *told, enum corbel_reload_outcome outcome)
{
	house_wait_until(&house, has_come, told);
	ck_assert_msg(told->outcome == outcome, "%s: %s", corbel_reload_outcome_name(told->outcome),
		      told->words);
}

static void reload(const char *const *names, size_t count, enum corbel_reload_fault fault,
		   enum corbel_reload_outcome outcome)
{
	struct told told;

	ask(names, count, fault, &told);
	expect(&told, outcome);
}

static void set_up(int (*act)(struct board *board, struct actor *actor, const char *where,
			      int number))
{
	inside = held = (struct door)DOOR_INITIALIZER;
	house_init(&house, 2, act);
	house_add(&house, "base", "base", "");
	house_start(&house);
	ck_assert_int_eq(fixture_base_acquire(corbel_host_context(house.host), NULL, &use), 0);
	house_forget(&house);
}

static int stays(struct board *board, struct actor *actor, const char *where, int number)
{
	char what[64];

	snprintf(what, sizeof(what), "%s %d", where, number);
	if (strcmp(where, "poke") == 0)
		door_wait(&inside);
	else
		house_say((struct house *)board, what, actor->name);
	return 0;
}

static void *poke(void *data)
{
	int32_t answer;

	(void)data;
	ck_assert_int_eq(fixture_base_poke(use, 1, &answer), 0);
	return NULL;
}

static bool is_closed(void *data)
{
	const struct corbel_use *head = (const struct corbel_use *)use;

	(void)data;
	return __atomic_load_n(&head->service->gate, __ATOMIC_ACQUIRE) != 0;
}

/* A reload that waits for a thread inside. */
static void begin_draining(pthread_t *thread, enum corbel_reload_fault fault, struct told *told)
{
	ck_assert_int_eq(pthread_create(thread, NULL, poke, NULL), 0);
	house_wait_until(&house, door_has_somebody, &inside);
	ask(base_alone, 1, fault, told);
	house_wait_until(&house, is_closed, NULL);
}

static void dispatch(int turns)
{
	while (turns-- > 0)
		corbel_host_dispatch(house.host, CORBEL_MILLISECOND);
}

START_TEST(the_end_of_the_host_does_not_cut_a_drain_short)
{
	struct told told, next;
	pthread_t thread;

	set_up(stays);
	begin_draining(&thread, CORBEL_FAULT_NONE, &told);
	ask(base_alone, 1, CORBEL_FAULT_NONE, &next);
	corbel_host_stop(house.host);
	dispatch(20);
	ck_assert(!told.has_come);
	door_open(&inside);
	expect(&told, CORBEL_RELOAD_DONE);
	expect(&next, CORBEL_RELOAD_NOT_NOW);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	house_fini(&house);
}
END_TEST

START_TEST(settings_that_came_meanwhile_are_taken_over)
{
	struct told told;
	pthread_t thread;

	set_up(stays);
	begin_draining(&thread, CORBEL_FAULT_RESTORE_FAIL, &told);
	house_configure(&house, "");
	house_add(&house, "base", "base", "pace = 7\n");
	ck_assert_int_eq(house_reconfigure(&house), 0);
	door_open(&inside);
	expect(&told, CORBEL_RELOAD_RESTORE_FAILED);
	house_wait(&house, "configure 7 base");
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	house_fini(&house);
}
END_TEST

START_TEST(callers_wait_no_longer_than_before)
{
	set_up(NULL);
	const struct gate_owner *owner = &host_find(house.host, "base")->instance->owner;
	int64_t before = owner->timeout;

	reload(base_alone, 1, CORBEL_FAULT_RESTORE_FAIL, CORBEL_RELOAD_RESTORE_FAILED);
	ck_assert_int_eq(owner->timeout, before);
	house_fini(&house);
}
END_TEST

static int reads_to_the_end(struct board *board, struct actor *actor, const char *where, int number)
{
	char what[64];

	snprintf(what, sizeof(what), "%s %d with %d", where, number,
		 (int)corbel_config_integer(actor->context, "pace"));
	house_say((struct house *)board, what, actor->name);
	return 0;
}

START_TEST(who_failed_reads_its_settings_to_the_end)
{
	set_up(reads_to_the_end);
	reload(base_alone, 1, CORBEL_FAULT_RESTORE_FAIL, CORBEL_RELOAD_RESTORE_FAILED);
	house_wait(&house, "stop 5 with 1 base");
	house_fini(&house);
}
END_TEST

START_TEST(who_was_not_started_is_not_stopped)
{
	static const char *const both[] = { "base", "forgetful" };

	house_init(&house, 2, NULL);
	house_add(&house, "base", "base", "");
	house_add(&house, "forgetful", "forgetful", "");
	house_start(&house);
	house_forget(&house);
	reload(both, 2, CORBEL_FAULT_NONE, CORBEL_RELOAD_NO_CONVERTER);
	house_settle(&house);
	house_assert_said(&house, "");
	house_fini(&house);
}
END_TEST

static void work(struct corbel_worker *worker, void *data)
{
	struct pollfd token = { .fd = corbel_worker_descriptor(data, worker), .events = POLLIN };

	door_wait(&inside);
	while (corbel_worker_pause(data, worker) != CORBEL_STOP)
		poll(&token, 1, -1);
}

/* Of the plugin in question; the second is that of the version that replaces the first. */
static int starts;

static int works(struct board *board, struct actor *actor, const char *where, int number)
{
	struct corbel_worker *worker;

	(void)board;
	(void)number;
	if (strcmp(where, "start") != 0 || strcmp(actor->name, "base") != 0 || ++starts != 2)
		return 0;
	return corbel_worker_start(actor->context, "late", work, actor->context, &worker);
}

START_TEST(waits_for_the_threads_of_the_new_one)
{
	struct told told;

	starts = 0;
	set_up(works);
	ask(base_alone, 1, CORBEL_FAULT_NONE, &told);
	house_wait_until(&house, door_has_somebody, &inside);
	dispatch(50);
	ck_assert(!told.has_come);
	door_open(&inside);
	expect(&told, CORBEL_RELOAD_DONE);
	house_fini(&house);
}
END_TEST

static void hear(void *data, const struct corbel_delivery *delivery)
{
	(void)data;
	(void)delivery;
}

static const struct corbel_subscriber queued = { .size = sizeof(queued),
						 .handler = (void (*)(void))hear };

/* The first that replaces another subscribes once more when somebody lets it. */
static int hangs_once(struct board *board, struct actor *actor, const char *where, int number)
{
	int result = 0;

	(void)number;
	if (strcmp(where, "start") != 0)
		return 0;
	bool is_second = __atomic_add_fetch(&starts, 1, __ATOMIC_RELAXED) == 2;
	for (int i = 0; i < 2 && result == 0; i++) {
		if (i == 1 && is_second)
			door_wait(&held);
		result = corbel_subscribe(actor->context, "fixture.base.*", &queued, NULL);
	}
	house_say((struct house *)board, result < 0 ? "failed" : "started", actor->name);
	return result;
}

START_TEST(a_start_may_go_on_when_all_others_are_gone)
{
	static const char *const wisher[] = { "wisher" };

	starts = 0;
	held = (struct door)DOOR_INITIALIZER;
	house_init(&house, 3, hangs_once);
	house_add(&house, "wisher", "wisher", "start-timeout = 100ms\n");
	house_start(&house);
	reload(wisher, 1, CORBEL_FAULT_NONE, CORBEL_RELOAD_INIT_HUNG);
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_RESTART, "wisher"), 0);
	house_forget(&house);
	door_open(&held);
	house_wait(&house, "started wisher");
	house_fini(&house);
}
END_TEST

START_TEST(the_file_stays_the_configured_one_when_it_goes_back)
{
	const struct plugin *base;
	char path[4096];
	struct told told;

	set_up(NULL);
	base = host_find(house.host, "base");
	reload(base_alone, 1, CORBEL_FAULT_NONE, CORBEL_RELOAD_DONE);
	for (int i = 0; i < 2; i++) {
		ask_back(&told);
		expect(&told, CORBEL_RELOAD_DONE);
		ck_assert_str_eq(base->verdict.path, house_fixture(path, "base"));
	}
	house_fini(&house);
}
END_TEST

/* The first instance of all ends when somebody lets it. */
static int ends_late(struct board *board, struct actor *actor, const char *where, int number)
{
	(void)board;
	(void)actor;
	if (strcmp(where, "stop") == 0 && number == CORBEL_STOP_REPLACED)
		door_wait(&held);
	return number;
}

static bool has_ended_late(void *data)
{
	return ((const struct plugin *)data)->lingering == 0;
}

START_TEST(one_that_does_not_end_is_given_up_and_may_come_late)
{
	struct plugin *base;

	held = (struct door)DOOR_INITIALIZER;
	house_init(&house, 2, ends_late);
	house_add(&house, "base", "base", "stop-timeout = 100ms\n");
	house_start(&house);
	base = host_find(house.host, "base");
	reload(base_alone, 1, CORBEL_FAULT_NONE, CORBEL_RELOAD_DONE);
	house_settle(&house);
	ck_assert_uint_eq(base->lingering, 1);
	ck_assert(house_has_logged(&house, "stays in memory: it has not ended after 0.1 s"));
	house_assert_state(&house, "base", CORBEL_PLUGIN_RUNNING);
	door_open(&held);
	house_wait_until(&house, has_ended_late, base);
	house_fini(&house);
}
END_TEST

Suite *test_suite(void);
Suite *test_suite(void)
{
	Suite *suite = suite_create("host reload");
	TCase *tests = tcase_create("reload");

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, the_end_of_the_host_does_not_cut_a_drain_short);
	tcase_add_test(tests, settings_that_came_meanwhile_are_taken_over);
	tcase_add_test(tests, callers_wait_no_longer_than_before);
	tcase_add_test(tests, who_failed_reads_its_settings_to_the_end);
	tcase_add_test(tests, who_was_not_started_is_not_stopped);
	tcase_add_test(tests, waits_for_the_threads_of_the_new_one);
	tcase_add_test(tests, a_start_may_go_on_when_all_others_are_gone);
	tcase_add_test(tests, one_that_does_not_end_is_given_up_and_may_come_late);
	tcase_add_test(tests, the_file_stays_the_configured_one_when_it_goes_back);
	suite_add_tcase(suite, tests);
	return suite;
}
