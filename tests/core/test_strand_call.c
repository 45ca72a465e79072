/* SPDX-License-Identifier: MIT */
/* Calls that wait for a strand, and those that would wait for ever. */
#include <check.h>
#include <errno.h>

#include "probe.h"
#include "strand.h"

Suite *test_suite(void);

static int double_it(void *arguments)
{
	return 2 * *(int *)arguments;
}

START_TEST(a_call_runs_on_the_strand_and_brings_its_result)
{
	struct loop *loop = new_loop(1);
	struct strand *pooled = new_strand(loop, false), *dedicated = new_strand(loop, true);
	int number = 21;

	ck_assert_int_eq(strand_call(pooled, double_it, &number), 42);
	strand_pause(dedicated, false);
	ck_assert_int_eq(strand_call(dedicated, double_it, &number), 42);
	strand_free(pooled);
	strand_free(dedicated);
	loop_free(loop);
}
END_TEST

struct chain {
	struct strand *first, *second;
	int inner, again;
};

static int call_first(void *arguments)
{
	struct chain *chain = arguments;
	int number = 1;

	chain->inner = strand_call(chain->first, double_it, &number);
	chain->again = strand_call(chain->second, double_it, &number);
	return 0;
}

static int call_second(void *arguments)
{
	struct chain *chain = arguments;

	return strand_call(chain->second, call_first, chain);
}

START_TEST(a_cycle_of_calls_is_refused)
{
	struct loop *loop = new_loop(2), *another = new_loop(1);
	struct chain chain = { new_strand(loop, true), new_strand(another, true), 0, 0 };

	ck_assert_int_eq(strand_call(chain.first, call_second, &chain), 0);
	ck_assert_int_eq(chain.inner, -EDEADLK);
	ck_assert_int_eq(chain.again, 2);
	strand_free(chain.first);
	strand_free(chain.second);
	loop_free(loop);
	loop_free(another);
}
END_TEST

static void call_inline(void *data)
{
	struct probe *probe = data;
	int number = 1;

	probe->result = strand_call(probe->other, double_it, &number);
}

START_TEST(the_control_side_does_not_wait_for_itself)
{
	struct loop *loop = new_loop(0);
	struct strand *strand = new_strand(loop, false);
	struct probe probe = { .other = strand };

	strand_post(loop_control(loop), NULL, call_inline, &probe);
	loop_dispatch(loop, 0);
	ck_assert_int_eq(probe.result, -EDEADLK);
	strand_free(strand);
	loop_free(loop);
}
END_TEST

static void *call_and_keep(void *data)
{
	struct probe *probe = data;

	call_inline(probe);
	return NULL;
}

static void *free_strand(void *data)
{
	strand_free(data);
	return NULL;
}

START_TEST(a_call_is_cancelled_when_the_strand_ends)
{
	struct loop *loop = new_loop(1);
	struct strand *strand = new_strand(loop, true);
	struct probe busy, caller = { .other = strand };
	pthread_t thread;

	/*
	 * Given a strand that cannot come to the call, because its thread is in a source
	 * that waits.
	 */
	probe_init(&busy, strand);
	busy.waits = true;
	busy.finishes = true;
	source_wake(&busy.source);
	latch_wait(&busy.ran, 1);
	pthread_create(&thread, NULL, call_and_keep, &caller);
	pthread_t ender;
	pthread_create(&ender, NULL, free_strand, strand);
	pthread_join(thread, NULL);
	ck_assert_int_eq(caller.result, -ECANCELED);
	latch_hit(&busy.go);
	pthread_join(ender, NULL);
	loop_free(loop);
}
END_TEST

START_TEST(a_strand_that_is_halted_lets_who_waits_for_it_go)
{
	struct loop *loop = new_loop(1);
	struct strand *strand = new_strand(loop, true);
	struct probe busy, caller = { .other = strand };
	pthread_t thread;
	int number = 1;

	probe_init(&busy, strand);
	busy.waits = true;
	busy.finishes = true;
	source_wake(&busy.source);
	latch_wait(&busy.ran, 1);
	pthread_create(&thread, NULL, call_and_keep, &caller);
	strand_halt(strand, 0);
	pthread_join(thread, NULL);
	ck_assert_int_eq(caller.result, -ECANCELED);
	strand_resume(strand);
	ck_assert_int_eq(strand_call(strand, double_it, &number), -ECANCELED);
	latch_hit(&busy.go);
	strand_free(strand);
	loop_free(loop);
}
END_TEST

static struct latch arrived = LATCH_INIT, never = LATCH_INIT;

static int stay(void *arguments)
{
	(void)arguments;
	latch_hit(&arrived);
	latch_wait(&never, 1);
	return 0;
}

static void *call_and_stay(void *data)
{
	struct probe *probe = data;

	probe->result = strand_call(probe->other, stay, NULL);
	return NULL;
}

START_TEST(who_called_a_thread_that_is_lost_is_let_go)
{
	/* They stay, as the thread does. */
	static struct loop *loop;
	static struct strand *strand;
	struct probe caller;
	pthread_t thread;

	loop = new_loop(1);
	strand = new_strand(loop, true);
	caller = (struct probe){ .other = strand };
	pthread_create(&thread, NULL, call_and_stay, &caller);
	latch_wait(&arrived, 1);
	strand_halt(strand, strand->id);
	pthread_join(thread, NULL);
	ck_assert_int_eq(caller.result, -ECANCELED);
}
END_TEST

enum { CALLERS = 4 };

static void *call_often(void *data)
{
	unsigned long rounds = test_rounds(2000);
	int number = 3;

	for (unsigned long i = 0; i < rounds; i++)
		ck_assert_int_eq(strand_call(data, double_it, &number), 6);
	return NULL;
}

START_TEST(calls_of_many_threads_all_return)
{
	struct loop *loop = new_loop(2);
	struct strand *strand = new_strand(loop, true);
	pthread_t threads[CALLERS];

	for (int i = 0; i < CALLERS; i++)
		pthread_create(&threads[i], NULL, call_often, strand);
	for (int i = 0; i < CALLERS; i++)
		pthread_join(threads[i], NULL);
	strand_free(strand);
	loop_free(loop);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("strand_call");
	TCase *tests = tcase_create("strand_call");

	tcase_add_test(tests, a_call_runs_on_the_strand_and_brings_its_result);
	tcase_add_test(tests, a_cycle_of_calls_is_refused);
	tcase_add_test(tests, the_control_side_does_not_wait_for_itself);
	tcase_add_test(tests, a_call_is_cancelled_when_the_strand_ends);
	tcase_add_test(tests, a_strand_that_is_halted_lets_who_waits_for_it_go);
	tcase_add_test(tests, who_called_a_thread_that_is_lost_is_let_go);
	tcase_add_test(tests, calls_of_many_threads_all_return);
	tcase_set_timeout(tests, 60);
	suite_add_tcase(suite, tests);
	return suite;
}
