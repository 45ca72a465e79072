/* SPDX-License-Identifier: MIT */
/* The grammar of rules: what is taken, and what is said of everything else. */
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "rule.h"

Suite *test_suite(void);

#define SECOND INT64_C(1000000000)

static const struct {
	const char *text;
	const char *sensor;
	enum comparison comparison;
	double limit;
	int64_t hold;
	enum comparison clear;
	double clear_limit;
} right[] = {
	{ "corbel.sensors.cpu.busy > 90", "cpu.busy", COMPARISON_ABOVE, 90, 0, COMPARISON_AT_MOST,
	  90 },
	{ "corbel.sensors.cpu.busy>=90% for 5s", "cpu.busy", COMPARISON_AT_LEAST, 90, 5 * SECOND,
	  COMPARISON_BELOW, 90 },
	{ "  corbel.sensors.a\t<\t-0.5  ", "a", COMPARISON_BELOW, -0.5, 0, COMPARISON_AT_LEAST,
	  -0.5 },
	{ "corbel.sensors.a <= 1e3", "a", COMPARISON_AT_MOST, 1000, 0, COMPARISON_ABOVE, 1000 },
	{ "corbel.sensors.a == 2K", "a", COMPARISON_EQUAL, 2048, 0, COMPARISON_UNEQUAL, 2048 },
	{ "corbel.sensors.a != 1.5M for 500ms", "a", COMPARISON_UNEQUAL, 1572864, SECOND / 2,
	  COMPARISON_EQUAL, 1572864 },
	{ "corbel.sensors.temperature.* > 90 for 2m until < 80", "temperature.*", COMPARISON_ABOVE,
	  90, 120 * SECOND, COMPARISON_BELOW, 80 },
	{ "corbel.sensors.* < 5 until >= 5 for 1h", "*", COMPARISON_BELOW, 5, 3600 * SECOND,
	  COMPARISON_AT_LEAST, 5 },
	{ "corbel.sensors.a > 1G for 366d", "a", COMPARISON_ABOVE, 1073741824, 366 * 86400 * SECOND,
	  COMPARISON_AT_MOST, 1073741824 },
	{ "corbel.sensors.a > 1T until <= 1T", "a", COMPARISON_ABOVE, 1099511627776, 0,
	  COMPARISON_AT_MOST, 1099511627776 },
	{ "corbel.sensors.for > 1 for 0s", "for", COMPARISON_ABOVE, 1, 0, COMPARISON_AT_MOST, 1 },
};

START_TEST(reads_a_rule)
{
	struct corbel_error error;
	struct rule rule;
	int result = rule_parse("r", right[_i].text, &rule, &error);

	ck_assert_msg(result == 0, "%s: %s", right[_i].text, error.text);
	ck_assert_str_eq(rule.name, "r");
	ck_assert_str_eq(rule.expression, right[_i].text);
	ck_assert_str_eq(rule.sensor, right[_i].sensor);
	ck_assert_int_eq(rule.raise.comparison, right[_i].comparison);
	ck_assert_double_eq(rule.raise.limit, right[_i].limit);
	ck_assert_int_eq(rule.hold, right[_i].hold);
	ck_assert_int_eq(rule.clear.comparison, right[_i].clear);
	ck_assert_double_eq(rule.clear.limit, right[_i].clear_limit);
	rule_fini(&rule);
}
END_TEST

#define SENSOR "a sensor such as corbel.sensors.cpu.busy"
#define NAME "the name of a sensor behind corbel.sensors., or a \"*\" as its last part"
#define OPERATOR "one of > >= < <= == !="
#define NUMBER "a number as in 90, 0.5, 90% or 2G"
#define DURATION "a duration up to 366d as in 500ms, 5s, 2m, 1h or 1d"
#define REST "for and a duration, until and a condition, or the end of the rule"
#define OTHER_SIDE "an end on the other side of the limit, as in > 90 until < 80 or < 5 until > 8"

