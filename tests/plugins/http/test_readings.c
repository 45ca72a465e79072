/* SPDX-License-Identifier: MIT */
/* The latest values, and how long they last. */
#include <check.h>
#include <errno.h>
#include <stdio.h>

#include "readings.h"

static struct readings readings;

static void setup(void)
{
	readings = (struct readings){ 0 };
}

static void teardown(void)
{
	readings_fini(&readings);
}

static int put(const char *name, double value, int64_t second)
{
	struct corbel_sensors_sample sample = {
		.size = sizeof(sample), .name = name, .value = value, .at = second
	};

	return readings_put(&readings, &sample, second * CORBEL_SECOND);
}

START_TEST(keeps_the_latest_value_of_each_sorted_by_name)
{
	put("load.1", 1, 1);
	put("cpu.busy", 2, 1);
	put("memory.used", 3, 1);
	put("load.1", 4, 2);
	ck_assert_uint_eq(readings.count, 3);
	ck_assert_str_eq(readings.items[0].name, "cpu.busy");
	ck_assert_str_eq(readings.items[1].name, "load.1");
	ck_assert_str_eq(readings.items[2].name, "memory.used");
	ck_assert_double_eq(readings.items[1].value, 4);
}
END_TEST

START_TEST(drops_what_misses_several_of_its_periods)
{
	put("disk.sda.busy", 1, 100);
	put("load.1", 1, 100);
	put("disk.sda.busy", 1, 101);
	put("load.1", 1, 200);
	readings_prune(&readings, 114 * CORBEL_SECOND);
	ck_assert_uint_eq(readings.count, 2);
	readings_prune(&readings, 115 * CORBEL_SECOND);
	ck_assert_uint_eq(readings.count, 1);
	ck_assert_str_eq(readings.items[0].name, "load.1");
	readings_prune(&readings, 510 * CORBEL_SECOND);
	ck_assert_uint_eq(readings.count, 1);
	readings_prune(&readings, 511 * CORBEL_SECOND);
	ck_assert_uint_eq(readings.count, 0);
}
END_TEST

START_TEST(keeps_what_was_seen_once_for_the_longest_period_there_is)
{
	put("load.1", 1, 100);
	readings_prune(&readings, (100 + 3 * 3600) * CORBEL_SECOND);
	ck_assert_uint_eq(readings.count, 1);
}
END_TEST

START_TEST(changes_are_counted)
{
	uint64_t before = readings.changes;

	readings_prune(&readings, CORBEL_SECOND);
	ck_assert_uint_eq(readings.changes, before);
	put("load.1", 1, 100);
	ck_assert_uint_gt(readings.changes, before);
	before = readings.changes;
	readings_prune(&readings, 1000000 * CORBEL_SECOND);
	ck_assert_uint_gt(readings.changes, before);
	before = readings.changes;
	readings_fini(&readings);
	ck_assert_uint_gt(readings.changes, before);
}
END_TEST

START_TEST(takes_over_what_another_had)
{
	char name[] = "load.1";
	const struct reading had = {
		.name = name,
		.value = 2,
		.at = 7,
		.seen = 100 * CORBEL_SECOND,
		.period = 10 * CORBEL_SECOND,
	};

	ck_assert_int_eq(readings_add(&readings, &had), 0);
	name[0] = '\0';
	ck_assert(readings_has(&readings, "load.1", 7));
	ck_assert(!readings_has(&readings, "load.1", 8) && !readings_has(&readings, "load.2", 7));
	readings_prune(&readings, 140 * CORBEL_SECOND);
	ck_assert_uint_eq(readings.count, 1);
	readings_prune(&readings, 141 * CORBEL_SECOND);
	ck_assert_uint_eq(readings.count, 0);
}
END_TEST

START_TEST(takes_so_many_and_no_more)
{
	char name[16];

	for (int i = 0; i < READINGS_MAX; i++) {
		snprintf(name, sizeof(name), "s.%d", i);
		ck_assert_int_eq(put(name, i, 1), 0);
	}
	ck_assert_int_eq(put("one.more", 1, 1), -ENOSPC);
	ck_assert_int_eq(put("s.7", 77, 2), 0);
	ck_assert_uint_eq(readings.count, READINGS_MAX);
}
END_TEST

Suite *test_suite(void);
Suite *test_suite(void)
{
	Suite *suite = suite_create("http readings");
	TCase *cases = tcase_create("readings");

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, keeps_the_latest_value_of_each_sorted_by_name);
	tcase_add_test(cases, drops_what_misses_several_of_its_periods);
	tcase_add_test(cases, keeps_what_was_seen_once_for_the_longest_period_there_is);
	tcase_add_test(cases, changes_are_counted);
	tcase_add_test(cases, takes_over_what_another_had);
	tcase_add_test(cases, takes_so_many_and_no_more);
	suite_add_tcase(suite, cases);
	return suite;
}
