/* SPDX-License-Identifier: MIT */
/* The plugin rules from one version to the next: no alert is told twice, and none is lost. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <check.h>

#include "fakestate.h"
#include "stage.h"

Suite *test_suite(void);

extern const struct corbel_plugin corbel_plugin;

static struct stage stage;
static void *self;

static void setup(void)
{
	stage_init(&stage);
	stage_set(&stage, "cpu", "corbel.sensors.cpu.busy > 90 for 4s until < 50", 0);
	stage_set_store(&stage, true);
	ck_assert_int_eq(corbel_plugin.start(&stage.context, &self), 0);
	stage_pass(&stage, 10);
}

static void teardown(void)
{
	corbel_plugin.stop(self, CORBEL_STOP_REQUESTED);
	ck_assert_uint_eq(stage_running_timers(&stage), 0);
	stage_fini(&stage);
}

static void reload(void)
{
	struct corbel_state state = fake_state_save(&corbel_plugin, self);
	void *other;

	stage.is_replacement = true;
	ck_assert_int_eq(corbel_plugin.start(&stage.context, &other), 0);
	ck_assert_int_eq(corbel_plugin.restore(other, &state), 0);
	fake_state_free(&state);
	corbel_plugin.stop(self, CORBEL_STOP_REPLACED);
	self = other;
	stage_run_posted(&stage);
}

/* Of the first rule. */
static struct corbel_rules_rule standing(void)
{
	struct corbel_rules_rule *rules, first;
	size_t count;

	ck_assert_int_eq(stage.methods->list(stage.self, &rules, &count), 0);
	ck_assert_uint_ge(count, 1);
	first = rules[0];
	corbel_rules_rules_free(&stage.context, rules, count);
	first.name = first.expression = first.sensor = NULL;
	return first;
}

static size_t alerts_in_history(void)
{
	struct corbel_rules_alert *alerts;
	size_t count;
	bool complete;

	ck_assert_int_eq(stage.methods->history(stage.self, 0, 0, &alerts, &count, &complete), 0);
	corbel_rules_alerts_free(&stage.context, alerts, count);
	return count;
}

START_TEST(a_condition_that_holds_goes_on_holding)
{
	stage_samples(&stage, "cpu.busy", 95, 2);
	reload();
	ck_assert_int_eq(standing().state, CORBEL_RULES_STATE_PENDING);
	stage_samples(&stage, "cpu.busy", 95, 1);
	ck_assert_str_eq(stage.events, "");
	stage_samples(&stage, "cpu.busy", 96, 1);
	ck_assert_str_eq(stage.events, "raised cpu cpu.busy 96");
}
END_TEST

START_TEST(an_alert_is_told_once_whatever_the_number_of_versions)
{
	struct corbel_rules_rule was;

	stage_samples(&stage, "cpu.busy", 95, 5);
	ck_assert_str_eq(stage.events, "raised cpu cpu.busy 95");
	was = standing();
	for (int i = 0; i < 20; i++) {
		reload();
		ck_assert_int_eq(standing().state, CORBEL_RULES_STATE_RAISED);
		ck_assert_int_eq(standing().since, was.since);
		stage_samples(&stage, "cpu.busy", 60, 3);
	}
	ck_assert_str_eq(stage.events, "raised cpu cpu.busy 95");
	stage_sample(&stage, "cpu.busy", 49);
	ck_assert_str_eq(stage.events, "raised cpu cpu.busy 95, cleared cpu cpu.busy 49");
	stage_pass(&stage, 10);
	ck_assert_uint_eq(alerts_in_history(), 1);
	ck_assert_uint_eq(stage.store.count, 1);
}
END_TEST

START_TEST(alerts_that_wait_for_the_store_wait_on)
{
	stage_set_store(&stage, false);
	stage_samples(&stage, "cpu.busy", 95, 5);
	stage_sample(&stage, "cpu.busy", 1);
	ck_assert_uint_eq(stage.store.count, 0);
	stage_forget(&stage);
	reload();
	ck_assert_uint_eq(stage_said(&stage, "did not take"), 0);
	stage_pass(&stage, 3000);
	ck_assert_str_eq(stage.events, "");
	ck_assert_uint_eq(alerts_in_history(), 1);
	stage_set_store(&stage, true);
	stage_pass(&stage, 10);
	ck_assert_uint_eq(stage.store.count, 1);
	ck_assert_str_eq(stage.events, "continues 0");
}
END_TEST

START_TEST(an_alert_of_a_rule_that_changed_meanwhile_is_over)
{
	stage_samples(&stage, "cpu.busy", 95, 5);
	stage_forget(&stage);
	stage_set(&stage, "cpu", "corbel.sensors.cpu.busy > 99", 0);
	reload();
	ck_assert_str_eq(stage.events, "cleared cpu cpu.busy 95");
	ck_assert_int_eq(standing().state, CORBEL_RULES_STATE_NO_DATA);
	stage_sample(&stage, "cpu.busy", 100);
	ck_assert_str_eq(stage.events, "cleared cpu cpu.busy 95, raised cpu cpu.busy 100");
}
END_TEST

START_TEST(that_a_rule_has_no_data_is_said_once)
{
	stage_pass(&stage, 70000);
	ck_assert_uint_eq(stage_said(&stage, "has no data"), 1);
	reload();
	stage_pass(&stage, 70000);
	ck_assert_uint_eq(stage_said(&stage, "has no data"), 1);
}
END_TEST

static int restore_and_go_on(const struct corbel_state *state)
{
	void *other;
	int result;

	ck_assert_int_eq(corbel_plugin.start(&stage.context, &other), 0);
	result = corbel_plugin.restore(other, state);
	ck_assert(result == 0 || strstr(stage.words, "cannot take over the saved state"));
	if (result == 0) {
		stage_sample(&stage, "cpu.busy", 95);
		stage_run_posted(&stage);
		stage_samples(&stage, "cpu.busy", 1, 3);
	}
	corbel_plugin.stop(other, CORBEL_STOP_FAILED);
	stage_forget(&stage);
	stage.words[0] = '\0';
	return result;
}

START_TEST(survives_damaged_state)
{
	struct corbel_state state;
	void *keeper;

	stage_set_store(&stage, false);
	stage_samples(&stage, "cpu.busy", 95, 6);
	state = fake_state_save(&corbel_plugin, self);
	corbel_plugin.stop(self, CORBEL_STOP_REPLACED);
	stage.changed.changed = NULL;
	stage.is_replacement = true;
	fake_state_damage(&state, restore_and_go_on);
	ck_assert_int_eq(restore_and_go_on(&state), 0);
	fake_state_free(&state);
	ck_assert_int_eq(corbel_plugin.start(&stage.context, &keeper), 0);
	self = keeper;
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("rules reload");
	TCase *cases = tcase_create("reload");

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, a_condition_that_holds_goes_on_holding);
	tcase_add_test(cases, an_alert_is_told_once_whatever_the_number_of_versions);
	tcase_add_test(cases, alerts_that_wait_for_the_store_wait_on);
	tcase_add_test(cases, an_alert_of_a_rule_that_changed_meanwhile_is_over);
	tcase_add_test(cases, that_a_rule_has_no_data_is_said_once);
	tcase_add_test(cases, survives_damaged_state);
	suite_add_tcase(suite, cases);
	return suite;
}
