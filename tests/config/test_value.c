/* SPDX-License-Identifier: MIT */
/* What the text of an entry means, and what it is refused for. */
#include <check.h>
#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "value.h"

static struct config_value parse(enum value_type type, const char *text)
{
	struct config_value value;
	struct corbel_error error;

	ck_assert_msg(value_parse(type, text, &value, &error) == 0, "%s: %s", text, error.text);
	return value;
}

static void refuses(enum value_type type, const char *text, const char *words)
{
	struct config_value value;
	struct corbel_error error;

	ck_assert_msg(value_parse(type, text, &value, &error) == -EINVAL, "took %s", text);
	ck_assert_msg(strstr(error.text, words) != NULL, "%s: %s", text, error.text);
}

START_TEST(reads_bools)
{
	ck_assert(parse(VALUE_BOOL, "yes").boolean && parse(VALUE_BOOL, "on").boolean);
	ck_assert(!parse(VALUE_BOOL, "no").boolean && !parse(VALUE_BOOL, "0").boolean);
	refuses(VALUE_BOOL, "maybe", "expected yes or no, found \"maybe\"");
	refuses(VALUE_BOOL, "", "found \"\"");
}
END_TEST

START_TEST(reads_ints)
{
	ck_assert_int_eq(parse(VALUE_INT, "-12").integer, -12);
	ck_assert_int_eq(parse(VALUE_INT, "0x1F").integer, 31);
	ck_assert_int_eq(parse(VALUE_INT, "010").integer, 10);
	ck_assert_int_eq(parse(VALUE_INT, "9223372036854775807").integer, INT64_MAX);
	refuses(VALUE_INT, "9223372036854775808", "64 bits");
	refuses(VALUE_INT, "12a", "whole number");
	refuses(VALUE_INT, " 1", "whole number");
	refuses(VALUE_INT, "-", "whole number");
	refuses(VALUE_INT, "0x", "whole number");
	refuses(VALUE_INT, "", "whole number");
}
END_TEST

START_TEST(reads_floats_alike_in_every_locale)
{
	setlocale(LC_ALL, "de_DE.UTF-8");
	ck_assert_double_eq(parse(VALUE_FLOAT, "0.25").real, 0.25);
	ck_assert_double_eq(parse(VALUE_FLOAT, "-1e3").real, -1000);
	refuses(VALUE_FLOAT, "0,25", "0.25");
	refuses(VALUE_FLOAT, "inf", "number");
	refuses(VALUE_FLOAT, "nan", "number");
	refuses(VALUE_FLOAT, "1e999", "number");
	refuses(VALUE_FLOAT, "1.2.3", "number");
	refuses(VALUE_FLOAT, "", "number");
}
END_TEST

START_TEST(reads_durations_as_nanoseconds)
{
	ck_assert_int_eq(parse(VALUE_DURATION, "100ms").duration, 100000000);
	ck_assert_int_eq(parse(VALUE_DURATION, "1s").duration, 1000000000);
	ck_assert_int_eq(parse(VALUE_DURATION, "5m").duration, 300000000000);
	ck_assert_int_eq(parse(VALUE_DURATION, "2h").duration, 7200000000000);
	ck_assert_int_eq(parse(VALUE_DURATION, "1d").duration, 86400000000000);
	ck_assert_int_eq(parse(VALUE_DURATION, "1.5s").duration, 1500000000);
	ck_assert_int_eq(parse(VALUE_DURATION, "7ns").duration, 7);
	ck_assert_int_eq(parse(VALUE_DURATION, "3us").duration, 3000);
	ck_assert_int_eq(parse(VALUE_DURATION, "0").duration, 0);
}
END_TEST

START_TEST(refuses_a_duration_without_a_unit)
{
	refuses(VALUE_DURATION, "5", "needs a unit: write 5s for seconds");
	refuses(VALUE_DURATION, "5 s", "units");
	refuses(VALUE_DURATION, "-5s", "duration as in");
	refuses(VALUE_DURATION, "5.s", "duration as in");
	refuses(VALUE_DURATION, "5weeks", "units ns, us, ms");
	refuses(VALUE_DURATION, "", "duration as in");
	refuses(VALUE_DURATION, "106752d", "292 years");
	refuses(VALUE_DURATION, "99999999999999999999999999999999999999999999s", "292 years");
}
END_TEST

START_TEST(reads_sizes_as_bytes)
{
	ck_assert_uint_eq(parse(VALUE_SIZE, "512").size, 512);
	ck_assert_uint_eq(parse(VALUE_SIZE, "64K").size, 65536);
	ck_assert_uint_eq(parse(VALUE_SIZE, "1M").size, 1048576);
	ck_assert_uint_eq(parse(VALUE_SIZE, "1.5G").size, UINT64_C(1610612736));
	ck_assert_uint_eq(parse(VALUE_SIZE, "18446744073709551615").size, UINT64_MAX);
	refuses(VALUE_SIZE, "18446744073709551616", "64 bits");
	refuses(VALUE_SIZE, "99999999T", "64 bits");
	refuses(VALUE_SIZE, "1.5", "whole number of bytes");
	refuses(VALUE_SIZE, "64kB", "units K, M, G, T");
	refuses(VALUE_SIZE, "-1", "size as in");
}
END_TEST

