/* SPDX-License-Identifier: MIT */
/* The plugin rules between its callbacks: samples in, alerts out, and rules that change. */
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "stage.h"

Suite *test_suite(void);

extern const struct corbel_plugin corbel_plugin;

static struct stage stage;
static void *self;

static void setup(void)
{
	stage_init(&stage);
	stage_set(&stage, "cpu", "corbel.sensors.cpu.busy > 90 for 2s", 0);
	stage_set_store(&stage, true);
}

static void teardown(void)
{
	if (self)
		corbel_plugin.stop(self, CORBEL_STOP_REQUESTED);
	self = NULL;
	ck_assert_uint_eq(stage_running_timers(&stage), 0);
	stage_fini(&stage);
}

static void begin(void)
{
	ck_assert_msg(corbel_plugin.start(&stage.context, &self) == 0, "%s", stage.words);
	stage_pass(&stage, 10);
}

/* What list() says, as "cpu on cpu.busy: 3 95". */
static void assert_list(const char *expected)
{
	struct corbel_rules_rule *rules;
	size_t count;
	char text[4096] = "";

	ck_assert_int_eq(stage.methods->list(stage.self, &rules, &count), 0);
	for (size_t i = 0; i < count; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s on %s: %d %g",
			 i ? ", " : "", rules[i].name, rules[i].sensor, rules[i].state,
			 rules[i].value);
	ck_assert_str_eq(text, expected);
	corbel_rules_rules_free(&stage.context, rules, count);
}

START_TEST(raises_and_clears_an_alert)
{
	begin();
	assert_list("cpu on cpu.busy: 0 0");
	stage_samples(&stage, "cpu.busy", 50, 2);
	assert_list("cpu on cpu.busy: 1 50");
	stage_samples(&stage, "cpu.busy", 95, 2);
	assert_list("cpu on cpu.busy: 2 95");
	ck_assert_str_eq(stage.events, "");
	stage_samples(&stage, "cpu.busy", 96, 2);
	assert_list("cpu on cpu.busy: 3 96");
	stage_samples(&stage, "cpu.busy", 50, 2);
	ck_assert_str_eq(stage.events, "raised cpu cpu.busy 96, cleared cpu cpu.busy 50");
	stage_assert_said(&stage,
			  "alert cpu: cpu.busy is 96 (corbel.sensors.cpu.busy > 90 for 2s)");
	stage_assert_said(&stage, "alert cpu is over: cpu.busy is 50");
}
END_TEST

START_TEST(watches_each_sensor_below_a_star)
{
	stage_set(&stage, "cpu", NULL, 0);
	stage_set(&stage, "cold", "corbel.sensors.temperature.* < 5", 0);
	begin();
	assert_list("cold on temperature.*: 0 0");
	stage_sample(&stage, "temperature.a", 4);
	stage_sample(&stage, "temperature.b", 20);
	stage_sample(&stage, "temperature.c", 3);
	stage_sample(&stage, "memory.used", 1);
	assert_list("cold on temperature.a: 3 4, cold on temperature.b: 1 20, "
		    "cold on temperature.c: 3 3");
	stage_sample(&stage, "temperature.a", 6);
	ck_assert_str_eq(stage.events, "raised cold temperature.a 4, raised cold temperature.c 3, "
				       "cleared cold temperature.a 6");
}
END_TEST

START_TEST(raises_by_the_host_clock_between_two_samples)
{
	begin();
	for (int i = 0; i < 3; i++) {
		stage_sample(&stage, "cpu.busy", 50);
		stage_pass(&stage, 10000);
	}
	stage_sample(&stage, "cpu.busy", 95);
	stage_pass(&stage, 1000);
	ck_assert_str_eq(stage.events, "");
	stage_pass(&stage, 2000);
	ck_assert_str_eq(stage.events, "raised cpu cpu.busy 95");
}
END_TEST

START_TEST(skips_values_that_are_no_numbers)
{
	stage_set(&stage, "odd", "corbel.sensors.cpu.busy != 3", 0);
	begin();
	stage_sample(&stage, "cpu.busy", (double)NAN);
	stage_sample(&stage, "cpu.busy", (double)INFINITY);
	stage_sample(&stage, NULL, 5);
	ck_assert_str_eq(stage.events, "");
}
END_TEST

