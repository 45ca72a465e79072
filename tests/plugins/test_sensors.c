/* SPDX-License-Identifier: MIT */
/* The plugin sensors between its callbacks: settings, rounds, methods, events. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <check.h>

#include <corbel/plugin.h>

#include "corbel.sensors.h"
#include "fakehost.h"
#include "fakestate.h"
#include "tree.h"

Suite *test_suite(void);

extern const struct corbel_plugin corbel_plugin;

static struct tree tree;
static struct fake_host host;
static void *self;

static const char *const memory_only[] = { "memory" };
static const char *const memory_and_load[] = { "memory", "load", "memory" };

static void groups_set(const char *const *items, size_t count)
{
	struct corbel_config_entry *entry = fake_host_set(&host, "groups", "", 0);

	entry->items = items;
	entry->item_count = count;
}

static void setup(void)
{
	tree_make(&tree);
	tree_write(&tree, "proc/meminfo", "MemTotal: 1000 kB\nMemAvailable: 400 kB\n");
	tree_write(&tree, "proc/loadavg", "0.50 0.25 0.125 1/2 3\n");
	tree_write(&tree, "proc/uptime", "9.5 1.0\n");
	tree_write(&tree, "sys/here", "");
	fake_host_init(&host);
	host.now = CORBEL_SECOND;
	fake_host_set(&host, "interval", "1s", CORBEL_SECOND);
	fake_host_set(&host, "loopback", "no", 0);
	fake_host_set(&host, "proc", tree_path(&tree, "proc"), 0);
	fake_host_set(&host, "sys", tree_path(&tree, "sys"), 0);
	groups_set(memory_and_load, 3);
}

static void teardown(void)
{
	if (self)
		corbel_plugin.stop(self, CORBEL_STOP_REQUESTED);
	self = NULL;
	fake_host_fini(&host);
	tree_remove(&tree);
}

static void start_or_fail(void)
{
	ck_assert_int_eq(corbel_plugin.start(&host.context, &self), 0);
}

static const struct corbel_sensors_methods *methods(void)
{
	return host.provision.table;
}

static int read_value(const char *name, double *value)
{
	enum corbel_sensors_unit unit;
	int64_t at;

	return methods()->read(host.provision.self, name, value, &unit, &at);
}

struct seen {
	char names[16][64];
	double values[16];
	enum corbel_sensors_unit units[16];
	int64_t at;
	size_t count;
};

static void sample_seen(void *data, const struct corbel_sensors_sample *sample)
{
	struct seen *seen = data;

	ck_assert_uint_lt(seen->count, 16);
	strcpy(seen->names[seen->count], sample->name);
	seen->values[seen->count] = sample->value;
	seen->units[seen->count++] = sample->unit;
	seen->at = sample->at;
}

static void events_decode(struct seen *seen)
{
	memset(seen, 0, sizeof(*seen));
	for (size_t i = 0; i < host.event_count; i++) {
		struct corbel_delivery delivery = { .payload = host.events[i].bytes,
						    .size = host.events[i].size };

		corbel_sensors_sample_deliver((void (*)(void))sample_seen, seen, &delivery);
	}
	fake_host_drop_events(&host);
}

START_TEST(answers_as_soon_as_it_has_started)
{
	double value = 0.0;
	enum corbel_sensors_unit unit = CORBEL_SENSORS_UNIT_PERCENT;
	int64_t at = 0, before = (int64_t)time(NULL) * CORBEL_SECOND;

	start_or_fail();
	ck_assert_int_eq(methods()->read(host.provision.self, "memory.used", &value, &unit, &at),
			 0);
	ck_assert(value == 600.0 * 1024.0);
	ck_assert_int_eq(unit, CORBEL_SENSORS_UNIT_BYTES);
	ck_assert_int_ge(at, before);
	ck_assert_uint_eq(host.event_count, 0);
}
END_TEST

START_TEST(publishes_each_value_once_a_period)
{
	struct seen seen;

	start_or_fail();
	fake_host_run_posted(&host);
	events_decode(&seen);
	ck_assert_uint_eq(seen.count, 7);
	ck_assert_str_eq(seen.names[0], "memory.total");
	ck_assert(seen.values[0] == 1024000.0);
	ck_assert_str_eq(seen.names[3], "load.1");
	ck_assert(seen.values[3] == 0.5);
	ck_assert_int_eq(seen.units[6], CORBEL_SENSORS_UNIT_SECONDS);
	tree_write(&tree, "proc/loadavg", "2.00 0.25 0.125 1/2 3\n");
	fake_host_fire(&host);
	events_decode(&seen);
	ck_assert_uint_eq(seen.count, 7);
	ck_assert(seen.values[3] == 2.0);
}
END_TEST

START_TEST(commits_each_round)
{
	start_or_fail();
	ck_assert_uint_eq(host.commits, 1);
	fake_host_fire(&host);
	ck_assert_uint_eq(host.commits, 2);
}
END_TEST

START_TEST(does_not_publish_a_rate_before_it_has_one)
{
	static const char *const cpu[] = { "cpu" };
	struct seen seen;
	double value;

	tree_write(&tree, "proc/stat", "cpu 1 0 0 1\n");
	groups_set(cpu, 1);
	start_or_fail();
	fake_host_run_posted(&host);
	ck_assert_uint_eq(host.event_count, 0);
	ck_assert_int_eq(read_value("cpu.busy", &value), -EAGAIN);
	ck_assert_int_eq(read_value("cpu.7.busy", &value), -ENOENT);
	tree_write(&tree, "proc/stat", "cpu 2 0 0 4\n");
	fake_host_fire(&host);
	events_decode(&seen);
	ck_assert_uint_eq(seen.count, 1);
	ck_assert(seen.values[0] == 25.0);
	ck_assert_int_eq(read_value("cpu.busy", &value), 0);
}
END_TEST

START_TEST(lists_names_units_and_summaries)
{
	struct corbel_sensors_info *infos;
	size_t count;

	start_or_fail();
	ck_assert_int_eq(methods()->list(host.provision.self, &infos, &count), 0);
	ck_assert_uint_eq(count, 7);
	ck_assert_str_eq(infos[6].name, "uptime");
	ck_assert_int_eq(infos[6].unit, CORBEL_SENSORS_UNIT_SECONDS);
	ck_assert_str_eq(infos[6].summary, "Time since the machine started");
	corbel_sensors_infos_free(&host.context, infos, count);
	host.refused = "alloc";
	ck_assert_int_eq(methods()->list(host.provision.self, &infos, &count), -ENOMEM);
}
END_TEST

START_TEST(takes_a_new_interval_without_a_restart)
{
	start_or_fail();
	ck_assert_int_eq(host.timers[0].period, CORBEL_SECOND);
	fake_host_set(&host, "interval", "250ms", CORBEL_SECOND / 4);
	ck_assert_int_eq(corbel_plugin.configure(self), 0);
	ck_assert_uint_eq(fake_host_timers(&host), 1);
	ck_assert(host.timers[1].is_running);
	ck_assert_int_eq(host.timers[1].period, CORBEL_SECOND / 4);
}
END_TEST

START_TEST(takes_other_groups_without_a_restart)
{
	double value;

	start_or_fail();
	groups_set(memory_only, 1);
	ck_assert_int_eq(corbel_plugin.configure(self), 0);
	fake_host_fire(&host);
	ck_assert_int_eq(read_value("load.1", &value), -ENOENT);
	ck_assert_int_eq(read_value("memory.total", &value), 0);
	ck_assert_uint_eq(host.timer_count, 1);
}
END_TEST

START_TEST(keeps_the_old_settings_when_the_new_cannot_be)
{
	double value;

	start_or_fail();
	host.refused = "timer_start";
	fake_host_set(&host, "interval", "2s", 2 * CORBEL_SECOND);
	groups_set(memory_only, 1);
	ck_assert_int_eq(corbel_plugin.configure(self), -EACCES);
	fake_host_fire(&host);
	ck_assert_int_eq(read_value("load.1", &value), 0);
	ck_assert(host.timers[0].is_running);
}
END_TEST

START_TEST(refuses_a_folder_that_was_set_and_is_not_there)
{
	struct corbel_config_entry *entry = fake_host_set(&host, "proc", "/nowhere/proc", 0);

	entry->file = "corbeld.ini";
	entry->line = 7;
	ck_assert_int_eq(corbel_plugin.start(&host.context, &self), -ENOTDIR);
	ck_assert_str_eq(host.words, "corbeld.ini:7: proc = /nowhere/proc is not a folder; "
				     "set it to where procfs "
				     "is mounted, or leave it out for /proc");
}
END_TEST

START_TEST(starts_on_a_machine_without_any_of_its_files)
{
	double value;

	fake_host_set(&host, "proc", "/nowhere/proc", 0);
	fake_host_set(&host, "sys", "/nowhere/sys", 0);
	start_or_fail();
	fake_host_run_posted(&host);
	ck_assert_uint_eq(host.event_count, 0);
	ck_assert_int_eq(read_value("memory.total", &value), -ENOENT);
}
END_TEST

START_TEST(says_once_that_a_file_is_bad_and_once_that_it_is_good)
{
	groups_set(memory_only, 1);
	start_or_fail();
	tree_write(&tree, "proc/meminfo", "something else\n");
	fake_host_fire(&host);
	ck_assert_uint_eq(host.log_count, 1);
	ck_assert_int_eq(host.log_level, CORBEL_WARNING);
	ck_assert_ptr_nonnull(strstr(host.log, "meminfo has no line"));
	fake_host_fire(&host);
	fake_host_fire(&host);
	ck_assert_uint_eq(host.log_count, 1);
	tree_write(&tree, "proc/meminfo", "MemTotal: 5 kB\n");
	fake_host_fire(&host);
	fake_host_fire(&host);
	ck_assert_uint_eq(host.log_count, 2);
	ck_assert_str_eq(host.log, "memory: can be read again");
}
END_TEST

START_TEST(leaves_nothing_behind_when_its_start_fails)
{
	static const char *const members[] = { "topic_open", "timer_start", "provide", "post" };

	host.refused = members[_i];
	ck_assert_int_eq(corbel_plugin.start(&host.context, &self), -EACCES);
	ck_assert_uint_eq(fake_host_timers(&host), 0);
	ck_assert(!host.provision.is_open);
}
END_TEST

/* Another instance in the place of the one that runs. */
static void *replacement_start(void)
{
	void *other;

	host.is_replacement = true;
	ck_assert_int_eq(corbel_plugin.start(&host.context, &other), 0);
	return other;
}

