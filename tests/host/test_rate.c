/* SPDX-License-Identifier: MIT */
/* How many things fit into a second, and how long the next one has to wait. */
#include <check.h>

#include "poller.h"
#include "rate.h"

Suite *test_suite(void);

#define MILLISECOND (POLLER_SECOND / 1000)

START_TEST(gives_as_many_at_once_as_fit_into_a_second)
{
	struct rate rate = { 0 };
	int64_t now = 5 * POLLER_SECOND;

	for (int i = 0; i < 10; i++) {
		ck_assert_int_eq(rate_wait(&rate, now, 10), 0);
		rate_take(&rate, now, 10);
	}
	ck_assert_int_eq(rate_wait(&rate, now, 10), 100 * MILLISECOND);
}
END_TEST

START_TEST(gives_one_more_as_each_of_them_is_made_good)
{
	struct rate rate = { 0 };
	int64_t now = 5 * POLLER_SECOND;

	for (int i = 0; i < 10; i++)
		rate_take(&rate, now, 10);
	for (int i = 0; i < 50; i++) {
		ck_assert_int_eq(rate_wait(&rate, now, 10), 100 * MILLISECOND);
		now += 100 * MILLISECOND;
		ck_assert_int_eq(rate_wait(&rate, now, 10), 0);
		rate_take(&rate, now, 10);
	}
}
END_TEST

START_TEST(forgives_all_after_a_second_of_rest)
{
	struct rate rate = { 0 };
	int64_t now = 5 * POLLER_SECOND;

	for (int i = 0; i < 10; i++)
		rate_take(&rate, now, 10);
	now += 60 * POLLER_SECOND;
	for (int i = 0; i < 10; i++) {
		ck_assert_int_eq(rate_wait(&rate, now, 10), 0);
		rate_take(&rate, now, 10);
	}
	ck_assert_int_gt(rate_wait(&rate, now, 10), 0);
}
END_TEST

START_TEST(lets_who_takes_too_many_wait_for_all_of_them)
{
	struct rate rate = { 0 };
	int64_t now = 5 * POLLER_SECOND;

	for (int i = 0; i < 30; i++)
		rate_take(&rate, now, 10);
	ck_assert_int_eq(rate_wait(&rate, now, 10), 2100 * MILLISECOND);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("rate");
	TCase *cases = tcase_create("rate");

	tcase_add_test(cases, gives_as_many_at_once_as_fit_into_a_second);
	tcase_add_test(cases, gives_one_more_as_each_of_them_is_made_good);
	tcase_add_test(cases, forgives_all_after_a_second_of_rest);
	tcase_add_test(cases, lets_who_takes_too_many_wait_for_all_of_them);
	suite_add_tcase(suite, cases);
	return suite;
}