static const struct {
	const char *text;
	const char *words;
} wrong[] = {
	{ "", "character 1: found the end, expected " SENSOR },
	{ "   ", "character 4: found the end, expected " SENSOR },
	{ "5", "character 1: found \"5\", expected " SENSOR },
	{ "cpu.busy > 5", "character 1: found \"cpu.busy\", expected " SENSOR },
	{ "corbel.sensor.cpu > 5", "character 1: found \"corbel.sensor.cpu\", expected " SENSOR },
	{ "> 5", "character 1: found \">\", expected " SENSOR },
	{ "corbel.sensors. > 5", "character 1: found \"corbel.sensors.\", expected " NAME },
	{ "corbel.sensors..a > 5", "character 1: found \"corbel.sensors..a\", expected " NAME },
	{ "corbel.sensors.a. > 5", "character 1: found \"corbel.sensors.a.\", expected " NAME },
	{ "corbel.sensors.a* > 5", "character 1: found \"corbel.sensors.a*\", expected " NAME },
	{ "corbel.sensors.*.a > 5", "character 1: found \"corbel.sensors.*.a\", expected " NAME },
	{ "corbel.sensors.** > 5", "character 1: found \"corbel.sensors.**\", expected " NAME },
	{ "corbel.sensors.a", "character 17: found the end, expected " OPERATOR },
	{ "corbel.sensors.a 5", "character 18: found \"5\", expected " OPERATOR },
	{ "corbel.sensors.a is 5", "character 18: found \"is\", expected " OPERATOR },
	{ "corbel.sensors.a = 5",
	  "character 18: found \"=\", expected " OPERATOR " (did you mean \"==\"?)" },
	{ "corbel.sensors.a => 5",
	  "character 18: found \"=>\", expected " OPERATOR " (did you mean \">=\"?)" },
	{ "corbel.sensors.a =< 5",
	  "character 18: found \"=<\", expected " OPERATOR " (did you mean \"<=\"?)" },
	{ "corbel.sensors.a <> 5",
	  "character 18: found \"<>\", expected " OPERATOR " (did you mean \"!=\"?)" },
	{ "corbel.sensors.a >> 5", "character 18: found \">>\", expected " OPERATOR },
	{ "corbel.sensors.a > > 5", "character 20: found \">\", expected " NUMBER },
	{ "corbel.sensors.a >", "character 19: found the end, expected " NUMBER },
	{ "corbel.sensors.a > high", "character 20: found \"high\", expected " NUMBER },
	{ "corbel.sensors.a > nan", "character 20: found \"nan\", expected " NUMBER },
	{ "corbel.sensors.a > inf", "character 20: found \"inf\", expected " NUMBER },
	{ "corbel.sensors.a > 0x10", "character 20: found \"0x10\", expected " NUMBER },
	{ "corbel.sensors.a > 1e999", "character 20: found \"1e999\", expected " NUMBER },
	{ "corbel.sensors.a > 1e308T", "character 20: found \"1e308T\", expected " NUMBER },
	{ "corbel.sensors.a > 5 %", "character 22: found \"%\", expected " REST },
	{ "corbel.sensors.a > 5k", "character 20: found \"5k\", expected " NUMBER },
	{ "corbel.sensors.a > 5%for 5s", "character 20: found \"5%for\", expected " NUMBER },
	{ "corbel.sensors.a > 5KK", "character 20: found \"5KK\", expected " NUMBER },
	{ "corbel.sensors.a > 5s", "character 20: found \"5s\", expected " NUMBER },
	{ "corbel.sensors.a > 1,5", "character 20: found \"1,5\", expected " NUMBER },
	{ "corbel.sensors.a > 5 fro 5s", "character 22: found \"fro\", expected " REST },
	{ "corbel.sensors.a > 5 forever", "character 22: found \"forever\", expected " REST },
	{ "corbel.sensors.a > 5 for", "character 25: found the end, expected " DURATION },
	{ "corbel.sensors.a > 5 for 5", "character 26: found \"5\", expected " DURATION },
	{ "corbel.sensors.a > 5 for 5 s", "character 26: found \"5\", expected " DURATION },
	{ "corbel.sensors.a > 5 for 5sec", "character 26: found \"5sec\", expected " DURATION },
	{ "corbel.sensors.a > 5 for -5s", "character 26: found \"-5s\", expected " DURATION },
	{ "corbel.sensors.a > 5 for 367d", "character 26: found \"367d\", expected " DURATION },
	{ "corbel.sensors.a > 5 for 5s for 6s",
	  "character 29: found \"for\", expected until and a condition, or the end of the rule" },
	{ "corbel.sensors.a > 5 until < 4 until < 3",
	  "character 32: found \"until\", expected for and a duration, or the end of the rule" },
	{ "corbel.sensors.a > 5 for 5s until < 4 x",
	  "character 39: found \"x\", expected the end of the rule" },
	{ "corbel.sensors.a > 5 until", "character 27: found the end, expected " OPERATOR },
	{ "corbel.sensors.a > 5 until 4", "character 28: found \"4\", expected " OPERATOR },
	{ "corbel.sensors.a > 5 until <", "character 29: found the end, expected " NUMBER },
	{ "corbel.sensors.a > 5 until < 6", "character 28: found \"<\", expected " OTHER_SIDE },
	{ "corbel.sensors.a > 5 until > 4", "character 28: found \">\", expected " OTHER_SIDE },
	{ "corbel.sensors.a >= 5 until <= 5", "character 29: found \"<=\", expected " OTHER_SIDE },
	{ "corbel.sensors.a < 5 until > 4", "character 28: found \">\", expected " OTHER_SIDE },
	{ "corbel.sensors.a == 5 until < 5", "character 29: found \"<\", expected " OTHER_SIDE },
	{ "corbel.sensors.a > 5 until == 4", "character 28: found \"==\", expected " OTHER_SIDE },
};