static void replacement_takes_over(void)
{
	struct corbel_state state = fake_state_save(&corbel_plugin, self);
	void *other = replacement_start();

	ck_assert_int_eq(corbel_plugin.restore(other, &state), 0);
	corbel_plugin.stop(self, CORBEL_STOP_REPLACED);
	self = other;
	fake_state_free(&state);
}

START_TEST(a_reload_loses_no_rate)
{
	static const char *const cpu[] = { "cpu", "disk" };
	double value;

	tree_write(&tree, "proc/stat", "cpu 1 0 0 1\n");
	tree_write(&tree, "proc/diskstats", "8 0 sda 0 0 100 0 0 0 0 0 0 0 0\n");
	tree_write(&tree, "sys/block/sda/here", "");
	groups_set(cpu, 2);
	start_or_fail();
	fake_host_run_posted(&host);
	tree_write(&tree, "proc/stat", "cpu 2 0 0 4\n");
	host.now += CORBEL_SECOND;
	fake_host_fire(&host);
	fake_host_drop_events(&host);
	tree_write(&tree, "proc/stat", "cpu 2 0 0 94\n");
	replacement_takes_over();
	ck_assert_int_eq(read_value("cpu.busy", &value), 0);
	ck_assert(value == 25.0);
	ck_assert(!host.posted);
	ck_assert_uint_eq(fake_host_timers(&host), 1);
	tree_write(&tree, "proc/stat", "cpu 12 0 0 94\n");
	tree_write(&tree, "proc/diskstats", "8 0 sda 0 0 110 0 0 0 0 0 0 0 0\n");
	host.now += 2 * CORBEL_SECOND;
	fake_host_fire(&host);
	ck_assert_int_eq(read_value("cpu.busy", &value), 0);
	ck_assert(value == 10.0);
	ck_assert_int_eq(read_value("disk.sda.read", &value), 0);
	ck_assert(value == 5.0 * 512.0);
}
END_TEST

