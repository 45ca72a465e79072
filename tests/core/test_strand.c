/* SPDX-License-Identifier: MIT */
/* Strands: order, exclusion, pause, visits, moves, and the end of a source. */
#include <check.h>
#include <errno.h>
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

START_TEST(jobs_pass_a_pause_that_lets_them)
{
	struct loop *loop = new_loop(0);
	struct strand *strand = new_strand(loop, false);
	char text[8] = "";
	struct ordered first = { text, 'a' }, second = { text, 'b' };
	struct probe usual;

	probe_init(&usual, strand);
	strand_pause(strand, true);
	source_wake(&usual.source);
	strand_post(strand, NULL, append_letter, &first);
	ck_assert(!strand_is_quiet(strand));
	loop_dispatch(loop, 0);
	ck_assert_str_eq(text, "a");
	ck_assert(strand_is_quiet(strand));
	strand_pause(strand, false);
	strand_post(strand, NULL, append_letter, &second);
	ck_assert(strand_is_quiet(strand));
	loop_dispatch(loop, 0);
	ck_assert_str_eq(text, "a");
	strand_pause(strand, true);
	loop_dispatch(loop, 0);
	ck_assert_str_eq(text, "ab");
	ck_assert_uint_eq(usual.runs, 0);
	source_fini(&usual.source);
	strand_free(strand);
	loop_free(loop);
}
END_TEST

static int look_around(void *arguments)
{
	struct probe *probe = arguments;
	int result = strand_is_current(probe->other) && strand_visit(probe->other, NULL, NULL);

	source_wake(&probe->source);
	loop_dispatch(strand_loop(probe->other), 0);
	return result && probe->runs == 0 && !strcmp(frame_current()->name, "sensors");
}

START_TEST(a_visitor_runs_a_quiet_strand_alone_and_in_its_frame)
{
	struct gate_owner owner = { .name = "sensors", .version = "1" };
	struct loop *loop = new_loop(0);
	struct strand *strand;
	struct probe probe;

	strand_new(loop, &owner, "sensors", false, &strand);
	probe_init(&probe, strand);
	probe.other = strand;
	probe.source.is_post = true;
	ck_assert_int_eq(strand_visit(strand, look_around, &probe), -EBUSY);
	strand_pause(strand, true);
	ck_assert_int_eq(strand_visit(strand, look_around, &probe), 1);
	ck_assert(!strand_is_current(strand));
	ck_assert_int_eq(strand_visit(strand, look_around, &probe), -EBUSY);
	loop_dispatch(loop, 0);
	ck_assert_uint_eq(probe.runs, 1);
	source_fini(&probe.source);
	strand_free(strand);
	loop_free(loop);
	ck_assert_uint_eq(gate_collect(), 0);
}
END_TEST

static int keep_thread(void *arguments)
{
	*(pthread_t *)arguments = pthread_self();
	return 3;
}

START_TEST(a_visit_runs_on_the_thread_that_a_strand_has)
{
	struct loop *loop = new_loop(1);
	struct strand *pooled = new_strand(loop, false), *dedicated = new_strand(loop, true);
	pthread_t thread;

	strand_pause(pooled, false);
	strand_pause(dedicated, false);
	ck_assert_int_eq(strand_visit(pooled, keep_thread, &thread), 3);
	ck_assert(pthread_equal(thread, pthread_self()));
	ck_assert_int_eq(strand_visit(dedicated, keep_thread, &thread), 3);
	ck_assert(!pthread_equal(thread, pthread_self()));
	strand_free(pooled);
	strand_free(dedicated);
	loop_free(loop);
}
END_TEST

struct shared {
	struct strand *strand;
	struct latch ran;
	unsigned long rounds, value; /* the latter: whoever runs the strand */
};

static void raise_value(void *data)
{
	struct shared *shared = data;

	shared->value++;
	latch_hit(&shared->ran);
}

static int visit_value(void *data)
{
	((struct shared *)data)->value++;
	return 0;
}

static void *post_often(void *data)
{
	struct shared *shared = data;

	for (unsigned long i = 0; i < shared->rounds; i++)
		strand_post(shared->strand, NULL, raise_value, shared);
	return NULL;
}

