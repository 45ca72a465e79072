/* SPDX-License-Identifier: MIT */
/*
 * The loop: its descriptor, its control side, and that it keeps apart from other loops and from the
 * pool.
 */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "latch.h"
#include "loop.h"

Suite *test_suite(void);

static struct loop *new_loop(unsigned workers)
{
	struct loop *loop;

	ck_assert_int_eq(loop_new(workers, &loop), 0);
	return loop;
}

static void count(void *data)
{
	++*(int *)data;
}

static void hit(void *data)
{
	latch_hit(data);
}

static int is_readable(const struct loop *loop)
{
	struct pollfd descriptor = { .fd = loop_descriptor(loop), .events = POLLIN };

	return poll(&descriptor, 1, 0);
}

static int thread_count(void)
{
	DIR *folder = opendir("/proc/self/task");
	int entries = 0;

	while (readdir(folder))
		entries++;
	closedir(folder);
	return entries - 2;
}

START_TEST(makes_no_thread_before_it_is_needed)
{
	int before = thread_count();
	struct loop *none = new_loop(0), *many = new_loop(4);
	struct corbel_timer *timer;
	int runs = 0;

	strand_post(loop_control(many), NULL, count, &runs);
	timer_start(loop_control(many), NULL, 0, 0, count, &runs, &timer);
	while (runs < 2)
		ck_assert_int_eq(loop_dispatch(many, -1), 0);
	ck_assert_int_eq(thread_count(), before);
	timer_stop(timer);
	loop_free(none);
	loop_free(many);
}
END_TEST

START_TEST(is_readable_exactly_while_the_control_side_has_work)
{
	struct loop *loop = new_loop(0);
	int runs = 0;

	ck_assert_int_eq(is_readable(loop), 0);
	strand_post(loop_control(loop), NULL, count, &runs);
	strand_post(loop_control(loop), NULL, count, &runs);
	ck_assert_int_eq(is_readable(loop), 1);
	loop_dispatch(loop, 0);
	ck_assert_int_eq(runs, 2);
	ck_assert_int_eq(is_readable(loop), 0);
	loop_free(loop);
}
END_TEST

START_TEST(stays_readable_when_a_dispatch_leaves_work)
{
	struct loop *loop = new_loop(0);
	int runs = 0;

	for (int i = 0; i < 100; i++)
		strand_post(loop_control(loop), NULL, count, &runs);
	loop_dispatch(loop, 0);
	ck_assert_int_eq(is_readable(loop), runs < 100);
	while (is_readable(loop))
		loop_dispatch(loop, 0);
	ck_assert_int_eq(runs, 100);
	loop_free(loop);
}
END_TEST

START_TEST(work_of_the_pool_does_not_wake_the_control_side)
{
	struct loop *loop = new_loop(2);
	struct latch latch = LATCH_INIT;
	struct corbel_timer *timer;
	struct strand *strand;

	ck_assert_int_eq(strand_new(loop, NULL, "pooled", false, &strand), 0);
	timer_start(strand, NULL, 0, 1, hit, &latch, &timer);
	latch_wait(&latch, 20);
	ck_assert_int_eq(is_readable(loop), 0);
	timer_stop(timer);
	strand_free(strand);
	loop_free(loop);
}
END_TEST

struct nested {
	struct loop *loop;
	int result;
};

static void dispatch_again(void *data)
{
	struct nested *nested = data;

	nested->result = loop_dispatch(nested->loop, 0);
}

START_TEST(refuses_to_dispatch_within_itself)
{
	struct loop *loop = new_loop(0), *other = new_loop(0);
	struct nested same = { loop, 1 }, foreign = { other, 1 };

	strand_post(loop_control(loop), NULL, dispatch_again, &same);
	strand_post(loop_control(loop), NULL, dispatch_again, &foreign);
	loop_dispatch(loop, 0);
	ck_assert_int_eq(same.result, -EDEADLK);
	ck_assert_int_eq(foreign.result, 0);
	loop_free(loop);
	loop_free(other);
}
END_TEST

START_TEST(two_loops_in_one_process_keep_apart)
{
	struct loop *first = new_loop(0), *second = new_loop(0);
	int first_runs = 0, second_runs = 0;

	strand_post(loop_control(first), NULL, count, &first_runs);
	strand_post(loop_control(second), NULL, count, &second_runs);
	loop_set_virtual(first, 7);
	ck_assert_int_eq(loop_now(first), 7);
	ck_assert_int_gt(loop_now(second), 7);
	loop_dispatch(second, 0);
	ck_assert_int_eq(first_runs, 0);
	ck_assert_int_eq(second_runs, 1);
	ck_assert_int_eq(is_readable(first), 1);
	loop_dispatch(first, 0);
	ck_assert_int_eq(first_runs, 1);
	loop_free(first);
	loop_free(second);
}
END_TEST

static void *post_from_outside(void *data)
{
	static int runs;

	for (int i = 0; i < 1000; i++)
		strand_post(loop_control(data), NULL, count, &runs);
	return &runs;
}

