/* SPDX-License-Identifier: MIT */
/* Tests of versions: reading, ordering, satisfying. */
#include <check.h>
#include <errno.h>

#include "version.h"

Suite *test_suite(void);

START_TEST(reads_major_and_minor)
{
	struct version version;

	ck_assert_int_eq(version_parse("1.20", &version), 0);
	ck_assert_uint_eq(version.major, 1);
	ck_assert_uint_eq(version.minor, 20);
	ck_assert_int_eq(version_parse("0.65535", &version), 0);
}
END_TEST

START_TEST(refuses_what_is_not_exactly_two_numbers)
{
	static const char *const wrong[] = { "",      "1",    "1.",      ".1",
					     "1.2.3", "1,2",  "-1.2",    "1.-2",
					     "+1.2",  " 1.2", "1.2 ",    "01.2",
					     "1.02",  "a.b",  "1.65536", "99999999999999999999.1" };

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct version version = { 7, 8 };

		ck_assert_msg(version_parse(wrong[i], &version) == -EINVAL, "took \"%s\"",
			      wrong[i]);
		ck_assert_uint_eq(version.major, 7);
		ck_assert_uint_eq(version.minor, 8);
	}
}
END_TEST

START_TEST(orders_by_major_then_minor)
{
	ck_assert_int_lt(version_compare((struct version){ 1, 9 }, (struct version){ 2, 0 }), 0);
	ck_assert_int_gt(version_compare((struct version){ 1, 10 }, (struct version){ 1, 9 }), 0);
	ck_assert_int_eq(version_compare((struct version){ 3, 4 }, (struct version){ 3, 4 }), 0);
}
END_TEST

START_TEST(is_satisfied_by_the_same_major_and_a_minor_at_least)
{
	struct version wanted = { 1, 2 };

	ck_assert(version_satisfies((struct version){ 1, 2 }, wanted));
	ck_assert(version_satisfies((struct version){ 1, 3 }, wanted));
	ck_assert(!version_satisfies((struct version){ 1, 1 }, wanted));
	ck_assert(!version_satisfies((struct version){ 2, 2 }, wanted));
	ck_assert(!version_satisfies((struct version){ 0, 9 }, wanted));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("version");
	TCase *tests = tcase_create("version");

	tcase_add_test(tests, reads_major_and_minor);
	tcase_add_test(tests, refuses_what_is_not_exactly_two_numbers);
	tcase_add_test(tests, orders_by_major_then_minor);
	tcase_add_test(tests, is_satisfied_by_the_same_major_and_a_minor_at_least);
	suite_add_tcase(suite, tests);
	return suite;
}