START_TEST(nobody_runs_a_strand_while_it_is_visited)
{
	struct loop *loop = new_loop(2);
	struct shared shared = { new_strand(loop, false), latch_none, test_rounds(2000), 0 };
	unsigned long visits = 0;
	pthread_t thread;

	strand_pause(shared.strand, true);
	pthread_create(&thread, NULL, post_often, &shared);
	while (visits < shared.rounds)
		visits += strand_visit(shared.strand, visit_value, &shared) == 0;
	pthread_join(thread, NULL);
	latch_wait(&shared.ran, (unsigned)shared.rounds);
	while (!strand_is_quiet(shared.strand))
		sched_yield();
	ck_assert_uint_eq(shared.value, 2 * shared.rounds);
	strand_free(shared.strand);
	loop_free(loop);
}
END_TEST

START_TEST(a_due_source_moves_with_its_dueness)
{
	struct loop *loop = new_loop(0);
	struct strand *from = new_strand(loop, false), *to = new_strand(loop, false);
	struct probe due, idle;

	probe_init(&due, from);
	probe_init(&idle, from);
	strand_pause(from, false);
	source_wake(&due.source);
	source_move(&due.source, to);
	source_move(&idle.source, to);
	loop_dispatch(loop, 0);
	ck_assert_uint_eq(due.runs, 1);
	ck_assert_uint_eq(idle.runs, 0);
	strand_free(from);
	source_wake(&idle.source);
	loop_dispatch(loop, 0);
	ck_assert_uint_eq(idle.runs, 1);
	source_fini(&due.source);
	source_fini(&idle.source);
	strand_free(to);
	loop_free(loop);
}
END_TEST

struct mover {
	struct source source;
	unsigned long rounds, wanted[2], seen[2]; /* all but the first: atomic */
};

struct waker {
	struct mover *mover;
	int index;
};

static void see_all(struct source *source)
{
	struct mover *mover = (struct mover *)source;

	ck_assert(strand_is_current(source->strand));
	for (int i = 0; i < 2; i++)
		__atomic_store_n(&mover->seen[i],
				 __atomic_load_n(&mover->wanted[i], __ATOMIC_RELAXED),
				 __ATOMIC_RELAXED);
}

static void *wake_and_wait(void *data)
{
	struct waker *waker = data;
	struct mover *mover = waker->mover;
	unsigned long *seen = &mover->seen[waker->index];

	for (unsigned long i = 1; i <= mover->rounds; i++) {
		__atomic_store_n(&mover->wanted[waker->index], i, __ATOMIC_RELAXED);
		source_wake(&mover->source);
		while (__atomic_load_n(seen, __ATOMIC_RELAXED) != i)
			sched_yield();
	}
	return NULL;
}

static void pause_quietly(struct strand *strand)
{
	strand_pause(strand, false);
	while (!strand_is_quiet(strand))
		sched_yield();
}

static bool all_is_seen(struct mover *mover)
{
	return __atomic_load_n(&mover->seen[0], __ATOMIC_RELAXED) == mover->rounds &&
	       __atomic_load_n(&mover->seen[1], __ATOMIC_RELAXED) == mover->rounds;
}

START_TEST(no_wake_is_lost_while_a_source_moves)
{
	struct loop *loop = new_loop(2);
	struct strand *strands[] = { new_strand(loop, false), new_strand(loop, false) };
	struct mover mover = { .rounds = test_rounds(2000) };
	struct waker wakers[] = { { &mover, 0 }, { &mover, 1 } };
	pthread_t threads[2];

	source_init(&mover.source, strands[0], see_all);
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, wake_and_wait, &wakers[i]);
	for (unsigned turn = 1; !all_is_seen(&mover); turn++) {
		pause_quietly(strands[0]);
		pause_quietly(strands[1]);
		source_move(&mover.source, strands[turn % 2]);
		strand_resume(strands[0]);
		strand_resume(strands[1]);
		sched_yield();
	}
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	source_fini(&mover.source);
	strand_free(strands[0]);
	strand_free(strands[1]);
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
	tcase_add_test(tests, jobs_pass_a_pause_that_lets_them);
	tcase_add_test(tests, a_visitor_runs_a_quiet_strand_alone_and_in_its_frame);
	tcase_add_test(tests, a_visit_runs_on_the_thread_that_a_strand_has);
	tcase_add_test(tests, nobody_runs_a_strand_while_it_is_visited);
	tcase_add_test(tests, a_due_source_moves_with_its_dueness);
	tcase_add_test(tests, no_wake_is_lost_while_a_source_moves);
	tcase_set_timeout(tests, 60);
	suite_add_tcase(suite, tests);
	return suite;
}
