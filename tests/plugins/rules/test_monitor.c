/* SPDX-License-Identifier: MIT */
/* The state machine of a rule on a sensor, by samples and by the passing of time. */
#include <check.h>

#include "monitor.h"

Suite *test_suite(void);

#define SECOND INT64_C(1000000000)
#define EPOCH (1700000000 * SECOND)

static struct rule rule;
static struct monitor monitor;

static void setup(void)
{
	rule = (struct rule){ .raise = { COMPARISON_ABOVE, 90 },
			      .clear = { COMPARISON_AT_MOST, 90 },
			      .hold = 5 * SECOND };
	monitor = (struct monitor){ 0 };
}

/* A sample of that second, which arrives at once. */
static enum monitor_turn sample(double value, int64_t second)
{
	return monitor_sample(&monitor, &rule, value, EPOCH + second * SECOND, second * SECOND);
}

static enum monitor_turn tick(int64_t second)
{
	return monitor_tick(&monitor, &rule, second * SECOND, EPOCH + second * SECOND);
}

/* One sample of that value each second. */
static void run(double value, int64_t from, int64_t to)
{
	for (int64_t i = from; i <= to; i++)
		ck_assert_int_eq(sample(value, i), MONITOR_STAYS);
}

START_TEST(begins_without_data)
{
	ck_assert_int_eq(monitor.state, MONITOR_NO_DATA);
	ck_assert_int_eq(tick(1000), MONITOR_STAYS);
	ck_assert_int_eq(sample(5, 1000), MONITOR_STAYS);
	ck_assert_int_eq(monitor.state, MONITOR_OK);
	ck_assert_int_eq(monitor.since, EPOCH + 1000 * SECOND);
}
END_TEST

START_TEST(raises_at_once_without_a_duration)
{
	rule.hold = 0;
	ck_assert_int_eq(sample(91, 3), MONITOR_RAISES);
	ck_assert_int_eq(monitor.state, MONITOR_RAISED);
	ck_assert_int_eq(monitor.raised, EPOCH + 3 * SECOND);
	ck_assert_int_eq(monitor.since, monitor.raised);
	ck_assert_double_eq(monitor.alarming, 91);
	ck_assert_int_eq(sample(95, 4), MONITOR_STAYS);
	ck_assert_int_eq(sample(90, 5), MONITOR_CLEARS);
	ck_assert_int_eq(monitor.state, MONITOR_OK);
}
END_TEST

START_TEST(raises_when_the_condition_has_held_for_its_duration)
{
	run(50, 0, 9);
	run(95, 10, 14);
	ck_assert_int_eq(monitor.state, MONITOR_PENDING);
	ck_assert_int_eq(monitor.since, EPOCH + 10 * SECOND);
	ck_assert_int_eq(sample(97, 15), MONITOR_RAISES);
	ck_assert_int_eq(monitor.since, EPOCH + 10 * SECOND);
	ck_assert_int_eq(monitor.raised, EPOCH + 15 * SECOND);
	ck_assert_double_eq(monitor.alarming, 97);
}
END_TEST

START_TEST(begins_anew_when_the_condition_breaks_for_one_sample)
{
	run(95, 0, 4);
	run(90, 5, 5);
	ck_assert_int_eq(monitor.state, MONITOR_OK);
	run(95, 6, 10);
	ck_assert_int_eq(sample(95, 11), MONITOR_RAISES);
}
END_TEST

START_TEST(measures_by_the_time_stamps_of_samples_that_arrive_late)
{
	for (int64_t i = 0; i < 5; i++)
		ck_assert_int_eq(
			monitor_sample(&monitor, &rule, 95, EPOCH + i * SECOND, 100 * SECOND),
			MONITOR_STAYS);
	ck_assert_int_eq(monitor_sample(&monitor, &rule, 95, EPOCH + 5 * SECOND, 100 * SECOND),
			 MONITOR_RAISES);
}
END_TEST

