/* SPDX-License-Identifier: MIT */
/* The threads that run strands, and that none of them starves or loses a wake. */
#include <check.h>
#include <sched.h>
#include <signal.h>
#include <string.h>

#include "probe.h"
#include "sandbox.h"

Suite *test_suite(void);

static void look_at_thread(struct source *source)
{
	struct probe *probe = (struct probe *)source;
	char name[16];
	sigset_t mask;

	pthread_getname_np(pthread_self(), name, sizeof(name));
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	probe->result =
		sigismember(&mask, SIGTERM) && sigismember(&mask, SIGCHLD) && !strcmp(name, "test");
	latch_hit(&probe->ran);
}

START_TEST(a_dedicated_strand_has_a_named_thread_without_signals)
{
	struct loop *loop = new_loop(0);
	struct strand *strand = new_strand(loop, true);
	struct probe probe;

	probe_init(&probe, strand);
	probe.source.run = look_at_thread;
	source_wake(&probe.source);
	latch_wait(&probe.ran, 1);
	ck_assert(probe.result);
	source_fini(&probe.source);
	strand_free(strand);
	loop_free(loop);
}
END_TEST

static void look_at_frame(struct source *source)
{
	struct probe *probe = (struct probe *)source;

	probe->result = frame_current() && !strcmp(frame_current()->name, "sensors");
	latch_hit(&probe->ran);
}

START_TEST(sources_run_in_a_frame_of_the_owner)
{
	struct gate_owner owner = { .name = "sensors", .version = "1" };
	struct loop *loop = new_loop(1);
	struct strand *strand;
	struct probe probe;

	ck_assert_int_eq(strand_new(loop, &owner, "sensors", false, &strand), 0);
	probe_init(&probe, strand);
	probe.source.run = look_at_frame;
	source_wake(&probe.source);
	latch_wait(&probe.ran, 1);
	ck_assert(probe.result);
	ck_assert_int_eq(frame_drain(&owner, NULL, frame_now() + 5 * CORBEL_SECOND), 0);
	source_fini(&probe.source);
	strand_free(strand);
	loop_free(loop);
}
END_TEST

static void block_until_the_other_ran(struct source *source)
{
	struct probe *probe = (struct probe *)source;

	frame_wait_begin(NULL);
	latch_wait(&probe->go, 1);
	frame_wait_end();
	latch_hit(&probe->ran);
}

START_TEST(a_blocked_worker_frees_its_slot)
{
	struct loop *loop = new_loop(1);
	struct strand *strands[9];
	struct probe probes[9];

	for (int i = 0; i < 9; i++) {
		strands[i] = new_strand(loop, false);
		probe_init(&probes[i], strands[i]);
		if (i < 8)
			probes[i].source.run = block_until_the_other_ran;
		source_wake(&probes[i].source);
	}
	latch_wait(&probes[8].ran, 1);
	for (int i = 0; i < 9; i++) {
		latch_hit(&probes[i].go);
		latch_wait(&probes[i].ran, 1);
		source_fini(&probes[i].source);
		strand_free(strands[i]);
	}
	loop_free(loop);
}
END_TEST

static void block_and_tell(struct source *source)
{
	struct probe *probe = (struct probe *)source;

	frame_wait_begin(NULL);
	latch_hit(&probe->ran);
	latch_wait(&probe->go, 1);
	frame_wait_end();
}

static void look_around(struct source *source)
{
	struct probe *probe = (struct probe *)source;

	probe->result = sandbox_is_around();
	latch_hit(&probe->ran);
}

static void *wake_from_a_sandbox(void *source)
{
	static const struct plugin_settings nothing;

	if (sandbox_enter(&nothing, NULL) < 0 || !sandbox_is_around())
		return NULL;
	source_wake(source);
	return source;
}

/* The only worker waits: another one is needed, and the thread that needs it must not make it. */
START_TEST(a_thread_in_a_sandbox_makes_no_worker)
{
	struct loop *loop = new_loop(1);
	struct strand *strands[2] = { new_strand(loop, false), new_strand(loop, false) };
	struct probe blocker, looker;
	pthread_t thread;
	void *woken;

	probe_init(&blocker, strands[0]);
	probe_init(&looker, strands[1]);
	blocker.source.run = block_and_tell;
	looker.source.run = look_around;
	source_wake(&blocker.source);
	latch_wait(&blocker.ran, 1);
	ck_assert_int_eq(pthread_create(&thread, NULL, wake_from_a_sandbox, &looker.source), 0);
	pthread_join(thread, &woken);
	ck_assert_ptr_nonnull(woken);
	while (latch_count(&looker.ran) == 0)
		ck_assert_int_eq(loop_dispatch(loop, CORBEL_MILLISECOND), 0);
	ck_assert(!looker.result);
	latch_hit(&blocker.go);
	source_fini(&blocker.source);
	source_fini(&looker.source);
	strand_free(strands[0]);
	strand_free(strands[1]);
	loop_free(loop);
}
END_TEST

START_TEST(a_strand_that_always_has_work_does_not_starve_another)
{
	for (unsigned workers = 0; workers < 2; workers++) {
		struct loop *loop = new_loop(workers);
		struct strand *greedy = new_strand(loop, false), *modest = new_strand(loop, false);
		struct probe first, second;

		probe_init(&first, greedy);
		probe_init(&second, modest);
		first.wakes_itself = true;
		source_wake(&first.source);
		source_wake(&second.source);
		loop_dispatch(loop, 0);
		latch_wait(&second.ran, 1);
		source_fini(&first.source);
		source_fini(&second.source);
		strand_free(greedy);
		strand_free(modest);
		loop_free(loop);
	}
}
END_TEST

enum { WAKERS = 4, TARGETS = 8 };

