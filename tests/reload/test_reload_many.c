/* SPDX-License-Identifier: MIT */
/* A thousand reloads under load: no call fails, no event is lost, and nothing grows. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "endurance.h"

/* Sanitizers make each reload some ten times slower, and keep freed memory for a while. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define RELOADS 100
#define IS_SANITIZED true
#else
#define RELOADS 1000
#define IS_SANITIZED false
#endif

Suite *test_suite(void);

START_TEST(many_reloads_under_load_lose_nothing_and_leave_nothing)
{
	const struct endurance_options options = { .reloads = RELOADS };
	struct endurance_result result;
	int code = endurance_run(&options, &result);

	ck_assert_msg(code == 0, "after %lu reloads: %s", result.reloads, result.words);
	ck_assert_uint_eq(result.reloads, RELOADS);
	ck_assert_msg(result.sum.failed == 0, "%llu of %llu calls failed: %s",
		      (unsigned long long)result.sum.failed, (unsigned long long)result.sum.calls,
		      strerror(-result.sum.error));
	ck_assert_uint_gt(result.sum.calls, RELOADS);
	ck_assert_uint_gt(result.sum.events, RELOADS);
	ck_assert_uint_eq(result.sum.lost, 0);
	ck_assert_uint_eq(result.sum.drift, 0);
	ck_assert_int_le(result.images, 0);
	ck_assert_int_le(result.grown.descriptors, 0);
	ck_assert_int_le(result.grown.threads, 0);
	if (IS_SANITIZED)
		return;
	ck_assert_int_le(result.grown.maps, 0);
	ck_assert_int_le(result.grown.rss, ENDURANCE_RSS);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("reload: many");
	TCase *tcase = tcase_create("many");

	tcase_set_timeout(tcase, 300);
	tcase_add_test(tcase, many_reloads_under_load_lose_nothing_and_leave_nothing);
	suite_add_tcase(suite, tcase);
	return suite;
}