START_TEST(does_not_clear_before_the_condition_of_its_until)
{
	rule.hold = 0;
	rule.clear = (struct condition){ COMPARISON_BELOW, 80 };
	ck_assert_int_eq(sample(91, 0), MONITOR_RAISES);
	run(85, 1, 100);
	ck_assert_int_eq(sample(79, 101), MONITOR_CLEARS);
	ck_assert_int_eq(sample(85, 102), MONITOR_STAYS);
	ck_assert_int_eq(monitor.state, MONITOR_OK);
}
END_TEST

START_TEST(raises_by_the_clock_between_two_samples)
{
	for (int64_t i = 0; i < 4; i++)
		ck_assert_int_eq(sample(50, i * 10), MONITOR_STAYS);
	ck_assert_int_eq(sample(95, 40), MONITOR_STAYS);
	ck_assert_int_eq(tick(44), MONITOR_STAYS);
	ck_assert_int_eq(tick(45), MONITOR_RAISES);
	ck_assert_int_eq(monitor.raised, EPOCH + 45 * SECOND);
	ck_assert_int_eq(tick(46), MONITOR_STAYS);
	ck_assert_int_eq(sample(50, 50), MONITOR_CLEARS);
}
END_TEST

START_TEST(does_not_raise_by_one_value_alone)
{
	ck_assert_int_eq(sample(95, 0), MONITOR_STAYS);
	for (int64_t i = 1; i < 1000; i++)
		ck_assert_int_eq(tick(i), MONITOR_STAYS);
	ck_assert_int_eq(monitor.state, MONITOR_NO_DATA);
}
END_TEST

START_TEST(does_not_raise_when_samples_stay_away)
{
	rule.hold = 20 * SECOND;
	run(95, 0, 2);
	for (int64_t i = 3; i < 1000; i++)
		ck_assert_int_eq(tick(i), MONITOR_STAYS);
	ck_assert_int_eq(monitor.state, MONITOR_NO_DATA);
	ck_assert_int_eq(monitor.since, EPOCH + 6 * SECOND);
}
END_TEST

START_TEST(does_not_count_the_time_that_it_did_not_see)
{
	run(95, 0, 2);
	ck_assert_int_eq(sample(95, 60), MONITOR_STAYS);
	ck_assert_int_eq(monitor.since, EPOCH + 60 * SECOND);
	run(95, 61, 64);
	ck_assert_int_eq(sample(95, 65), MONITOR_RAISES);
}
END_TEST

START_TEST(does_not_raise_because_the_clock_was_set)
{
	run(95, 0, 2);
	for (int64_t i = 3; i < 8; i++)
		ck_assert_int_eq(monitor_sample(&monitor, &rule, 95, EPOCH + (3600 + i) * SECOND,
						i * SECOND),
				 MONITOR_STAYS);
	ck_assert_int_eq(monitor_sample(&monitor, &rule, 95, EPOCH + 3608 * SECOND, 8 * SECOND),
			 MONITOR_RAISES);
	setup();
	run(95, 0, 2);
	for (int64_t i = 3; i < 8; i++)
		ck_assert_int_eq(monitor_sample(&monitor, &rule, 95, EPOCH + (i - 3600) * SECOND,
						i * SECOND),
				 MONITOR_STAYS);
	ck_assert_int_eq(monitor_sample(&monitor, &rule, 95, EPOCH - 3592 * SECOND, 8 * SECOND),
			 MONITOR_RAISES);
}
END_TEST

START_TEST(learns_a_slower_pace)
{
	run(50, 0, 9);
	for (int64_t i = 1; i < 6; i++)
		ck_assert_int_eq(sample(50, 10 + i * 20), MONITOR_STAYS);
	ck_assert_int_eq(sample(95, 130), MONITOR_STAYS);
	ck_assert_int_eq(tick(135), MONITOR_RAISES);
}
END_TEST

