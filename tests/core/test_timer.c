/* SPDX-License-Identifier: MIT */
/* Timers, by the virtual clock wherever time matters. */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "latch.h"
#include "loop.h"

Suite *test_suite(void);

static struct loop *loop;
static struct strand *strand;

static void given_a_loop(void)
{
	ck_assert_int_eq(loop_new(0, &loop), 0);
	ck_assert_int_eq(strand_new(loop, NULL, "test", false, &strand), 0);
	loop_set_virtual(loop, 1000);
}

static void then_all_goes(void)
{
	strand_free(strand);
	loop_free(loop);
}

static void advance(int64_t by)
{
	loop_advance(loop, by);
	loop_dispatch(loop, 0);
}

static void count(void *data)
{
	++*(int *)data;
}

static void hit(void *data)
{
	latch_hit(data);
}

START_TEST(fires_once_when_its_time_has_come)
{
	struct corbel_timer *timer;
	int fired = 0;

	ck_assert_int_eq(timer_start(strand, NULL, 10, 0, count, &fired, &timer), 0);
	advance(9);
	ck_assert_int_eq(fired, 0);
	advance(1);
	ck_assert_int_eq(fired, 1);
	advance(1000);
	ck_assert_int_eq(fired, 1);
	timer_stop(timer);
}
END_TEST

START_TEST(skips_missed_periods_and_keeps_the_phase)
{
	struct corbel_timer *timer;
	int fired = 0;

	timer_start(strand, NULL, 5, 10, count, &fired, &timer);
	advance(5);
	ck_assert_int_eq(fired, 1);
	/* Due at 15, 25, 35; the next at 45. */
	advance(34);
	ck_assert_int_eq(fired, 2);
	advance(5);
	ck_assert_int_eq(fired, 2);
	advance(1);
	ck_assert_int_eq(fired, 3);
	timer_stop(timer);
}
END_TEST

static char order[64];

static void note(void *data)
{
	strcat(order, data);
}

START_TEST(fires_in_the_order_of_time_and_then_of_start)
{
	static const struct {
		int64_t first;
		char name[2];
	} wanted[] = { { 30, "d" }, { 10, "a" }, { 20, "b" }, { 20, "c" }, { 40, "e" } };
	struct corbel_timer *timers[5];

	for (int i = 0; i < 5; i++)
		timer_start(strand, NULL, wanted[i].first, 0, note, (void *)wanted[i].name,
			    &timers[i]);
	advance(35);
	ck_assert_str_eq(order, "abcd");
	advance(5);
	ck_assert_str_eq(order, "abcde");
	for (int i = 0; i < 5; i++)
		timer_stop(timers[i]);
}
END_TEST

START_TEST(does_not_fire_once_stopped_though_it_was_due)
{
	struct corbel_timer *timer;
	int fired = 0;

	timer_start(strand, NULL, 1, 1, count, &fired, &timer);
	loop_advance(loop, 1);
	timer_stop(timer);
	loop_dispatch(loop, 0);
	advance(10);
	ck_assert_int_eq(fired, 0);
}
END_TEST

struct self_stopper {
	struct corbel_timer *timer;
	int fired;
};

static void stop_itself(void *data)
{
	struct self_stopper *stopper = data;

	stopper->fired++;
	timer_stop(stopper->timer);
}

START_TEST(may_stop_itself)
{
	struct self_stopper stopper = { 0 };

	timer_start(strand, NULL, 1, 1, stop_itself, &stopper, &stopper.timer);
	advance(1);
	advance(1);
	ck_assert_int_eq(stopper.fired, 1);
}
END_TEST

START_TEST(waits_for_a_paused_strand_and_fires_once_then)
{
	struct corbel_timer *timer;
	int fired = 0;

	timer_start(strand, NULL, 1, 1, count, &fired, &timer);
	strand_pause(strand, false);
	advance(1);
	advance(1);
	ck_assert_int_eq(fired, 0);
	strand_resume(strand);
	loop_dispatch(loop, 0);
	ck_assert_int_eq(fired, 1);
	timer_stop(timer);
}
END_TEST

START_TEST(a_sweep_of_the_ledger_stops_it)
{
	struct corbel_timer *timer;
	struct ledger ledger;
	int fired = 0;

	ledger_init(&ledger);
	timer_start(strand, &ledger, 1, 1, count, &fired, &timer);
	timer_start(strand, &ledger, 2, 0, count, &fired, &timer);
	ck_assert_uint_eq(ledger_sweep(&ledger), 2);
	advance(10);
	ck_assert_int_eq(fired, 0);
	ledger_fini(&ledger);
}
END_TEST

START_TEST(refuses_a_negative_period)
{
	struct corbel_timer *timer = NULL;
	int fired = 0;

	ck_assert_int_eq(timer_start(strand, NULL, 1, -1, count, &fired, &timer), -EINVAL);
	ck_assert_ptr_null(timer);
}
END_TEST