START_TEST(runs_in_a_foreign_loop_by_its_descriptor_alone)
{
	struct loop *loop = new_loop(2);
	struct pollfd descriptor = { .fd = loop_descriptor(loop), .events = POLLIN };
	pthread_t thread;
	void *runs;

	pthread_create(&thread, NULL, post_from_outside, loop);
	int seen = 0;
	pthread_join(thread, &runs);
	while (*(int *)runs < 1000) {
		ck_assert_int_eq(poll(&descriptor, 1, -1), 1);
		ck_assert_int_eq(loop_dispatch(loop, 0), 0);
		ck_assert_int_gt(*(int *)runs, seen);
		seen = *(int *)runs;
	}
	loop_free(loop);
}
END_TEST

static void *ping(void *data)
{
	struct nested *nested = data;
	unsigned long rounds = test_rounds(20000);
	static struct latch done = LATCH_INIT;

	/* Each waits for the one before, so that the control side goes to sleep again and again. */
	for (unsigned long i = 0; i < rounds; i++) {
		strand_post(loop_control(nested->loop), NULL, hit, &done);
		latch_wait(&done, (unsigned)i + 1);
	}
	__atomic_store_n(&nested->result, 1, __ATOMIC_RELEASE);
	strand_post(loop_control(nested->loop), NULL, hit, &done);
	return NULL;
}

START_TEST(never_sleeps_through_a_wake)
{
	struct loop *loop = new_loop(0);
	struct nested nested = { loop, 0 };
	pthread_t thread;

	pthread_create(&thread, NULL, ping, &nested);
	while (!__atomic_load_n(&nested.result, __ATOMIC_ACQUIRE))
		ck_assert_int_eq(loop_dispatch(loop, -1), 0);
	pthread_join(thread, NULL);
	loop_dispatch(loop, 0);
	loop_free(loop);
}
END_TEST

static void hit_and_wait(void *data)
{
	struct latch *latches = data;

	latch_hit(&latches[0]);
	latch_wait(&latches[1], 1);
}

static void read_byte(void *data, int descriptor, uint32_t events)
{
	char byte;

	ck_assert(events & CORBEL_READABLE);
	ck_assert_int_eq(read(descriptor, &byte, 1), 1);
	++*(int *)data;
}

START_TEST(the_control_side_is_served_while_all_workers_are_stuck)
{
	struct latch latches[2] = { LATCH_INIT, LATCH_INIT };
	struct loop *loop = new_loop(1);
	struct strand *strand;
	struct corbel_timer *timer;
	struct corbel_watch *watch;
	int fired = 0, ready = 0, pipes[2];

	ck_assert_int_eq(strand_new(loop, NULL, "stuck", false, &strand), 0);
	strand_post(strand, NULL, hit_and_wait, latches);
	latch_wait(&latches[0], 1);
	ck_assert_int_eq(pipe(pipes), 0);
	timer_start(loop_control(loop), NULL, 0, 0, count, &fired, &timer);
	watch_add(loop_control(loop), NULL, pipes[0], CORBEL_READABLE, read_byte, &ready, &watch);
	ck_assert_int_eq(write(pipes[1], "x", 1), 1);
	while (fired < 1 || ready < 1)
		loop_dispatch(loop, -1);
	timer_stop(timer);
	watch_remove(watch);
	latch_hit(&latches[1]);
	strand_free(strand);
	loop_free(loop);
	close(pipes[0]);
	close(pipes[1]);
}
END_TEST

START_TEST(timers_of_dedicated_strands_fire_while_all_workers_are_stuck)
{
	struct latch latches[3] = { LATCH_INIT, LATCH_INIT, LATCH_INIT };
	struct loop *loop = new_loop(1);
	struct strand *stuck, *dedicated;
	struct corbel_timer *timer;

	ck_assert_int_eq(strand_new(loop, NULL, "stuck", false, &stuck), 0);
	ck_assert_int_eq(strand_new(loop, NULL, "dedicated", true, &dedicated), 0);
	strand_post(stuck, NULL, hit_and_wait, latches);
	latch_wait(&latches[0], 1);
	timer_start(dedicated, NULL, 0, 1, hit, &latches[2], &timer);
	latch_wait(&latches[2], 3);
	timer_stop(timer);
	latch_hit(&latches[1]);
	strand_free(stuck);
	strand_free(dedicated);
	loop_free(loop);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("loop");
	TCase *control = tcase_create("control"), *pool = tcase_create("pool");

	tcase_add_test(control, makes_no_thread_before_it_is_needed);
	tcase_add_test(control, is_readable_exactly_while_the_control_side_has_work);
	tcase_add_test(control, stays_readable_when_a_dispatch_leaves_work);
	tcase_add_test(control, refuses_to_dispatch_within_itself);
	tcase_add_test(control, two_loops_in_one_process_keep_apart);
	tcase_add_test(control, runs_in_a_foreign_loop_by_its_descriptor_alone);
	tcase_add_test(control, never_sleeps_through_a_wake);
	tcase_add_test(pool, work_of_the_pool_does_not_wake_the_control_side);
	tcase_add_test(pool, the_control_side_is_served_while_all_workers_are_stuck);
	tcase_add_test(pool, timers_of_dedicated_strands_fire_while_all_workers_are_stuck);
	tcase_set_timeout(control, 60);
	tcase_set_timeout(pool, 60);
	suite_add_tcase(suite, control);
	suite_add_tcase(suite, pool);
	return suite;
}
