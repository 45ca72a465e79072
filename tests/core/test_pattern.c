/* SPDX-License-Identifier: MIT */
/* Patterns of topic names. */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "bus.h"

START_TEST(accepts_a_name_and_a_name_with_a_star_as_last_part)
{
	ck_assert_int_eq(pattern_check("corbel.sensors.sample"), 0);
	ck_assert_int_eq(pattern_check("corbel.sensors.*"), 0);
	ck_assert_int_eq(pattern_check("*"), 0);
	ck_assert_int_eq(pattern_check("a_b.c-1"), 0);
}
END_TEST

START_TEST(refuses_what_is_no_pattern)
{
	char longest[BUS_NAME_MAX + 2];

	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	ck_assert_int_eq(pattern_check(NULL), -EINVAL);
	ck_assert_int_eq(pattern_check(""), -EINVAL);
	ck_assert_int_eq(pattern_check("."), -EINVAL);
	ck_assert_int_eq(pattern_check("a..b"), -EINVAL);
	ck_assert_int_eq(pattern_check("a."), -EINVAL);
	ck_assert_int_eq(pattern_check("a.*.b"), -EINVAL);
	ck_assert_int_eq(pattern_check("a.b*"), -EINVAL);
	ck_assert_int_eq(pattern_check("a b"), -EINVAL);
	ck_assert_int_eq(pattern_check(longest), -EINVAL);
}
END_TEST

START_TEST(a_star_fits_all_below_but_not_the_name_itself)
{
	ck_assert(pattern_matches("a.b.*", "a.b.c"));
	ck_assert(pattern_matches("a.b.*", "a.b.c.d"));
	ck_assert(!pattern_matches("a.b.*", "a.b"));
	ck_assert(!pattern_matches("a.b.*", "a.bc.d"));
	ck_assert(pattern_matches("*", "a"));
}
END_TEST

START_TEST(a_name_fits_itself_alone)
{
	ck_assert(pattern_matches("a.b", "a.b"));
	ck_assert(!pattern_matches("a.b", "a.b.c"));
	ck_assert(!pattern_matches("a.b", "a"));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("pattern");
	TCase *tests = tcase_create("pattern");

	tcase_add_test(tests, accepts_a_name_and_a_name_with_a_star_as_last_part);
	tcase_add_test(tests, refuses_what_is_no_pattern);
	tcase_add_test(tests, a_star_fits_all_below_but_not_the_name_itself);
	tcase_add_test(tests, a_name_fits_itself_alone);
	suite_add_tcase(suite, tests);
	return suite;
}
