/* SPDX-License-Identifier: MIT */
/* Words of errors: cut cleanly, prefixed, collected without bound on their number. */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "error.h"

START_TEST(returns_the_code_it_was_given)
{
	struct corbel_error error;

	ck_assert_int_eq(error_set(&error, -EINVAL, "%s: no %d", "a.ini", 7), -EINVAL);
	ck_assert_str_eq(error.text, "a.ini: no 7");
	ck_assert_int_eq(error_set(NULL, -ENOENT, "nobody listens"), -ENOENT);
}
END_TEST

START_TEST(cuts_long_words_between_characters)
{
	struct corbel_error error;
	char text[2001];

	memset(text, 'x', sizeof(text));
	for (size_t i = 0; i < 1000; i++)
		memcpy(text + i * 2, "\xC3\xA9", 2);
	text[2000] = '\0';
	error_set(&error, -EINVAL, "%s", text);
	ck_assert_uint_eq(strlen(error.text), 1022);
	error_set(&error, -EINVAL, "x%s", text);
	ck_assert_uint_eq(strlen(error.text), 1023);
}
END_TEST

START_TEST(puts_words_before_words)
{
	struct corbel_error error;

	error_set(&error, -EINVAL, "no such key");
	ck_assert_int_eq(error_prefix(&error, -EIO, "plugin %s: ", "sensors"), -EIO);
	ck_assert_str_eq(error.text, "plugin sensors: no such key");
	error_set(&error, -EINVAL, "again: %s", error.text);
	ck_assert_str_eq(error.text, "again: plugin sensors: no such key");
}
END_TEST

START_TEST(collects_complaints_and_counts_those_beyond_the_limit)
{
	struct complaints complaints = { 0 };
	struct corbel_error error;

	for (int i = 0; i < COMPLAINTS_MAX + 5; i++)
		complaints_add(&complaints, -EINVAL, "complaint %d", i);
	ck_assert_uint_eq(complaints.count, COMPLAINTS_MAX);
	ck_assert_uint_eq(complaints_count(&complaints), COMPLAINTS_MAX + 5);
	ck_assert_int_eq(complaints_report(&complaints, &error, -EINVAL), -EINVAL);
	ck_assert_str_eq(error.text, "complaint 0\n(and 1004 more)");
	complaints_fini(&complaints);
	ck_assert_uint_eq(complaints_count(&complaints), 0);
}
END_TEST

START_TEST(accepts_no_list_and_an_empty_list)
{
	struct complaints complaints = { 0 };
	struct corbel_error error;

	ck_assert_int_eq(complaints_add(NULL, -EINVAL, "nobody listens"), -EINVAL);
	ck_assert_uint_eq(complaints_count(NULL), 0);
	complaints_report(&complaints, &error, -ENOENT);
	ck_assert_str_eq(error.text, strerror(ENOENT));
	complaints_fini(&complaints);
	complaints_fini(NULL);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void)
{
	Suite *suite = suite_create("error");
	TCase *tests = tcase_create("error");

	tcase_add_test(tests, returns_the_code_it_was_given);
	tcase_add_test(tests, cuts_long_words_between_characters);
	tcase_add_test(tests, puts_words_before_words);
	tcase_add_test(tests, collects_complaints_and_counts_those_beyond_the_limit);
	tcase_add_test(tests, accepts_no_list_and_an_empty_list);
	suite_add_tcase(suite, tests);
	return suite;
}