START_TEST(keeps_an_alert_through_silence_but_not_for_ever)
{
	rule.hold = 0;
	ck_assert_int_eq(sample(95, 0), MONITOR_RAISES);
	for (int64_t i = 1; i <= 600; i++)
		ck_assert_int_eq(tick(i), MONITOR_STAYS);
	ck_assert_int_eq(monitor.state, MONITOR_RAISED);
	ck_assert_int_eq(tick(601), MONITOR_CLEARS);
	ck_assert_int_eq(monitor.state, MONITOR_NO_DATA);
	ck_assert_int_eq(monitor.raised, EPOCH);
	ck_assert_int_eq(tick(602), MONITOR_STAYS);
}
END_TEST

START_TEST(waits_longer_for_a_sensor_that_is_slow)
{
	rule.hold = 0;
	ck_assert_int_eq(sample(50, 0), MONITOR_STAYS);
	ck_assert_int_eq(sample(50, 3600), MONITOR_STAYS);
	ck_assert_int_eq(sample(95, 7200), MONITOR_RAISES);
	ck_assert_int_eq(tick(7200 + 3 * 3600), MONITOR_STAYS);
	ck_assert_int_eq(tick(7201 + 3 * 3600), MONITOR_CLEARS);
}
END_TEST

START_TEST(goes_on_with_an_alert_of_an_earlier_run)
{
	ck_assert_int_eq(monitor_resume(&monitor, &rule, 99, EPOCH, 0), MONITOR_STAYS);
	ck_assert_int_eq(monitor.state, MONITOR_RAISED);
	ck_assert_double_eq(monitor.value, 99);
	ck_assert_int_eq(sample(95, 1), MONITOR_STAYS);
	ck_assert_int_eq(sample(50, 2), MONITOR_CLEARS);
	ck_assert_int_eq(monitor.raised, EPOCH);
	ck_assert_double_eq(monitor.alarming, 99);
}
END_TEST

START_TEST(ends_an_alert_of_an_earlier_run_that_is_known_to_be_over)
{
	ck_assert_int_eq(sample(50, 1), MONITOR_STAYS);
	ck_assert_int_eq(monitor_resume(&monitor, &rule, 99, EPOCH, SECOND), MONITOR_CLEARS);
	ck_assert_int_eq(monitor.state, MONITOR_OK);
}
END_TEST

START_TEST(ends_an_alert_of_an_earlier_run_whose_sensor_is_gone)
{
	ck_assert_int_eq(monitor_resume(&monitor, &rule, 99, EPOCH, 0), MONITOR_STAYS);
	ck_assert_int_eq(tick(600), MONITOR_STAYS);
	ck_assert_int_eq(tick(601), MONITOR_CLEARS);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("monitor");
	TCase *cases = tcase_create("states");

	tcase_add_checked_fixture(cases, setup, NULL);
	tcase_add_test(cases, begins_without_data);
	tcase_add_test(cases, raises_at_once_without_a_duration);
	tcase_add_test(cases, raises_when_the_condition_has_held_for_its_duration);
	tcase_add_test(cases, begins_anew_when_the_condition_breaks_for_one_sample);
	tcase_add_test(cases, measures_by_the_time_stamps_of_samples_that_arrive_late);
	tcase_add_test(cases, does_not_clear_before_the_condition_of_its_until);
	tcase_add_test(cases, raises_by_the_clock_between_two_samples);
	tcase_add_test(cases, does_not_raise_by_one_value_alone);
	tcase_add_test(cases, does_not_raise_when_samples_stay_away);
	tcase_add_test(cases, does_not_count_the_time_that_it_did_not_see);
	tcase_add_test(cases, does_not_raise_because_the_clock_was_set);
	tcase_add_test(cases, learns_a_slower_pace);
	tcase_add_test(cases, keeps_an_alert_through_silence_but_not_for_ever);
	tcase_add_test(cases, waits_longer_for_a_sensor_that_is_slow);
	tcase_add_test(cases, goes_on_with_an_alert_of_an_earlier_run);
	tcase_add_test(cases, ends_an_alert_of_an_earlier_run_that_is_known_to_be_over);
	tcase_add_test(cases, ends_an_alert_of_an_earlier_run_whose_sensor_is_gone);
	suite_add_tcase(suite, cases);
	return suite;
}