START_TEST(the_old_goes_on_when_a_reload_fails)
{
	static const char *const cpu[] = { "cpu" };
	struct corbel_state state;
	double value;
	void *other;

	tree_write(&tree, "proc/stat", "cpu 1 0 0 1\n");
	groups_set(cpu, 1);
	start_or_fail();
	state = fake_state_save(&corbel_plugin, self);
	fake_state_free(&state);
	host.timer_count = 1;
	other = replacement_start();
	corbel_plugin.stop(other, CORBEL_STOP_FAILED);
	host.provision.self = self;
	tree_write(&tree, "proc/stat", "cpu 2 0 0 4\n");
	fake_host_fire(&host);
	ck_assert_int_eq(read_value("cpu.busy", &value), 0);
	ck_assert(value == 25.0);
}
END_TEST

static int restore_and_go_on(const struct corbel_state *state)
{
	void *other;
	int result;

	host.timer_count = 0;
	host.words[0] = '\0';
	other = replacement_start();
	result = corbel_plugin.restore(other, state);
	ck_assert(result == 0 || strstr(host.words, "saved state"));
	if (result == 0)
		fake_host_fire(&host);
	fake_host_drop_events(&host);
	corbel_plugin.stop(other, CORBEL_STOP_FAILED);
	return result;
}

