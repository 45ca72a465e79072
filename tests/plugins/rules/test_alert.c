/* SPDX-License-Identifier: MIT */
/* Records of alerts: what is written is read again, and nothing else is taken for one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "alert.h"

Suite *test_suite(void);

static char rule[] = "cpu", sensor[] = "cpu.busy";
static char expression[] = "corbel.sensors.cpu.busy > 90 for 5s";
static const struct alert sample = {
	.rule = rule,
	.sensor = sensor,
	.expression = expression,
	.value = 97.1,
	.raised = INT64_C(1700000005000000000),
};

static struct alert *read_text(const char *text)
{
	struct corbel_bytes bytes = { text, strlen(text) };

	return alert_read(&bytes);
}

START_TEST(writes_a_record_that_others_can_read)
{
	char *record = alert_record(&sample);

	ck_assert_str_eq(record,
			 "{\"rule\":\"cpu\",\"sensor\":\"cpu.busy\","
			 "\"expression\":\"corbel.sensors.cpu.busy > 90 for 5s\",\"value\":97.1,"
			 "\"raised\":1700000005000000000,\"cleared\":0}");
	free(record);
}
END_TEST

static const struct {
	const char *text;
	double value;
} strange[] = {
	{ "", 0 },
	{ "\"quotes\" and \\ \\\\u0041", -1.5 },
	{ "line\nends\tand\x01others\x1f", 1e300 },
	{ "gr\xc3\xbc\xc3\x9f", 1.0 / 3 },
	{ "\",\"value\":5", 5e-324 },
};

START_TEST(reads_what_it_has_written)
{
	char text[64];
	struct alert alert = {
		.rule = text,
		.sensor = text,
		.expression = text,
		.value = strange[_i].value,
		.raised = INT64_MAX,
		.cleared = INT64_MIN,
	};

	strcpy(text, strange[_i].text);

	char *record = alert_record(&alert);
	struct alert *again = read_text(record);

	ck_assert_ptr_nonnull(again);
	ck_assert_int_eq(alert_compare(&alert, again), 0);
	ck_assert_str_eq(again->expression, alert.expression);
	ck_assert_double_eq(again->value, alert.value);
	ck_assert_int_eq(again->cleared, alert.cleared);
	ck_assert(again->is_stored);
	alert_free(again);
	free(record);
}
END_TEST

/* Cut anywhere, or with a byte changed, a record is refused or is still one. */
START_TEST(survives_damaged_records)
{
	char *record = alert_record(&sample);
	size_t length = strlen(record);

	for (size_t i = 0; i < length; i++) {
		struct corbel_bytes cut = { record, i };

		ck_assert_ptr_null(alert_read(&cut));
		for (const char *byte = "\"\\u,{}9x"; *byte; byte++) {
			char before = record[i];

			record[i] = *byte;
			alert_free(read_text(record));
			record[i] = before;
		}
	}
	free(record);
}
END_TEST

static const char *const foreign[] = {
	"",
	"{}",
	"hello",
	"{\"rule\":\"a\\q\",\"sensor\":\"b\",\"expression\":\"c\",\"value\":1,\"raised\":1,"
	"\"cleared\":0}",
	"{\"rule\":\"a\\u00\",\"sensor\":\"b\",\"expression\":\"c\",\"value\":1,\"raised\":1,"
	"\"cleared\":0}",
	"{\"rule\":\"a\",\"sensor\":\"b\",\"expression\":\"c\",\"value\":nan,\"raised\":1,"
	"\"cleared\":0}",
	"{\"rule\":\"a\",\"sensor\":\"b\",\"expression\":\"c\",\"value\":1,\"raised\":,"
	"\"cleared\":0}",
	"{\"rule\":\"a\",\"sensor\":\"b\",\"expression\":\"c\",\"value\":1,\"raised\":1,"
	"\"cleared\":0} ",
};

START_TEST(refuses_what_is_no_record)
{
	ck_assert_ptr_null(read_text(foreign[_i]));
}
END_TEST

START_TEST(makes_keys_that_sort_in_time)
{
	struct alert later = sample;
	char *first = alert_key(&sample, "rules.alert."), *second;
	char *before = alert_key_before(sample.raised, "rules.alert.");

	later.raised = INT64_C(9000000000000000000);
	second = alert_key(&later, "rules.alert.");
	ck_assert_str_eq(first, "rules.alert.01700000005000000000.cpu.cpu.busy");
	ck_assert_int_lt(strcmp(before, first), 0);
	ck_assert_int_lt(strcmp(first, second), 0);
	free(first);
	free(second);
	free(before);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("alert");
	TCase *cases = tcase_create("records");

	tcase_add_test(cases, writes_a_record_that_others_can_read);
	tcase_add_loop_test(cases, reads_what_it_has_written, 0,
			    sizeof(strange) / sizeof(*strange));
	tcase_add_test(cases, survives_damaged_records);
	tcase_add_loop_test(cases, refuses_what_is_no_record, 0,
			    sizeof(foreign) / sizeof(*foreign));
	tcase_add_test(cases, makes_keys_that_sort_in_time);
	suite_add_tcase(suite, cases);
	return suite;
}
