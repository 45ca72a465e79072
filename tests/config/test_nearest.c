/* SPDX-License-Identifier: MIT */
/* The word that was probably meant. */
#include <check.h>
#include <string.h>

#include "nearest.h"

static const char *guess(const char *wanted)
{
	static const char *const words[] = { "interval", "enabled", "path", "rank", "idle" };
	struct nearest nearest;

	nearest_init(&nearest, wanted);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		nearest_offer(&nearest, words[i]);
	return nearest.word ? nearest.word : "";
}

START_TEST(finds_a_word_with_letters_swapped_missing_added_or_replaced)
{
	ck_assert_str_eq(guess("intreval"), "interval");
	ck_assert_str_eq(guess("interva"), "interval");
	ck_assert_str_eq(guess("enableed"), "enabled");
	ck_assert_str_eq(guess("rand"), "rank");
	ck_assert_str_eq(guess("IDLE"), "idle");
	ck_assert_str_eq(guess("apth"), "path");
}
END_TEST

START_TEST(stays_silent_when_nothing_is_near)
{
	char hint[64];
	struct nearest nearest;

	ck_assert_str_eq(guess("zzzz"), "");
	ck_assert_str_eq(guess(""), "");
	ck_assert_str_eq(guess("completely-other"), "");
	nearest_init(&nearest, "zzzz");
	nearest_offer(&nearest, "path");
	ck_assert_str_eq(nearest_hint(&nearest, hint, sizeof(hint)), "");
}
END_TEST

START_TEST(says_the_word_in_a_hint)
{
	char hint[64];
	struct nearest nearest;

	nearest_init(&nearest, "pth");
	nearest_offer(&nearest, "path");
	ck_assert_str_eq(nearest_hint(&nearest, hint, sizeof(hint)), "; did you mean \"path\"?");
}
END_TEST

START_TEST(ignores_words_too_long_to_be_a_slip)
{
	char longer[5000];
	struct nearest nearest;

	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	ck_assert_str_eq(guess(longer), "");
	nearest_init(&nearest, "aaaa");
	nearest_offer(&nearest, longer);
	ck_assert_ptr_null(nearest.word);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void)
{
	Suite *suite = suite_create("nearest");
	TCase *tests = tcase_create("nearest");

	tcase_add_test(tests, finds_a_word_with_letters_swapped_missing_added_or_replaced);
	tcase_add_test(tests, stays_silent_when_nothing_is_near);
	tcase_add_test(tests, says_the_word_in_a_hint);
	tcase_add_test(tests, ignores_words_too_long_to_be_a_slip);
	suite_add_tcase(suite, tests);
	return suite;
}
