/* SPDX-License-Identifier: MIT */
/* The history of alerts, with a store that goes, comes back, fails, and remembers earlier runs. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "stage.h"

Suite *test_suite(void);

extern const struct corbel_plugin corbel_plugin;

#define RULE "corbel.sensors.x.* > 90"

static struct stage stage;
static void *self;

static void setup(void)
{
	stage_init(&stage);
	stage_set(&stage, "hot", RULE, 0);
}

static void end(void)
{
	corbel_plugin.stop(self, CORBEL_STOP_REQUESTED);
	self = NULL;
}

static void teardown(void)
{
	if (self)
		end();
	stage_fini(&stage);
}

static void begin(bool is_store_there)
{
	stage_set_store(&stage, is_store_there);
	ck_assert_msg(corbel_plugin.start(&stage.context, &self) == 0, "%s", stage.words);
	stage_pass(&stage, 10);
}

/* Raises an alert on x.FIRST to x.LAST, or clears it, one a second. */
static void sample_each(int first, int last, double value)
{
	char name[16];

	for (int i = first; i <= last; i++) {
		snprintf(name, sizeof(name), "x.%d", i);
		stage_sample(&stage, name, value);
		stage_pass(&stage, 1000);
	}
}

/* The record with that number is of that sensor and holds these words. */
static void assert_record(size_t index, const char *sensor, const char *words)
{
	char name[64];

	ck_assert_uint_lt(index, stage.store.count);
	snprintf(name, sizeof(name), "\"sensor\":\"%s\"", sensor);
	ck_assert_msg(strstr(stage.store.records[index].value, name) &&
			      strstr(stage.store.records[index].value, words),
		      "%s", stage.store.records[index].value);
}

/* A record of an earlier run, raised at that second. */
static void leave(int second, const char *sensor, const char *rule, const char *expression)
{
	char key[128], record[256];

	snprintf(key, sizeof(key), "rules.alert.%011lld000000000.%s.%s",
		 (long long)STAGE_EPOCH - 1000 + second, rule, sensor);
	snprintf(record, sizeof(record),
		 "{\"rule\":\"%s\",\"sensor\":\"%s\",\"expression\":\"%s\",\"value\":99,"
		 "\"raised\":%lld000000000,\"cleared\":0}",
		 rule, sensor, expression, (long long)STAGE_EPOCH - 1000 + second);
	stage_store_write(&stage.store, key, record);
}

/* What history() says, as "x.1 raised, x.2 over". */
static void assert_history(int64_t from, uint32_t limit, bool expected_complete,
			   const char *expected)
{
	struct corbel_rules_alert *alerts;
	size_t count;
	bool complete;
	char text[4096] = "";

	ck_assert_int_eq(
		stage.methods->history(stage.self, from, limit, &alerts, &count, &complete), 0);
	for (size_t i = 0; i < count; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s %s", i ? ", " : "",
			 alerts[i].sensor, alerts[i].cleared ? "over" : "raised");
	ck_assert_str_eq(text, expected);
	ck_assert_int_eq(complete, expected_complete);
	corbel_rules_alerts_free(&stage.context, alerts, count);
}

START_TEST(writes_an_alert_when_it_begins_and_again_when_it_ends)
{
	begin(true);
	sample_each(1, 1, 95);
	ck_assert_uint_eq(stage.store.count, 1);
	ck_assert_str_eq(stage.store.records[0].key, "rules.alert.01700000000010000000.hot.x.1");
	assert_record(0, "x.1", "\"value\":95,\"raised\":1700000000010000000,\"cleared\":0}");
	sample_each(1, 1, 50);
	ck_assert_uint_eq(stage.store.count, 1);
	assert_record(
		0, "x.1",
		"\"value\":95,\"raised\":1700000000010000000,\"cleared\":1700000001010000000}");
	ck_assert_uint_eq(stage.store.puts, 2);
	assert_history(0, 0, true, "x.1 over");
	ck_assert_uint_eq(stage_said(&stage, "history"), 0);
}
END_TEST