START_TEST(survives_times_beyond_the_end_of_the_clock)
{
	struct corbel_timer *timers[2];
	int fired = 0;

	timer_start(strand, NULL, INT64_MAX, 0, count, &fired, &timers[0]);
	timer_start(strand, NULL, -5, INT64_MAX, count, &fired, &timers[1]);
	advance(1);
	advance(1);
	ck_assert_int_eq(fired, 1);
	timer_stop(timers[0]);
	timer_stop(timers[1]);
}
END_TEST

enum { MANY = 500 };

static int64_t last_due;
static int many_fired;

static void note_due(void *data)
{
	int64_t due = *(int64_t *)data;

	ck_assert_int_ge(due, last_due);
	last_due = due;
	many_fired++;
}

START_TEST(keeps_order_among_many_that_come_and_go)
{
	static struct corbel_timer *timers[MANY];
	static int64_t due[MANY];
	unsigned random = 12345;

	for (int i = 0; i < MANY; i++) {
		random = random * 1103515245u + 12345u;
		due[i] = random >> 16 & 0xfff;
		timer_start(strand, NULL, due[i], 0, note_due, &due[i], &timers[i]);
	}
	for (int i = 0; i < MANY; i += 3)
		timer_stop(timers[i]);
	for (int i = 0; i < 0x1000; i += 16)
		advance(16);
	ck_assert_int_eq(many_fired, MANY - (MANY + 2) / 3);
	for (int i = 0; i < MANY; i++)
		if (i % 3 != 0)
			timer_stop(timers[i]);
}
END_TEST

START_TEST(fires_by_the_real_clock_too)
{
	struct loop *loops[2];
	struct latch latch = LATCH_INIT;

	loop_new(0, &loops[0]);
	loop_new(1, &loops[1]);
	for (int i = 0; i < 2; i++) {
		unsigned before = latch_count(&latch);
		struct corbel_timer *timer;
		struct strand *real;

		strand_new(loops[i], NULL, "real", false, &real);
		timer_start(real, NULL, CORBEL_MILLISECOND, CORBEL_MILLISECOND, hit, &latch,
			    &timer);
		while (i == 0 && latch_count(&latch) < 3)
			loop_dispatch(loops[i], -1);
		latch_wait(&latch, before + 3);
		timer_stop(timer);
		strand_free(real);
		loop_free(loops[i]);
	}
}
END_TEST

START_TEST(can_be_stopped_from_elsewhere_while_it_fires)
{
	unsigned long rounds = test_rounds(500);
	struct latch latch = LATCH_INIT;
	struct loop *pooled;
	struct strand *strands[2];

	loop_new(2, &pooled);
	strand_new(pooled, NULL, "pooled", false, &strands[0]);
	strand_new(pooled, NULL, "dedicated", true, &strands[1]);
	for (unsigned long i = 0; i < rounds; i++) {
		struct corbel_timer *timers[2];
		struct latch *fired = malloc(sizeof(*fired));

		*fired = latch;
		timer_start(strands[0], NULL, 0, 1, hit, fired, &timers[0]);
		timer_start(strands[1], NULL, 0, 1, hit, fired, &timers[1]);
		latch_wait(fired, 2);
		timer_stop(timers[0]);
		timer_stop(timers[1]);
		/* Used after this it is a fault that the sanitizers see. */
		free(fired);
	}
	strand_free(strands[0]);
	strand_free(strands[1]);
	loop_free(pooled);
}
END_TEST

static struct strand *successor;
static struct ledger old_ledger, new_ledger;

static void given_two_paused_strands(void)
{
	given_a_loop();
	ck_assert_int_eq(strand_new(loop, NULL, "next", false, &successor), 0);
	ledger_init(&old_ledger);
	ledger_init(&new_ledger);
	strand_pause(strand, false);
	strand_pause(successor, false);
}

static void then_all_is_swept(void)
{
	ledger_sweep(&old_ledger);
	ledger_sweep(&new_ledger);
	ledger_fini(&old_ledger);
	ledger_fini(&new_ledger);
	strand_free(successor);
	then_all_goes();
}

static void start_old(int64_t first, int64_t period)
{
	static int fired;
	struct corbel_timer *timer;

	timer_start(strand, &old_ledger, first, period, count, &fired, &timer);
}

static void start_new(int64_t first, int64_t period, int *fired)
{
	struct corbel_timer *timer;

	timer_start(successor, &new_ledger, first, period, count, fired, &timer);
}

static void take_over(void)
{
	timer_take_over(&new_ledger, &old_ledger);
	strand_resume(successor);
	loop_dispatch(loop, 0);
}

