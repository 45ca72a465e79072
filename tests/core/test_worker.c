/* SPDX-License-Identifier: MIT */
/* Host-made threads: their tokens, how they stop, and who counts them. */
#include <check.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "latch.h"
#include "loop.h"
#include "worker.h"

Suite *test_suite(void);

static struct gate_owner owner = { .name = "sensors", .version = "1" };
static struct worker_set *set;
static struct ledger ledger;
static struct latch started = LATCH_INIT, paused = LATCH_INIT, go = LATCH_INIT;
static int looked;

static void number_fell(void *data)
{
	latch_hit(data);
}

static void given_a_set(void)
{
	started = paused = go = (struct latch)LATCH_INIT;
	ledger_init(&ledger);
	ck_assert_int_eq(worker_set_new(&owner, number_fell, &paused, &set), 0);
}

static void then_all_goes(void)
{
	worker_set_free(set);
	ledger_fini(&ledger);
}

static int64_t soon(void)
{
	return frame_now() + 20 * CORBEL_SECOND;
}

/* As a plugin's thread does: sleeps on its descriptor, and asks for the token. */
static void obey(struct corbel_worker *worker, void *data)
{
	struct pollfd descriptor = { .fd = worker_descriptor(worker), .events = POLLIN };

	(void)data;
	latch_hit(&started);
	for (int token; (token = worker_token(worker)) != CORBEL_STOP;)
		if (token == CORBEL_PAUSE)
			worker_pause(worker);
		else
			poll(&descriptor, 1, -1);
}

static void disobey(struct corbel_worker *worker, void *data)
{
	(void)worker;
	(void)data;
	latch_hit(&started);
	latch_wait(&go, 1);
}

static struct corbel_worker *start(void (*run)(struct corbel_worker *worker, void *data))
{
	unsigned before = latch_count(&started);
	struct corbel_worker *worker;

	ck_assert_int_eq(worker_start(set, &ledger, "sampler", run, NULL, &worker), 0);
	latch_wait(&started, before + 1);
	return worker;
}

static int is_readable(struct corbel_worker *worker)
{
	struct pollfd descriptor = { .fd = worker_descriptor(worker), .events = POLLIN };

	return poll(&descriptor, 1, 0);
}

START_TEST(a_stopped_thread_has_ended_and_is_gone_from_the_ledger)
{
	struct corbel_worker *worker = start(obey);

	ck_assert_uint_eq(worker_set_scan(set, NULL, NULL), 1);
	ck_assert_uint_eq(ledger.count, 1);
	ck_assert_int_eq(worker_stop(worker, soon()), 0);
	ck_assert_uint_eq(worker_set_scan(set, NULL, NULL), 0);
	ck_assert_uint_eq(ledger.count, 0);
}
END_TEST

START_TEST(its_descriptor_is_readable_while_the_token_is_not_run)
{
	struct corbel_worker *worker = start(disobey);

	ck_assert_int_eq(is_readable(worker), 0);
	worker_set_token(set, CORBEL_PAUSE);
	ck_assert_int_eq(is_readable(worker), 1);
	worker_set_token(set, CORBEL_RUN);
	ck_assert_int_eq(is_readable(worker), 0);
	ck_assert_int_eq(worker_token(worker), CORBEL_RUN);
	worker_set_token(set, CORBEL_PAUSE);
	worker_set_token(set, CORBEL_STOP);
	worker_set_token(set, CORBEL_RUN);
	ck_assert_int_eq(is_readable(worker), 1);
	ck_assert_int_eq(worker_token(worker), CORBEL_STOP);
	latch_hit(&go);
	ck_assert_int_eq(worker_stop(worker, soon()), 0);
}
END_TEST

static void wait_until_none_runs(void)
{
	for (unsigned seen; seen = latch_count(&paused), worker_set_scan(set, NULL, NULL) > 0;)
		latch_wait(&paused, seen + 1);
}

START_TEST(a_pause_is_acknowledged_and_ended)
{
	struct corbel_worker *workers[3];

	for (int i = 0; i < 3; i++)
		workers[i] = start(obey);
	for (int round = 0; round < 200; round++) {
		worker_set_token(set, CORBEL_PAUSE);
		wait_until_none_runs();
		worker_set_token(set, CORBEL_RUN);
		ck_assert_uint_eq(worker_set_scan(set, NULL, NULL), 3);
	}
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(worker_stop(workers[i], soon()), 0);
	ck_assert_uint_eq(worker_set_scan(set, NULL, NULL), 0);
}
END_TEST