START_TEST(survives_damaged_state)
{
	static const char *const all[] = { "cpu", "network", "memory" };
	struct corbel_state state;

	tree_write(&tree, "proc/stat", "cpu 1 0 0 1\ncpu0 1 0 0 1\n");
	tree_write(&tree, "proc/net/dev", "Inter-|\n face |\n e0: 1 0 0 0 0 0 0 0 1 0\n");
	groups_set(all, 3);
	start_or_fail();
	state = fake_state_save(&corbel_plugin, self);
	corbel_plugin.stop(self, CORBEL_STOP_REQUESTED);
	self = NULL;
	fake_state_damage(&state, restore_and_go_on);
	fake_state_free(&state);
}
END_TEST

static atomic_bool is_over;

static void *caller_run(void *data)
{
	struct corbel_sensors_info *infos;
	size_t count;
	double value;

	(void)data;
	while (!atomic_load(&is_over)) {
		ck_assert_int_eq(read_value("memory.total", &value), 0);
		ck_assert_int_eq(methods()->list(host.provision.self, &infos, &count), 0);
		corbel_sensors_infos_free(&host.context, infos, count);
	}
	return NULL;
}

START_TEST(answers_callers_on_other_threads_while_it_reads)
{
	pthread_t callers[2];

	start_or_fail();
	for (size_t i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&callers[i], NULL, caller_run, NULL), 0);
	for (int i = 0; i < 500; i++) {
		fake_host_fire(&host);
		fake_host_drop_events(&host);
	}
	atomic_store(&is_over, true);
	for (size_t i = 0; i < 2; i++)
		pthread_join(callers[i], NULL);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("sensors");
	TCase *cases = tcase_create("plugin");

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, answers_as_soon_as_it_has_started);
	tcase_add_test(cases, publishes_each_value_once_a_period);
	tcase_add_test(cases, commits_each_round);
	tcase_add_test(cases, does_not_publish_a_rate_before_it_has_one);
	tcase_add_test(cases, lists_names_units_and_summaries);
	tcase_add_test(cases, takes_a_new_interval_without_a_restart);
	tcase_add_test(cases, takes_other_groups_without_a_restart);
	tcase_add_test(cases, keeps_the_old_settings_when_the_new_cannot_be);
	tcase_add_test(cases, refuses_a_folder_that_was_set_and_is_not_there);
	tcase_add_test(cases, starts_on_a_machine_without_any_of_its_files);
	tcase_add_test(cases, says_once_that_a_file_is_bad_and_once_that_it_is_good);
	tcase_add_loop_test(cases, leaves_nothing_behind_when_its_start_fails, 0, 4);
	tcase_add_test(cases, a_reload_loses_no_rate);
	tcase_add_test(cases, the_old_goes_on_when_a_reload_fails);
	tcase_add_test(cases, survives_damaged_state);
	tcase_add_test(cases, answers_callers_on_other_threads_while_it_reads);
	suite_add_tcase(suite, cases);
	return suite;
}