START_TEST(pauses_without_the_store_and_catches_up_when_it_is_back)
{
	begin(true);
	sample_each(1, 1, 95);
	stage_set_store(&stage, false);
	stage_pass(&stage, 10);
	stage_assert_said(&stage, "history is paused (corbel.store is not there); 0 alerts wait, "
				  "the oldest are dropped beyond 256");
	sample_each(2, 4, 95);
	sample_each(1, 3, 50);
	ck_assert_uint_eq(stage_said(&stage, "history is paused"), 1);
	ck_assert_uint_eq(stage.store.count, 1);
	assert_history(0, 0, false, "x.1 over, x.2 over, x.3 over, x.4 raised");
	stage_set_store(&stage, true);
	stage_pass(&stage, 10);
	stage_assert_said(&stage, "history continues, 4 alerts written, 0 were dropped");
	ck_assert_uint_eq(stage.store.count, 4);
	for (size_t i = 0; i < 3; i++)
		ck_assert_ptr_null(strstr(stage.store.records[i].value, "\"cleared\":0"));
	assert_record(3, "x.4", "\"cleared\":0");
	ck_assert_ptr_nonnull(strstr(stage.events, "paused 0"));
	ck_assert_ptr_nonnull(strstr(stage.events, "continues 0"));
	assert_history(0, 0, true, "x.1 over, x.2 over, x.3 over, x.4 raised");
}
END_TEST

START_TEST(drops_the_oldest_when_memory_is_full_and_says_how_many)
{
	stage_set(&stage, "pending", "5", 5);
	begin(true);
	stage_set_store(&stage, false);
	sample_each(1, 8, 95);
	assert_history(0, 0, false, "x.4 raised, x.5 raised, x.6 raised, x.7 raised, x.8 raised");
	stage_set_store(&stage, true);
	stage_pass(&stage, 10);
	stage_assert_said(&stage, "history continues, 5 alerts written, 3 were dropped");
	ck_assert_uint_eq(stage.store.count, 5);
}
END_TEST

START_TEST(writes_a_long_backlog_in_its_order)
{
	begin(true);
	stage_set_store(&stage, false);
	sample_each(1, 200, 95);
	stage_set_store(&stage, true);
	stage_pass(&stage, 10);
	ck_assert_uint_eq(stage.store.count, 200);
	assert_record(0, "x.1", "");
	assert_record(199, "x.200", "");
}
END_TEST

START_TEST(tries_again_when_the_store_fails)
{
	begin(true);
	stage.store.result = -ENOSPC;
	sample_each(1, 3, 95);
	stage_assert_said(&stage, "history is paused (corbel.store fails: No space left on "
				  "device); 1 alerts wait");
	stage.store.result = 0;
	stage_pass(&stage, 6000);
	stage_assert_said(&stage, "history continues, 3 alerts written, 0 were dropped");
	ck_assert_uint_eq(stage.store.count, 3);
}
END_TEST

START_TEST(passes_over_an_alert_that_the_store_refuses_for_good)
{
	begin(true);
	stage.store.result = -ENAMETOOLONG;
	stage.store.failures = 1;
	sample_each(1, 2, 95);
	stage_assert_said(&stage,
			  "alert hot on x.1 is not in the history: corbel.store refuses it");
	ck_assert_uint_eq(stage.store.count, 1);
	assert_record(0, "x.2", "");
}
END_TEST

START_TEST(waits_a_little_for_a_store_that_starts_beside_it)
{
	begin(false);
	sample_each(1, 1, 95);
	ck_assert_str_eq(stage.events, "");
	stage_set_store(&stage, true);
	stage_pass(&stage, 10);
	sample_each(1, 1, 95);
	ck_assert_str_eq(stage.events, "raised hot x.1 95");
	ck_assert_uint_eq(stage_said(&stage, "history"), 0);
}
END_TEST

START_TEST(goes_on_without_any_store_and_says_so_once)
{
	begin(false);
	stage_pass(&stage, 2000);
	ck_assert_uint_eq(stage_said(&stage, "history is paused (corbel.store is not there)"), 1);
	sample_each(1, 3, 95);
	sample_each(1, 3, 50);
	ck_assert_ptr_nonnull(strstr(stage.events, "cleared hot x.3 50"));
	ck_assert_uint_eq(stage_said(&stage, "history is paused"), 1);
	stage_forget(&stage);
	end();
	stage_assert_said(&stage, "stops with 3 alerts that corbel.store did not take");
}
END_TEST

START_TEST(goes_on_with_an_alert_of_an_earlier_run)
{
	leave(1, "x.1", "hot", RULE);
	leave(2, "x.2", "hot", RULE);
	begin(true);
	sample_each(1, 1, 95);
	sample_each(2, 2, 50);
	ck_assert_str_eq(stage.events, "raised hot x.1 99, raised hot x.2 99, cleared hot x.2 50");
	stage_assert_said(&stage, "alert hot on x.1 goes on");
	ck_assert_uint_eq(stage.store.count, 2);
	assert_record(0, "x.1", "\"cleared\":0}");
	assert_record(1, "x.2", "\"value\":99,\"raised\":1699999002000000000,\"cleared\":1700");
}
END_TEST