START_TEST(a_thread_started_during_a_pause_pauses)
{
	struct corbel_worker *worker;

	worker_set_token(set, CORBEL_PAUSE);
	ck_assert_int_eq(worker_start(set, &ledger, "sampler", obey, NULL, &worker), 0);
	latch_wait(&paused, 1);
	ck_assert_uint_eq(worker_set_scan(set, NULL, NULL), 0);
	ck_assert_int_eq(worker_stop(worker, soon()), 0);
}
END_TEST

static void stop_itself(struct corbel_worker *worker, void *data)
{
	*(int *)data = worker_stop(worker, soon());
}

START_TEST(a_thread_cannot_stop_itself)
{
	struct corbel_worker *worker;
	int result = 0;

	ck_assert_int_eq(worker_start(set, &ledger, "sampler", stop_itself, &result, &worker), 0);
	ck_assert_int_eq(worker_stop(worker, soon()), 0);
	ck_assert_int_eq(result, -EDEADLK);
}
END_TEST

static void note_report(void *data, const struct frame_report *report)
{
	ck_assert_str_eq(report->thread_name, "sampler");
	ck_assert_int_gt(report->thread, 0);
	++*(int *)data;
}

START_TEST(a_thread_that_does_not_end_is_counted_and_reported)
{
	struct corbel_worker *worker = start(disobey);
	int reported = 0;

	ck_assert_int_eq(worker_stop(worker, frame_now()), -ETIMEDOUT);
	ck_assert_uint_eq(ledger_sweep(&ledger), 1);
	ck_assert_uint_eq(worker_set_scan(set, NULL, NULL), 1);
	worker_set_scan(set, note_report, &reported);
	ck_assert_int_eq(reported, 1);
	latch_hit(&go);
	latch_wait(&paused, 1);
	ck_assert_uint_eq(worker_set_scan(set, NULL, NULL), 0);
}
END_TEST

static void look_around(struct corbel_worker *worker, void *data)
{
	char name[16];
	sigset_t mask;

	(void)worker;
	(void)data;
	pthread_getname_np(pthread_self(), name, sizeof(name));
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	looked = sigismember(&mask, SIGTERM) && !strcmp(name, "sampler") &&
		 frame_current() == &owner;
	latch_hit(&started);
	latch_wait(&go, 1);
}

START_TEST(is_named_takes_no_signal_and_is_its_plugins_but_holds_up_no_drain)
{
	struct corbel_worker *worker = start(look_around);

	ck_assert(looked);
	ck_assert_int_eq(frame_drain(&owner, NULL, frame_now()), 0);
	latch_hit(&go);
	ck_assert_int_eq(worker_stop(worker, soon()), 0);
}
END_TEST

START_TEST(threads_that_ended_by_themselves_are_reaped_by_the_sweep)
{
	latch_hit(&go);
	start(disobey);
	start(disobey);
	latch_wait(&paused, 2);
	ck_assert_uint_eq(ledger_sweep(&ledger), 2);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("worker");
	TCase *tests = tcase_create("worker");

	tcase_add_checked_fixture(tests, given_a_set, then_all_goes);
	tcase_add_test(tests, a_stopped_thread_has_ended_and_is_gone_from_the_ledger);
	tcase_add_test(tests, its_descriptor_is_readable_while_the_token_is_not_run);
	tcase_add_test(tests, a_pause_is_acknowledged_and_ended);
	tcase_add_test(tests, a_thread_started_during_a_pause_pauses);
	tcase_add_test(tests, a_thread_cannot_stop_itself);
	tcase_add_test(tests, a_thread_that_does_not_end_is_counted_and_reported);
	tcase_add_test(tests, is_named_takes_no_signal_and_is_its_plugins_but_holds_up_no_drain);
	tcase_add_test(tests, threads_that_ended_by_themselves_are_reaped_by_the_sweep);
	tcase_set_timeout(tests, 30);
	suite_add_tcase(suite, tests);
	return suite;
}