START_TEST(says_what_is_wrong_where_and_what_was_expected)
{
	struct corbel_error error;
	struct rule rule = { .hold = 7 };

	ck_assert_int_eq(rule_parse("r", wrong[_i].text, &rule, &error), -EINVAL);
	ck_assert_str_eq(error.text, wrong[_i].words);
	ck_assert_int_eq(rule.hold, 7);
}
END_TEST

/* Every beginning of a right rule, and every one with a character replaced. */
START_TEST(survives_mutilated_rules)
{
	static const char characters[] = " >=*.x\x01\xff%9-e";
	char text[128];
	struct corbel_error error;
	struct rule rule;

	for (size_t i = 0; i <= strlen(right[_i].text); i++) {
		memcpy(text, right[_i].text, i);
		text[i] = '\0';
		if (rule_parse("r", text, &rule, &error) == 0)
			rule_fini(&rule);
		for (size_t j = 0; j + 1 < sizeof(characters); j++) {
			strcpy(text, right[_i].text);
			if (i < strlen(text))
				text[i] = characters[j];
			if (rule_parse("r", text, &rule, &error) == 0)
				rule_fini(&rule);
		}
	}
}
END_TEST

START_TEST(cuts_a_long_word_in_its_words)
{
	char text[4096];
	struct corbel_error error;
	struct rule rule;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	ck_assert_int_eq(rule_parse("r", text, &rule, &error), -EINVAL);
	ck_assert_uint_lt(strlen(error.text), 200);
	memset(text, '9', sizeof(text) - 1);
	memcpy(text, "corbel.sensors.a > ", 19);
	ck_assert_int_eq(rule_parse("r", text, &rule, &error), -EINVAL);
	ck_assert_uint_lt(strlen(error.text), 200);
}
END_TEST

START_TEST(reads_a_point_where_the_locale_has_a_comma)
{
	struct corbel_error error;
	struct rule rule;

	if (!setlocale(LC_ALL, "de_DE.UTF-8"))
		return;
	ck_assert_int_eq(rule_parse("r", "corbel.sensors.a > 0.5", &rule, &error), 0);
	ck_assert_double_eq(rule.raise.limit, 0.5);
	rule_fini(&rule);
}
END_TEST

static const struct {
	const char *pattern;
	const char *sensor;
	bool is_covered;
} covered[] = {
	{ "cpu.busy", "cpu.busy", true },
	{ "cpu.busy", "cpu.busy.x", false },
	{ "cpu.busy", "cpu", false },
	{ "temperature.*", "temperature.a.b", true },
	{ "temperature.*", "temperature", false },
	{ "temperature.*", "temperatures.a", false },
	{ "*", "anything.at.all", true },
};

START_TEST(covers_the_sensors_below_a_star)
{
	char text[64];
	struct corbel_error error;
	struct rule rule;

	snprintf(text, sizeof(text), "corbel.sensors.%s > 1", covered[_i].pattern);
	ck_assert_int_eq(rule_parse("r", text, &rule, &error), 0);
	ck_assert_int_eq(rule_covers(&rule, covered[_i].sensor), covered[_i].is_covered);
	rule_fini(&rule);
}
END_TEST

START_TEST(compares_as_its_operator_says)
{
	static const bool expected[6][3] = {
		[COMPARISON_ABOVE] = { false, false, true },
		[COMPARISON_AT_LEAST] = { false, true, true },
		[COMPARISON_BELOW] = { true, false, false },
		[COMPARISON_AT_MOST] = { true, true, false },
		[COMPARISON_EQUAL] = { false, true, false },
		[COMPARISON_UNEQUAL] = { true, false, true },
	};
	struct condition condition = { (enum comparison)_i, 5 };

	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(condition_holds(&condition, 4 + i), expected[_i][i]);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("rule");
	TCase *cases = tcase_create("grammar");

	tcase_add_loop_test(cases, reads_a_rule, 0, sizeof(right) / sizeof(*right));
	tcase_add_loop_test(cases, says_what_is_wrong_where_and_what_was_expected, 0,
			    sizeof(wrong) / sizeof(*wrong));
	tcase_add_loop_test(cases, survives_mutilated_rules, 0, sizeof(right) / sizeof(*right));
	tcase_add_test(cases, cuts_a_long_word_in_its_words);
	tcase_add_test(cases, reads_a_point_where_the_locale_has_a_comma);
	tcase_add_loop_test(cases, covers_the_sensors_below_a_star, 0,
			    sizeof(covered) / sizeof(*covered));
	tcase_add_loop_test(cases, compares_as_its_operator_says, 0, 6);
	suite_add_tcase(suite, cases);
	return suite;
}
