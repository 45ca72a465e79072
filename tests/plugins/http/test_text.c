/* SPDX-License-Identifier: MIT */
/* Texts that grow, and words quoted for two readers. */
#include <check.h>

#include "text.h"

static struct text text;

static void setup(void)
{
	text = (struct text){ 0 };
}

static void teardown(void)
{
	text_fini(&text);
}

#define assert_quoted(words, expected) \
	do { \
		text.length = 0; \
		text_quote(&text, words); \
		ck_assert_str_eq(text.bytes, "\"" expected "\""); \
	} while (0)
#define REPLACED "\xef\xbf\xbd"

START_TEST(quotes_what_both_readers_must_not_take_for_their_own)
{
	assert_quoted("", "");
	assert_quoted(NULL, "");
	assert_quoted("cpu.0.busy", "cpu.0.busy");
	assert_quoted("a \"b\" \\ c\nd", "a \\\"b\\\" \\\\ c\\nd");
}
END_TEST

START_TEST(keeps_all_of_unicode)
{
	assert_quoted("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x8c\xa1",
		      "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x8c\xa1");
	assert_quoted("\xc2\x80 \xe0\xa0\x80 \xed\x9f\xbf \xf4\x8f\xbf\xbf",
		      "\xc2\x80 \xe0\xa0\x80 \xed\x9f\xbf \xf4\x8f\xbf\xbf");
}
END_TEST

START_TEST(replaces_control_characters)
{
	assert_quoted("a\tb\x01\x7f", "a" REPLACED "b" REPLACED REPLACED);
}
END_TEST

START_TEST(replaces_each_byte_that_is_no_character)
{
	assert_quoted("\xff", REPLACED);
	assert_quoted("\x80x", REPLACED "x");
	assert_quoted("\xc0\xaf", REPLACED REPLACED);
	assert_quoted("\xed\xa0\x80", REPLACED REPLACED REPLACED);
	assert_quoted("\xf4\x90\x80\x80", REPLACED REPLACED REPLACED REPLACED);
	assert_quoted("\xf0\x8f\xbf\xbf", REPLACED REPLACED REPLACED REPLACED);
}
END_TEST

START_TEST(does_not_read_beyond_a_character_that_is_cut)
{
	assert_quoted("\xc3", REPLACED);
	assert_quoted("\xe2\x82", REPLACED REPLACED);
	assert_quoted("\xf0\x9f\x8c", REPLACED REPLACED REPLACED);
}
END_TEST

START_TEST(grows_with_what_is_added)
{
	for (int i = 0; i < 1000; i++) {
		text_printf(&text, "%04d,", i);
		text_add(&text, "....;");
	}
	ck_assert_uint_eq(text.length, 10000);
	ck_assert(!text.failed);
	ck_assert_mem_eq(text.bytes, "0000,....;0001,....;", 20);
	ck_assert_str_eq(text.bytes + 9990, "0999,....;");
}
END_TEST

START_TEST(writes_times_to_the_millisecond)
{
	text_seconds(&text, INT64_C(1795610656835999999));
	ck_assert_str_eq(text.bytes, "1795610656.835");
	text.length = 0;
	text_seconds(&text, 7000001);
	ck_assert_str_eq(text.bytes, "0.007");
}
END_TEST

Suite *test_suite(void);
Suite *test_suite(void)
{
	Suite *suite = suite_create("http text");
	TCase *cases = tcase_create("text");

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, quotes_what_both_readers_must_not_take_for_their_own);
	tcase_add_test(cases, keeps_all_of_unicode);
	tcase_add_test(cases, replaces_control_characters);
	tcase_add_test(cases, replaces_each_byte_that_is_no_character);
	tcase_add_test(cases, does_not_read_beyond_a_character_that_is_cut);
	tcase_add_test(cases, grows_with_what_is_added);
	tcase_add_test(cases, writes_times_to_the_millisecond);
	suite_add_tcase(suite, cases);
	return suite;
}