START_TEST(ends_an_alert_of_an_earlier_run_whose_rule_is_gone_or_another)
{
	leave(1, "x.1", "hot", "corbel.sensors.x.* > 80");
	leave(2, "x.2", "cold", "corbel.sensors.x.* < 5");
	begin(true);
	ck_assert_ptr_nonnull(strstr(stage.events, "cleared hot x.1 99, cleared cold x.2 99"));
	for (size_t i = 0; i < 2; i++)
		ck_assert_ptr_null(strstr(stage.store.records[i].value, "\"cleared\":0"));
}
END_TEST

START_TEST(does_not_double_an_alert_when_the_store_comes_late)
{
	leave(1, "x.1", "hot", RULE);
	begin(false);
	stage_pass(&stage, 3000);
	sample_each(1, 1, 95);
	stage_set_store(&stage, true);
	stage_pass(&stage, 10);
	ck_assert_uint_eq(stage.store.count, 2);
	assert_record(0, "x.1", "\"cleared\":1700000003010000000}");
	assert_record(1, "x.1", "\"raised\":1700000003010000000,\"cleared\":0}");
	ck_assert_ptr_null(strstr(stage.events, "cleared"));
}
END_TEST

START_TEST(resumes_once_however_often_the_store_comes_back)
{
	begin(true);
	sample_each(1, 1, 95);
	for (int i = 0; i < 3; i++) {
		stage_set_store(&stage, false);
		stage_pass(&stage, 10);
		stage_set_store(&stage, true);
		stage_pass(&stage, 10);
	}
	ck_assert_uint_eq(stage.store.count, 1);
	assert_record(0, "x.1", "\"cleared\":0}");
}
END_TEST

START_TEST(keeps_no_more_than_its_limit_in_the_store)
{
	stage_set(&stage, "history", "10", 10);
	for (int i = 0; i < 300; i++)
		leave(i, "y", "gone", RULE);
	begin(true);
	stage_pass(&stage, 100);
	ck_assert_uint_eq(stage.store.count, 10);
	sample_each(1, 12, 95);
	sample_each(12, 12, 50);
	ck_assert_uint_eq(stage.store.count, 10);
	assert_record(0, "x.3", "\"cleared\":0}");
	assert_record(9, "x.12", "\"cleared\":17");
	stage_set(&stage, "history", "2", 2);
	ck_assert_int_eq(corbel_plugin.configure(self), 0);
	stage_pass(&stage, 10);
	ck_assert_uint_eq(stage.store.count, 2);
}
END_TEST

START_TEST(gives_a_part_of_the_history)
{
	begin(true);
	sample_each(1, 6, 95);
	assert_history(0, 3, true, "x.1 raised, x.2 raised, x.3 raised");
	assert_history(STAGE_EPOCH * CORBEL_SECOND + 4 * CORBEL_SECOND, 0, true,
		       "x.5 raised, x.6 raised");
	assert_history(INT64_MAX, 0, true, "");
	assert_history(INT64_MIN, 1, true, "x.1 raised");
}
END_TEST

START_TEST(passes_over_records_that_are_not_its_own)
{
	stage_store_write(&stage.store, "rules.alert.00000000000000000001.hello", "world");
	stage_store_write(&stage.store, "other.key", "value");
	begin(true);
	sample_each(1, 1, 95);
	stage_assert_said(&stage, "1 records below the key rules.alert. are none of rules");
	assert_history(0, 0, true, "x.1 raised");
	ck_assert_uint_eq(stage.store.count, 3);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("history");
	TCase *cases = tcase_create("store");

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, writes_an_alert_when_it_begins_and_again_when_it_ends);
	tcase_add_test(cases, pauses_without_the_store_and_catches_up_when_it_is_back);
	tcase_add_test(cases, drops_the_oldest_when_memory_is_full_and_says_how_many);
	tcase_add_test(cases, writes_a_long_backlog_in_its_order);
	tcase_add_test(cases, tries_again_when_the_store_fails);
	tcase_add_test(cases, passes_over_an_alert_that_the_store_refuses_for_good);
	tcase_add_test(cases, waits_a_little_for_a_store_that_starts_beside_it);
	tcase_add_test(cases, goes_on_without_any_store_and_says_so_once);
	tcase_add_test(cases, goes_on_with_an_alert_of_an_earlier_run);
	tcase_add_test(cases, ends_an_alert_of_an_earlier_run_whose_rule_is_gone_or_another);
	tcase_add_test(cases, does_not_double_an_alert_when_the_store_comes_late);
	tcase_add_test(cases, resumes_once_however_often_the_store_comes_back);
	tcase_add_test(cases, keeps_no_more_than_its_limit_in_the_store);
	tcase_add_test(cases, gives_a_part_of_the_history);
	tcase_add_test(cases, passes_over_records_that_are_not_its_own);
	suite_add_tcase(suite, cases);
	return suite;
}