START_TEST(says_once_that_a_rule_has_no_data)
{
	begin();
	stage_samples(&stage, "cpu.bsy", 99, 59);
	ck_assert_uint_eq(stage_said(&stage, "has no data"), 0);
	stage_samples(&stage, "cpu.bsy", 99, 100);
	ck_assert_uint_eq(stage_said(&stage, "has no data"), 1);
	stage_assert_said(&stage, "rule cpu has no data: no sample of corbel.sensors.cpu.busy");
	assert_list("cpu on cpu.busy: 0 0");
}
END_TEST

START_TEST(bounds_the_sensors_of_a_rule_and_says_so_once)
{
	char name[32];

	stage_set(&stage, "all", "corbel.sensors.x.* > 1", 0);
	begin();
	for (int i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "x.%d", i);
		stage_sample(&stage, name, 0);
	}
	ck_assert_uint_eq(stage_said(&stage, "rule all does not watch x.1024: a rule watches at "
					     "most 1024 sensors"),
			  1);
}
END_TEST

START_TEST(gives_the_place_of_a_silent_sensor_to_a_new_one)
{
	char name[32];

	stage_set(&stage, "all", "corbel.sensors.x.* > 1", 0);
	begin();
	for (int i = 0; i < 1024; i++) {
		snprintf(name, sizeof(name), "x.%d", i);
		stage_sample(&stage, name, 0);
	}
	stage_pass(&stage, 40000);
	stage_sample(&stage, "x.new", 5);
	ck_assert_str_eq(stage.events, "raised all x.new 5");
	ck_assert_uint_eq(stage_said(&stage, "does not watch"), 0);
}
END_TEST

START_TEST(names_file_line_and_word_of_a_wrong_rule)
{
	stage_set(&stage, "disk", "corbel.sensors.disk.vda.busy => 95", 0);
	ck_assert_int_eq(corbel_plugin.start(&stage.context, &self), -EINVAL);
	ck_assert_str_eq(
		stage.words,
		"corbeld.ini:3: rule disk = corbel.sensors.disk.vda.busy => 95: "
		"character 30: found \"=>\", expected one of > >= < <= == != (did you mean "
		"\">=\"?) (a key that is neither history nor pending is a rule, as in "
		"cpu = corbel.sensors.cpu.busy > 90 for 5s)");
	self = NULL;
}
END_TEST

START_TEST(starts_without_a_rule_and_says_how_to_add_one)
{
	stage_set(&stage, "cpu", NULL, 0);
	begin();
	stage_assert_said(&stage, "there is no rule yet: add one to [plugin rules]");
	assert_list("");
}
END_TEST

START_TEST(takes_new_rules_and_keeps_the_state_of_the_others)
{
	begin();
	stage_samples(&stage, "cpu.busy", 95, 4);
	stage_set(&stage, "load", "corbel.sensors.load.1 > 5", 0);
	ck_assert_int_eq(corbel_plugin.configure(self), 0);
	assert_list("cpu on cpu.busy: 3 95, load on load.1: 0 0");
	stage_samples(&stage, "cpu.busy", 95, 4);
	ck_assert_str_eq(stage.events, "raised cpu cpu.busy 95");
	stage_sample(&stage, "load.1", 6);
	ck_assert_str_eq(stage.events, "raised cpu cpu.busy 95, raised load load.1 6");
}
END_TEST

START_TEST(ends_the_alerts_of_a_rule_that_goes_or_changes)
{
	stage_set(&stage, "load", "corbel.sensors.load.1 > 5", 0);
	begin();
	stage_samples(&stage, "cpu.busy", 95, 4);
	stage_sample(&stage, "load.1", 6);
	stage_forget(&stage);
	stage_set(&stage, "load", NULL, 0);
	stage_set(&stage, "cpu", "corbel.sensors.cpu.busy > 99", 0);
	ck_assert_int_eq(corbel_plugin.configure(self), 0);
	ck_assert_str_eq(stage.events, "cleared cpu cpu.busy 95, cleared load load.1 6");
	assert_list("cpu on cpu.busy: 0 0");
}
END_TEST