START_TEST(reads_lists_of_words)
{
	struct config_value list = parse(VALUE_LIST, " a,  b c ,d");

	ck_assert_uint_eq(list.list.count, 3);
	ck_assert_str_eq(list.list.items[1], "b c");
	value_fini(&list);
	list = parse(VALUE_LIST, "");
	ck_assert_uint_eq(list.list.count, 0);
	value_fini(&list);
	refuses(VALUE_LIST, "a,,b", "none of them empty");
	refuses(VALUE_LIST, "a,", "none of them empty");
}
END_TEST

START_TEST(reads_texts_and_refuses_an_empty_path)
{
	struct config_value text = parse(VALUE_STRING, "");

	ck_assert_str_eq(text.string, "");
	value_fini(&text);
	refuses(VALUE_PATH, "", "a path");
}
END_TEST

START_TEST(shows_only_the_beginning_of_a_long_wrong_value)
{
	struct config_value value;
	struct corbel_error error;
	char *text = malloc(1 << 20);

	memset(text, 'x', (1 << 20) - 1);
	text[(1 << 20) - 1] = '\0';
	ck_assert_int_eq(value_parse(VALUE_INT, text, &value, &error), -EINVAL);
	ck_assert_uint_lt(strlen(error.text), 120);
	ck_assert_ptr_nonnull(strstr(error.text, "...\""));
	free(text);
}
END_TEST

static const struct {
	enum value_type type;
	const char *text;
	const char *written;
} formats[] = {
	{ VALUE_BOOL, "on", "yes" },
	{ VALUE_INT, "0x10", "16" },
	{ VALUE_FLOAT, "0.1", "0.1" },
	{ VALUE_FLOAT, "0.30000000000000004", "0.30000000000000004" },
	{ VALUE_DURATION, "90s", "90s" },
	{ VALUE_DURATION, "60m", "1h" },
	{ VALUE_DURATION, "0", "0s" },
	{ VALUE_DURATION, "1500us", "1500us" },
	{ VALUE_SIZE, "1024", "1K" },
	{ VALUE_SIZE, "0", "0" },
	{ VALUE_SIZE, "1025", "1025" },
	{ VALUE_STRING, "a b", "a b" },
	{ VALUE_LIST, "a,b", "a, b" },
	{ VALUE_PATH, "/x", "/x" },
};

START_TEST(writes_values_as_it_reads_them)
{
	struct config_value value = parse(formats[_i].type, formats[_i].text), again;
	char *text = value_format(&value);

	ck_assert_str_eq(text, formats[_i].written);
	again = parse(formats[_i].type, text);
	ck_assert(value_equals(&value, &again));
	value_fini(&again);
	ck_assert_int_eq(value_copy(&value, &again), 0);
	ck_assert(value_equals(&value, &again));
	value_fini(&again);
	value_fini(&value);
	free(text);
}
END_TEST

START_TEST(knows_its_types_by_name)
{
	enum value_type type;

	for (int i = VALUE_BOOL; i <= VALUE_LIST; i++) {
		ck_assert_int_eq(value_type_parse(value_type_name((enum value_type)i), &type), 0);
		ck_assert_int_eq((int)type, i);
	}
	ck_assert_int_eq(value_type_parse("colour", &type), -EINVAL);
}
END_TEST

START_TEST(quotes_only_what_needs_it)
{
	static const char *const pairs[][2] = {
		{ "plain", "plain" },
		{ "", "" },
		{ " x", "\" x\"" },
		{ "a # b", "\"a # b\"" },
		{ "a\"b", "\"a\\\"b\"" },
		{ "a\\", "\"a\\\\\"" },
		{ "a\nb\tc", "\"a\\nb\\tc\"" },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		char *quoted = value_quote(pairs[i][0]);
		ck_assert_str_eq(quoted, pairs[i][1]);
		free(quoted);
	}
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void)
{
	Suite *suite = suite_create("value");
	TCase *tests = tcase_create("value");

	tcase_add_test(tests, reads_bools);
	tcase_add_test(tests, reads_ints);
	tcase_add_test(tests, reads_floats_alike_in_every_locale);
	tcase_add_test(tests, reads_durations_as_nanoseconds);
	tcase_add_test(tests, refuses_a_duration_without_a_unit);
	tcase_add_test(tests, reads_sizes_as_bytes);
	tcase_add_test(tests, reads_lists_of_words);
	tcase_add_test(tests, reads_texts_and_refuses_an_empty_path);
	tcase_add_test(tests, shows_only_the_beginning_of_a_long_wrong_value);
	tcase_add_loop_test(tests, writes_values_as_it_reads_them, 0,
			    (int)(sizeof(formats) / sizeof(formats[0])));
	tcase_add_test(tests, knows_its_types_by_name);
	tcase_add_test(tests, quotes_only_what_needs_it);
	suite_add_tcase(suite, tests);
	return suite;
}
