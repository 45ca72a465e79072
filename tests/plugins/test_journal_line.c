/* SPDX-License-Identifier: MIT */
/* How the journal writes an event as a line. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <check.h>

#include "line.h"

Suite *test_suite(void);

static struct line line;
static struct line_event event;

static void setup(void)
{
	setenv("TZ", "UTC-1", 1);
	tzset();
	event = (struct line_event){ INT64_C(1795599055123999999), "corbel.sensors.sample",
				     "sensors", "{\"name\":\"cpu.busy\",\"value\":3.5}" };
}

static void teardown(void)
{
	line_fini(&line);
}

START_TEST(text_has_time_topic_publisher_and_fields)
{
	line_write(&line, LINE_TEXT, &event);
	ck_assert_str_eq(line.text, "2026-11-25T09:30:55.123Z corbel.sensors.sample sensors "
				    "{\"name\":\"cpu.busy\",\"value\":3.5}\n");
	ck_assert_uint_eq(line.length, strlen(line.text));
}
END_TEST

START_TEST(json_is_one_object)
{
	line_write(&line, LINE_JSON, &event);
	ck_assert_str_eq(line.text, "{\"time\":\"2026-11-25T09:30:55.123Z\",\"topic\":"
				    "\"corbel.sensors.sample\","
				    "\"publisher\":\"sensors\",\"fields\":{\"name\":\"cpu."
				    "busy\",\"value\":3.5}}\n");
}
END_TEST

START_TEST(short_has_the_local_time_and_pairs)
{
	line_write(&line, LINE_SHORT, &event);
	ck_assert_str_eq(line.text, "10:30:55.123 corbel.sensors.sample name=cpu.busy value=3.5\n");
}
END_TEST

START_TEST(a_time_before_the_epoch_is_right_too)
{
	event.at = -1;
	line_write(&line, LINE_TEXT, &event);
	ck_assert_int_eq(strncmp(line.text, "1969-12-31T23:59:59.999Z ", 25), 0);
}
END_TEST

static const struct {
	const char *fields;
	const char *pairs;
} pairs[] = {
	{ "{}", "t" },
	{ "{\"a\":\"two words\"}", "t a=\"two words\"" },
	{ "{\"a\":\"\",\"b\":null}", "t a=\"\" b=null" },
	{ "{\"a\":\"q\\\"},{\",\"b\":true}", "t a=\"q\\\"},{\" b=true" },
	{ "{\"a\":{\"x\":[1,{\"y\":\"}\"}]},\"b\":[],\"c\":-1e9}",
	  "t a={\"x\":[1,{\"y\":\"}\"}]} b=[] c=-1e9" },
	{ "null", "t null" },
	{ "{\"cut", "t" },
	{ "{\"cut\":\"", "t cut=\"" },
	{ "{\"cut\":{[", "t cut={[" },
	{ "{\"a\\", "t" },
};

START_TEST(pairs_come_from_any_object_even_a_cut_one)
{
	event.topic = "t";
	event.fields = pairs[_i].fields;
	line_write_message(&line, LINE_SHORT, &event);
	ck_assert_str_eq(line.text, pairs[_i].pairs);
}
END_TEST

START_TEST(a_message_leaves_out_what_the_sink_keeps_beside_it)
{
	line_write_message(&line, LINE_TEXT, &event);
	ck_assert_str_eq(line.text, "corbel.sensors.sample {\"name\":\"cpu.busy\",\"value\":3.5}");
}
END_TEST

START_TEST(memory_is_used_again_for_the_next_line)
{
	static char large[100001];

	memset(large, 'x', sizeof(large) - 1);
	event.fields = large;
	line_write(&line, LINE_TEXT, &event);
	ck_assert_uint_gt(line.length, 100000);
	ck_assert(!line.is_cut);

	const char *before = line.text;

	event.fields = "{}";
	line_write(&line, LINE_TEXT, &event);
	ck_assert_ptr_eq(line.text, before);
	ck_assert_str_eq(line.text, "2026-11-25T09:30:55.123Z corbel.sensors.sample sensors {}\n");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("journal line");
	TCase *cases = tcase_create("line");

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, text_has_time_topic_publisher_and_fields);
	tcase_add_test(cases, json_is_one_object);
	tcase_add_test(cases, short_has_the_local_time_and_pairs);
	tcase_add_test(cases, a_time_before_the_epoch_is_right_too);
	tcase_add_loop_test(cases, pairs_come_from_any_object_even_a_cut_one, 0,
			    (int)(sizeof(pairs) / sizeof(pairs[0])));
	tcase_add_test(cases, a_message_leaves_out_what_the_sink_keeps_beside_it);
	tcase_add_test(cases, memory_is_used_again_for_the_next_line);
	suite_add_tcase(suite, cases);
	return suite;
}