START_TEST(keeps_the_old_rules_when_a_new_one_is_wrong)
{
	begin();
	stage_samples(&stage, "cpu.busy", 95, 4);
	stage_set(&stage, "load", "corbel.sensors.load.1", 0);
	ck_assert_int_eq(corbel_plugin.configure(self), -EINVAL);
	ck_assert_ptr_nonnull(strstr(stage.words, "rule load = corbel.sensors.load.1: character "
						  "22: found the end"));
	assert_list("cpu on cpu.busy: 3 95");
}
END_TEST

static const char *const refusals[] = { "raised",  "cleared",   "recording",
					"acquire", "subscribe", "provide" };

START_TEST(gives_all_back_when_it_cannot_start)
{
	stage.refused = refusals[_i];
	ck_assert_int_eq(corbel_plugin.start(&stage.context, &self), -EACCES);
	self = NULL;
	for (size_t i = 0; i < 3; i++)
		ck_assert_uint_eq(stage.topics[i].openings, 0);
}
END_TEST

START_TEST(answers_that_there_is_no_memory)
{
	struct corbel_rules_alert *alerts;
	struct corbel_rules_rule *rules;
	size_t count;
	bool complete;

	begin();
	stage.refused = "alloc";
	ck_assert_int_eq(stage.methods->list(stage.self, &rules, &count), -ENOMEM);
	stage_set_store(&stage, false);
	ck_assert_int_eq(stage.methods->history(stage.self, 0, 0, &alerts, &count, &complete),
			 -ENOMEM);
}
END_TEST

/* Asks until it is told to end; there is a state to be seen at any time. */
static void *ask(void *data)
{
	const bool *is_over = data;
	struct stage_thread thread;

	stage_enter_thread(&thread);
	while (!__atomic_load_n(is_over, __ATOMIC_ACQUIRE)) {
		struct corbel_rules_alert *alerts;
		struct corbel_rules_rule *rules;
		size_t count;
		bool complete;

		ck_assert_int_eq(stage.methods->list(stage.self, &rules, &count), 0);
		ck_assert_uint_ge(count, 1);
		corbel_rules_rules_free(&stage.context, rules, count);
		ck_assert_int_eq(
			stage.methods->history(stage.self, 0, 5, &alerts, &count, &complete), 0);
		ck_assert_uint_le(count, 5);
		corbel_rules_alerts_free(&stage.context, alerts, count);
	}
	return NULL;
}

START_TEST(answers_other_threads_while_samples_come)
{
	pthread_t threads[2];
	bool is_over = false;
	char name[32];

	stage_set(&stage, "all", "corbel.sensors.x.* > 1", 0);
	begin();
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, ask, &is_over);
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "x.%d", i % 40);
		stage_sample(&stage, name, i % 3);
		stage_pass(&stage, 100);
		if (i % 50 == 20)
			stage_set_store(&stage, i % 100 == 70);
		stage_set(&stage, "cpu", i % 2 ? "corbel.sensors.a > 1" : "corbel.sensors.b > 1",
			  0);
		ck_assert_int_eq(corbel_plugin.configure(self), 0);
	}
	__atomic_store_n(&is_over, true, __ATOMIC_RELEASE);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("rules");
	TCase *cases = tcase_create("plugin");

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, raises_and_clears_an_alert);
	tcase_add_test(cases, watches_each_sensor_below_a_star);
	tcase_add_test(cases, raises_by_the_host_clock_between_two_samples);
	tcase_add_test(cases, skips_values_that_are_no_numbers);
	tcase_add_test(cases, says_once_that_a_rule_has_no_data);
	tcase_add_test(cases, bounds_the_sensors_of_a_rule_and_says_so_once);
	tcase_add_test(cases, gives_the_place_of_a_silent_sensor_to_a_new_one);
	tcase_add_test(cases, names_file_line_and_word_of_a_wrong_rule);
	tcase_add_test(cases, starts_without_a_rule_and_says_how_to_add_one);
	tcase_add_test(cases, takes_new_rules_and_keeps_the_state_of_the_others);
	tcase_add_test(cases, ends_the_alerts_of_a_rule_that_goes_or_changes);
	tcase_add_test(cases, keeps_the_old_rules_when_a_new_one_is_wrong);
	tcase_add_loop_test(cases, gives_all_back_when_it_cannot_start, 0,
			    sizeof(refusals) / sizeof(*refusals));
	tcase_add_test(cases, answers_that_there_is_no_memory);
	tcase_add_test(cases, answers_other_threads_while_samples_come);
	suite_add_tcase(suite, cases);
	return suite;
}