struct counted {
	struct source source;
	unsigned long written[WAKERS]; /* each by its thread, without a barrier of its own */
	unsigned *inside;              /* of its strand: no atomic, exclusion is the strand's */
	unsigned *broken;
	struct latch *finished;
	unsigned long wanted;
	bool complete;
};

static void run_counted(struct source *source)
{
	struct counted *counted = (struct counted *)source;

	*counted->broken += (*counted->inside)++ != 0;
	unsigned long seen = 0;
	for (int i = 0; i < WAKERS; i++)
		seen += __atomic_load_n(&counted->written[i], __ATOMIC_RELAXED);
	(*counted->inside)--;
	if (seen == counted->wanted && !counted->complete) {
		counted->complete = true;
		latch_hit(counted->finished);
	}
}

struct waker {
	int number;
	struct counted *targets;
	unsigned long rounds;
};

static void *wake_all(void *data)
{
	struct waker *waker = data;

	for (unsigned long i = 0; i < waker->rounds; i++) {
		struct counted *counted = &waker->targets[i % TARGETS];

		__atomic_store_n(&counted->written[waker->number], i / TARGETS + 1,
				 __ATOMIC_RELAXED);
		source_wake(&counted->source);
	}
	return NULL;
}

/* A lost wake would let the test hang: the last write must be seen by a run. */
static void stress_wakes(bool dedicated, unsigned workers)
{
	unsigned long rounds = test_rounds(100000) / TARGETS * TARGETS;
	struct loop *loop = new_loop(workers);
	struct strand *strands[2] = { new_strand(loop, dedicated), new_strand(loop, dedicated) };
	unsigned inside[2] = { 0 }, broken[2] = { 0 };
	struct latch finished = LATCH_INIT;
	struct counted targets[TARGETS] = { 0 };
	struct waker wakers[WAKERS];
	pthread_t threads[WAKERS];

	for (int i = 0; i < TARGETS; i++) {
		source_init(&targets[i].source, strands[i % 2], run_counted);
		targets[i].inside = &inside[i % 2];
		targets[i].broken = &broken[i % 2];
		targets[i].finished = &finished;
		targets[i].wanted = rounds / TARGETS * WAKERS;
	}
	for (int i = 0; i < WAKERS; i++) {
		wakers[i] = (struct waker){ i, targets, rounds };
		pthread_create(&threads[i], NULL, wake_all, &wakers[i]);
	}
	for (int i = 0; i < WAKERS; i++)
		pthread_join(threads[i], NULL);
	latch_wait(&finished, TARGETS);
	for (int i = 0; i < TARGETS; i++)
		source_fini(&targets[i].source);
	strand_free(strands[0]);
	strand_free(strands[1]);
	ck_assert_uint_eq(broken[0] + broken[1], 0);
	loop_free(loop);
}

START_TEST(no_wake_is_lost_among_four_wakers_on_the_pool)
{
	stress_wakes(false, 3);
}
END_TEST

START_TEST(no_wake_is_lost_among_four_wakers_on_dedicated_threads)
{
	stress_wakes(true, 0);
}
END_TEST

struct litmus {
	struct source source;
	unsigned long written[2], seen[2];
};

static void see(struct source *source)
{
	struct litmus *litmus = (struct litmus *)source;

	for (int i = 0; i < 2; i++)
		__atomic_store_n(&litmus->seen[i],
				 __atomic_load_n(&litmus->written[i], __ATOMIC_RELAXED),
				 __ATOMIC_RELEASE);
}

struct writer {
	struct litmus *litmus;
	int number;
	unsigned long rounds;
};

static void *write_and_wake(void *data)
{
	struct writer *writer = data;
	struct litmus *litmus = writer->litmus;

	for (unsigned long round = 1; round <= writer->rounds; round++) {
		__atomic_store_n(&litmus->written[writer->number], round, __ATOMIC_RELAXED);
		source_wake(&litmus->source);
		for (int i = 0; i < 2; i++)
			while (__atomic_load_n(&litmus->seen[i], __ATOMIC_ACQUIRE) < round)
				sched_yield();
	}
	return NULL;
}

/* Two in step, so that no later wake makes up for a lost one: that would hang. */
START_TEST(what_was_written_before_a_wake_is_seen_by_a_run_after_it)
{
	struct loop *loop = new_loop(1);
	struct strand *strand = new_strand(loop, true);
	struct litmus litmus = { 0 };
	struct writer writers[2];
	pthread_t threads[2];

	source_init(&litmus.source, strand, see);
	for (int i = 0; i < 2; i++) {
		writers[i] = (struct writer){ &litmus, i, test_rounds(50000) };
		pthread_create(&threads[i], NULL, write_and_wake, &writers[i]);
	}
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	source_fini(&litmus.source);
	strand_free(strand);
	loop_free(loop);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("pool");
	TCase *tests = tcase_create("pool");

	tcase_add_test(tests, a_dedicated_strand_has_a_named_thread_without_signals);
	tcase_add_test(tests, sources_run_in_a_frame_of_the_owner);
	tcase_add_test(tests, a_blocked_worker_frees_its_slot);
	tcase_add_test(tests, a_thread_in_a_sandbox_makes_no_worker);
	tcase_add_test(tests, a_strand_that_always_has_work_does_not_starve_another);
	tcase_add_test(tests, no_wake_is_lost_among_four_wakers_on_the_pool);
	tcase_add_test(tests, no_wake_is_lost_among_four_wakers_on_dedicated_threads);
	tcase_add_test(tests, what_was_written_before_a_wake_is_seen_by_a_run_after_it);
	tcase_set_timeout(tests, 60);
	suite_add_tcase(suite, tests);
	return suite;
}