START_TEST(takes_over_the_phase_of_its_predecessor)
{
	int fired = 0;

	start_old(5, 10);
	advance(3);
	start_new(10, 10, &fired);
	take_over();
	advance(1);
	ck_assert_int_eq(fired, 0);
	advance(1);
	ck_assert_int_eq(fired, 1);
	advance(9);
	ck_assert_int_eq(fired, 1);
	advance(1);
	ck_assert_int_eq(fired, 2);
}
END_TEST

START_TEST(takes_over_what_was_due_and_forgets_what_was_its_own)
{
	int first = 0, second = 0;

	start_old(5, 10);
	start_old(20, 20);
	start_new(1, 10, &first);
	start_new(1, 20, &second);
	advance(6);
	take_over();
	ck_assert_int_eq(first, 1);
	ck_assert_int_eq(second, 0);
	advance(9);
	ck_assert_int_eq(first, 2);
	advance(5);
	ck_assert_int_eq(second, 1);
}
END_TEST

START_TEST(takes_over_from_the_one_of_the_same_period_and_place)
{
	int fired[5] = { 0 };

	start_old(2, 0);
	start_old(3, 100);
	start_old(4, 200);
	start_old(5, 100);
	start_new(50, 200, &fired[0]);
	start_new(50, 100, &fired[1]);
	start_new(50, 0, &fired[2]);
	start_new(50, 100, &fired[3]);
	start_new(50, 100, &fired[4]);
	take_over();
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(fired[i], 0);
	advance(3);
	ck_assert_int_eq(fired[1], 1);
	advance(1);
	ck_assert_int_eq(fired[0], 1);
	advance(1);
	ck_assert_int_eq(fired[3], 1);
	ck_assert_int_eq(fired[2] + fired[4], 0);
	advance(45);
	ck_assert_int_eq(fired[2], 1);
	ck_assert_int_eq(fired[4], 1);
	ck_assert_int_eq(fired[0] + fired[1] + fired[3], 3);
}
END_TEST

START_TEST(takes_over_by_the_real_clock_too)
{
	struct loop *pooled;
	struct strand *strands[2];
	struct ledger ledgers[2];
	struct latch fired = LATCH_INIT, never = LATCH_INIT;
	struct corbel_timer *timer;

	ck_assert_int_eq(loop_new(2, &pooled), 0);
	for (int i = 0; i < 2; i++) {
		strand_new(pooled, NULL, "test", false, &strands[i]);
		strand_pause(strands[i], false);
		ledger_init(&ledgers[i]);
	}
	timer_start(strands[0], &ledgers[0], 1, CORBEL_SECOND / 1000, hit, &never, &timer);
	timer_start(strands[1], &ledgers[1], INT64_MAX, CORBEL_SECOND / 1000, hit, &fired, &timer);
	timer_take_over(&ledgers[1], &ledgers[0]);
	strand_resume(strands[1]);
	latch_wait(&fired, 3);
	for (int i = 0; i < 2; i++) {
		ledger_sweep(&ledgers[i]);
		ledger_fini(&ledgers[i]);
		strand_free(strands[i]);
	}
	loop_free(pooled);
	ck_assert_uint_eq(never.count, 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("timer");
	TCase *timed = tcase_create("virtual"), *real = tcase_create("real");
	TCase *over = tcase_create("take over");

	tcase_add_checked_fixture(timed, given_a_loop, then_all_goes);
	tcase_add_test(timed, fires_once_when_its_time_has_come);
	tcase_add_test(timed, skips_missed_periods_and_keeps_the_phase);
	tcase_add_test(timed, fires_in_the_order_of_time_and_then_of_start);
	tcase_add_test(timed, does_not_fire_once_stopped_though_it_was_due);
	tcase_add_test(timed, may_stop_itself);
	tcase_add_test(timed, waits_for_a_paused_strand_and_fires_once_then);
	tcase_add_test(timed, a_sweep_of_the_ledger_stops_it);
	tcase_add_test(timed, refuses_a_negative_period);
	tcase_add_test(timed, survives_times_beyond_the_end_of_the_clock);
	tcase_add_test(timed, keeps_order_among_many_that_come_and_go);
	tcase_add_test(real, fires_by_the_real_clock_too);
	tcase_add_test(real, can_be_stopped_from_elsewhere_while_it_fires);
	tcase_add_test(real, takes_over_by_the_real_clock_too);
	tcase_add_checked_fixture(over, given_two_paused_strands, then_all_is_swept);
	tcase_add_test(over, takes_over_the_phase_of_its_predecessor);
	tcase_add_test(over, takes_over_what_was_due_and_forgets_what_was_its_own);
	tcase_add_test(over, takes_over_from_the_one_of_the_same_period_and_place);
	tcase_set_timeout(real, 60);
	suite_add_tcase(suite, timed);
	suite_add_tcase(suite, over);
	suite_add_tcase(suite, real);
	return suite;
}
