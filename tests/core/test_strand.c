/* SPDX-License-Identifier: MIT */
/* Strands: order, exclusion, pause, and the end of a source. */
#include <check.h>
#include <string.h>

#include "probe.h"

Suite *test_suite(void);

START_TEST(runs_a_source_once_however_often_it_was_woken)
{
	struct loop *loop = new_loop(0);
	struct strand *strand = new_strand(loop, false);
	struct probe probe;

	probe_init(&probe, strand);
	for (int i = 0; i < 3; i++)
		source_wake(&probe.source);
	ck_assert_uint_eq(probe.runs, 0);
	loop_dispatch(loop, 0);
	loop_dispatch(loop, 0);
	ck_assert_uint_eq(probe.runs, 1);
	source_fini(&probe.source);
	strand_free(strand);
	loop_free(loop);
}
END_TEST

START_TEST(runs_a_source_once_more_when_woken_while_it_runs)
{
	struct loop *loop = new_loop(2);
	struct strand *strand = new_strand(loop, false);
	struct probe probe;

	probe_init(&probe, strand);
	probe.waits = true;
	source_wake(&probe.source);
	latch_wait(&probe.ran, 1);
	source_wake(&probe.source);
	source_wake(&probe.source);
	latch_hit(&probe.go);
	latch_wait(&probe.ran, 2);
	source_fini(&probe.source);
	ck_assert_uint_eq(probe.runs, 2);
	strand_free(strand);
	loop_free(loop);
}
END_TEST

struct ordered {
	char *text;
	char letter;
};

static void append_letter(void *data)
{
	struct ordered *ordered = data;
	size_t length = strlen(ordered->text);

	ordered->text[length] = ordered->letter;
}

START_TEST(runs_jobs_in_the_order_they_were_posted)
{
	struct loop *loop = new_loop(0);
	struct strand *strand = new_strand(loop, false);
	char text[8] = "";
	struct ordered ordered[] = { { text, 'a' }, { text, 'b' }, { text, 'c' } };

	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(strand_post(strand, NULL, append_letter, &ordered[i]), 0);
	loop_dispatch(loop, 0);
	ck_assert_str_eq(text, "abc");
	strand_free(strand);
	loop_free(loop);
}
END_TEST

START_TEST(drops_jobs_that_are_left_when_it_ends_or_its_ledger_is_swept)
{
	struct loop *loop = new_loop(0);
	struct strand *strand = new_strand(loop, false);
	struct ledger ledger;
	char text[8] = "";
	struct ordered ordered = { text, 'a' };

	ledger_init(&ledger);
	strand_post(strand, &ledger, append_letter, &ordered);
	strand_post(strand, NULL, append_letter, &ordered);
	ck_assert_uint_eq(ledger_sweep(&ledger), 1);
	strand_post(strand, &ledger, append_letter, &ordered);
	strand_free(strand);
	ck_assert_uint_eq(ledger.count, 0);
	loop_dispatch(loop, 0);
	ck_assert_str_eq(text, "");
	ledger_fini(&ledger);
	loop_free(loop);
}
END_TEST

START_TEST(a_source_may_finish_itself)
{
	struct loop *loop = new_loop(1);
	struct strand *strand = new_strand(loop, false);
	struct probe probe;

	probe_init(&probe, strand);
	probe.finishes = true;
	probe.wakes_itself = true;
	source_wake(&probe.source);
	latch_wait(&probe.ran, 1);
	strand_free(strand);
	ck_assert_uint_eq(probe.runs, 1);
	loop_free(loop);
}
END_TEST

static void *finish(void *data)
{
	struct probe *probe = data;

	source_fini(&probe->source);
	ck_assert_uint_eq(latch_count(&probe->go), 1);
	return NULL;
}

START_TEST(finishing_from_elsewhere_waits_while_it_runs)
{
	struct loop *loop = new_loop(1);
	struct strand *strand = new_strand(loop, false);
	struct probe probe;
	pthread_t thread;

	probe_init(&probe, strand);
	probe.waits = true;
	source_wake(&probe.source);
	latch_wait(&probe.ran, 1);
	pthread_create(&thread, NULL, finish, &probe);
	/* Let it come to wait: the state says that it began. */
	while (__atomic_load_n(&probe.source.state, __ATOMIC_SEQ_CST) != SOURCE_FINISHED)
		sched_yield();
	latch_hit(&probe.go);
	pthread_join(thread, NULL);
	strand_free(strand);
	loop_free(loop);
}
END_TEST

START_TEST(a_paused_strand_runs_lifecycle_sources_alone)
{
	struct loop *loop = new_loop(0);
	struct strand *strand = new_strand(loop, false);
	struct probe usual, lifecycle;

	probe_init(&usual, strand);
	probe_init(&lifecycle, strand);
	lifecycle.source.lifecycle = true;
	strand_pause(strand, false);
	source_wake(&usual.source);
	source_wake(&lifecycle.source);
	loop_dispatch(loop, 0);
	ck_assert_uint_eq(lifecycle.runs, 1);
	ck_assert_uint_eq(usual.runs, 0);
	strand_resume(strand);
	loop_dispatch(loop, 0);
	ck_assert_uint_eq(usual.runs, 1);
	source_fini(&usual.source);
	source_fini(&lifecycle.source);
	strand_free(strand);
	loop_free(loop);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("strand");
	TCase *tests = tcase_create("strand");

	tcase_add_test(tests, runs_a_source_once_however_often_it_was_woken);
	tcase_add_test(tests, runs_a_source_once_more_when_woken_while_it_runs);
	tcase_add_test(tests, runs_jobs_in_the_order_they_were_posted);
	tcase_add_test(tests, drops_jobs_that_are_left_when_it_ends_or_its_ledger_is_swept);
	tcase_add_test(tests, a_source_may_finish_itself);
	tcase_add_test(tests, finishing_from_elsewhere_waits_while_it_runs);
	tcase_add_test(tests, a_paused_strand_runs_lifecycle_sources_alone);
	suite_add_tcase(suite, tests);
	return suite;
}
