/* SPDX-License-Identifier: MIT */
/*
 * The plugin journal between its callbacks: settings, subscriptions, what is said about lost
 * events.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include <corbel/plugin.h>

#include "fakehost.h"
#include "fakestate.h"
#include "tree.h"

Suite *test_suite(void);

extern const struct corbel_plugin corbel_plugin;

static struct tree tree;
static struct fake_host host;
static void *self;

static void patterns_set(const char *const *items, size_t count)
{
	struct corbel_config_entry *entry = fake_host_set(&host, "patterns", "", 0);

	entry->items = items;
	entry->item_count = count;
}

static void setup(void)
{
	static const char *const all[] = { "corbel.*" };

	tree_make(&tree);
	fake_host_init(&host);
	fake_host_set(&host, "target", "file", 0);
	fake_host_set(&host, "format", "text", 0);
	fake_host_set(&host, "file", tree_path(&tree, "log"), 0);
	fake_host_set(&host, "socket", "/nowhere/socket", 0);
	fake_host_set(&host, "max-size", "1M", 1 << 20);
	fake_host_set(&host, "keep", "4", 4);
	fake_host_set(&host, "queue", "1024", 1024);
	patterns_set(all, 1);
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

/* What follows the times in the file. */
static void assert_lines(const char *name, const char *expected)
{
	char *text = tree_read(&tree, name), rest[4096] = "";

	ck_assert_ptr_nonnull(text);
	for (char *line = text; line && *line; line = strchr(line, '\n') + 1) {
		const char *topic = strchr(line, ' ');

		ck_assert_ptr_nonnull(topic);
		strncat(rest, topic + 1, strcspn(topic + 1, "\n") + 1);
	}
	ck_assert_str_eq(rest, expected);
	free(text);
}

START_TEST(writes_each_event_as_a_line)
{
	start_or_fail();
	ck_assert_str_eq(host.subscriptions[0].pattern, "corbel.*");
	ck_assert_uint_eq(host.subscriptions[0].subscriber.mode, CORBEL_QUEUED);
	ck_assert_uint_eq(host.subscriptions[0].subscriber.depth, 1024);
	fake_host_deliver(&host, 0, "corbel.a.b", "{\"x\":1}", 0);
	fake_host_deliver(&host, 0, "corbel.a.c", "{\"y\":\"z\"}", 0);
	assert_lines("log", "corbel.a.b sensors {\"x\":1}\ncorbel.a.c sensors {\"y\":\"z\"}\n");
}
END_TEST

START_TEST(writes_an_event_larger_than_its_memory)
{
	static char large[100100];

	memset(large, 'x', 100000);
	start_or_fail();
	fake_host_deliver(&host, 0, "corbel.a.b", "{}", 0);
	fake_host_deliver(&host, 0, "corbel.a.b", large, 0);

	char *text = tree_read(&tree, "log");

	ck_assert_ptr_nonnull(strstr(text, large));
	free(text);
}
END_TEST

START_TEST(writes_that_a_payload_was_damaged)
{
	start_or_fail();
	fake_host_deliver(&host, 0, "corbel.a.b", NULL, 0);
	assert_lines("log", "corbel.a.b sensors null\n");
}
END_TEST

START_TEST(writes_how_many_were_dropped_where_they_are_missing)
{
	start_or_fail();
	fake_host_deliver(&host, 0, "corbel.a.b", "{}", 0);
	fake_host_deliver(&host, 0, "corbel.a.b", "{}", 5);
	fake_host_deliver(&host, 0, "corbel.a.b", "{}", 5);
	assert_lines("log",
		     "corbel.a.b sensors {}\n"
		     "corbel.journal.dropped journal {\"pattern\":\"corbel.*\",\"count\":5}\n"
		     "corbel.a.b sensors {}\ncorbel.a.b sensors {}\n");
}
END_TEST

START_TEST(leaves_out_patterns_that_another_covers)
{
	static const char *const patterns[] = { "corbel.a.*", "corbel.a.b", "other.x", "corbel.*",
						"corbel.*" };

	patterns_set(patterns, 5);
	start_or_fail();
	ck_assert_uint_eq(host.subscription_count, 2);
	ck_assert_str_eq(host.subscriptions[0].pattern, "other.x");
	ck_assert_str_eq(host.subscriptions[1].pattern, "corbel.*");
}
END_TEST

START_TEST(says_once_that_events_are_lost_and_how_many_when_it_is_over)
{
	if (access("/dev/full", W_OK) < 0)
		return;
	fake_host_set(&host, "file", tree_path(&tree, "link"), 0);
	ck_assert_int_eq(symlink("/dev/full", tree_path(&tree, "link")), 0);
	start_or_fail();
	for (int i = 0; i < 3; i++)
		fake_host_deliver(&host, 0, "corbel.a.b", "{}", 0);
	ck_assert_uint_eq(host.commits, 3);
	ck_assert_uint_eq(host.log_count, 1);
	ck_assert_int_eq(host.log_level, CORBEL_ERROR);
	ck_assert_ptr_nonnull(
		strstr(host.log, "/link: No space left on device; events are lost until it works "
				 "again (make room there"));
	corbel_plugin.stop(self, CORBEL_STOP_REQUESTED);
	self = NULL;
	ck_assert_uint_eq(host.log_count, 2);
	ck_assert_str_eq(host.log, "stops with 3 events not written");
}
END_TEST

START_TEST(takes_another_file_and_other_patterns_without_a_restart)
{
	static const char *const patterns[] = { "other.*" };

	start_or_fail();
	fake_host_deliver(&host, 0, "corbel.a.b", "{}", 0);
	fake_host_set(&host, "file", tree_path(&tree, "second"), 0);
	patterns_set(patterns, 1);
	ck_assert_int_eq(corbel_plugin.configure(self), 0);
	ck_assert(!host.subscriptions[0].is_open);
	fake_host_deliver(&host, 1, "other.b", "{}", 2);
	assert_lines("log", "corbel.a.b sensors {}\n");
	assert_lines("second",
		     "corbel.journal.dropped journal {\"pattern\":\"other.*\",\"count\":2}\n"
		     "other.b sensors {}\n");
}
END_TEST

START_TEST(takes_another_format_and_keeps_its_subscription)
{
	start_or_fail();
	fake_host_set(&host, "format", "short", 0);
	ck_assert_int_eq(corbel_plugin.configure(self), 0);
	ck_assert_uint_eq(host.subscription_count, 1);
	fake_host_deliver(&host, 0, "corbel.a.b", "{\"x\":1}", 0);
	assert_lines("log", "corbel.a.b x=1\n");
}
END_TEST

START_TEST(keeps_the_old_settings_when_the_new_cannot_be)
{
	static const char *const bad[] = { "fine.*", "not a pattern" };

	start_or_fail();
	fake_host_set(&host, "file", "/nowhere/log", 0);
	ck_assert_int_eq(corbel_plugin.configure(self), -ENOENT);
	ck_assert_ptr_nonnull(strstr(host.words, "make the folder /nowhere"));
	fake_host_set(&host, "file", tree_path(&tree, "second"), 0);
	patterns_set(bad, 2);
	ck_assert_int_eq(corbel_plugin.configure(self), -EINVAL);
	ck_assert_ptr_nonnull(strstr(host.words, "cannot subscribe to pattern \"not a pattern\""));
	ck_assert(!host.subscriptions[1].is_open);
	fake_host_deliver(&host, 0, "corbel.a.b", "{}", 0);
	assert_lines("log", "corbel.a.b sensors {}\n");
}
END_TEST

START_TEST(fails_to_start_with_words_when_its_target_cannot_be_opened)
{
	fake_host_set(&host, "target", "journald", 0);
	ck_assert_int_eq(corbel_plugin.start(&host.context, &self), -ENOENT);
	ck_assert_ptr_nonnull(strstr(host.words, "cannot reach the journal at /nowhere/socket"));
}
END_TEST

START_TEST(takes_a_relative_file_in_the_state_folder)
{
	fake_host_set(&host, "file", "mine.log", 0);
	ck_assert_int_eq(corbel_plugin.start(&host.context, &self), -ENOENT);
	ck_assert_ptr_nonnull(strstr(host.words, "there is no state folder for mine.log"));
	host.state_folder = tree.root;
	start_or_fail();
	fake_host_deliver(&host, 0, "corbel.a.b", "{}", 0);
	assert_lines("mine.log", "corbel.a.b sensors {}\n");
}
END_TEST

static void reload(void)
{
	struct corbel_state state = fake_state_save(&corbel_plugin, self);
	void *other;

	host.is_replacement = true;
	ck_assert_int_eq(corbel_plugin.start(&host.context, &other), 0);
	ck_assert_int_eq(corbel_plugin.restore(other, &state), 0);
	fake_state_free(&state);
	corbel_plugin.stop(self, CORBEL_STOP_REPLACED);
	self = other;
}

START_TEST(a_reload_neither_forgets_nor_repeats_what_was_dropped)
{
	start_or_fail();
	fake_host_deliver(&host, 0, "corbel.a.b", "{}", 5);
	reload();
	fake_host_deliver(&host, 1, "corbel.a.b", "{}", 5);
	fake_host_deliver(&host, 1, "corbel.a.b", "{}", 7);
	assert_lines("log",
		     "corbel.journal.dropped journal {\"pattern\":\"corbel.*\",\"count\":5}\n"
		     "corbel.a.b sensors {}\ncorbel.a.b sensors {}\n"
		     "corbel.journal.dropped journal {\"pattern\":\"corbel.*\",\"count\":2}\n"
		     "corbel.a.b sensors {}\n");
}
END_TEST

START_TEST(a_reload_goes_on_in_the_file_that_was_rotated_meanwhile)
{
	struct corbel_state state;
	void *other;

	start_or_fail();
	fake_host_deliver(&host, 0, "corbel.a.b", "{}", 0);
	host.is_replacement = true;
	ck_assert_int_eq(corbel_plugin.start(&host.context, &other), 0);
	ck_assert_int_eq(rename(tree_path(&tree, "log"), tree_path(&tree, "log.1")), 0);
	state = fake_state_save(&corbel_plugin, self);
	ck_assert_int_eq(corbel_plugin.restore(other, &state), 0);
	fake_state_free(&state);
	corbel_plugin.stop(self, CORBEL_STOP_REPLACED);
	self = other;
	fake_host_deliver(&host, 1, "corbel.a.c", "{}", 0);
	assert_lines("log.1", "corbel.a.b sensors {}\n");
	assert_lines("log", "corbel.a.c sensors {}\n");
}
END_TEST

START_TEST(a_reload_goes_on_counting_events_that_are_lost)
{
	if (access("/dev/full", W_OK) < 0)
		return;
	fake_host_set(&host, "file", tree_path(&tree, "link"), 0);
	ck_assert_int_eq(symlink("/dev/full", tree_path(&tree, "link")), 0);
	start_or_fail();
	fake_host_deliver(&host, 0, "corbel.a.b", "{}", 0);
	reload();
	fake_host_deliver(&host, 1, "corbel.a.b", "{}", 0);
	ck_assert_uint_eq(host.log_count, 1);
	corbel_plugin.stop(self, CORBEL_STOP_REQUESTED);
	self = NULL;
	ck_assert_str_eq(host.log, "stops with 2 events not written");
}
END_TEST

static int restore_and_go_on(const struct corbel_state *state)
{
	void *other;
	int result;

	host.subscription_count = 0;
	host.words[0] = '\0';
	ck_assert_int_eq(corbel_plugin.start(&host.context, &other), 0);
	result = corbel_plugin.restore(other, state);
	ck_assert(result == 0 || strstr(host.words, "cannot take over the saved state"));
	if (result == 0)
		fake_host_deliver(&host, 0, "corbel.a.b", "{}", 9);
	corbel_plugin.stop(other, CORBEL_STOP_FAILED);
	return result;
}

START_TEST(survives_damaged_state)
{
	struct corbel_state state;

	start_or_fail();
	fake_host_deliver(&host, 0, "corbel.a.b", "{}", 5);
	state = fake_state_save(&corbel_plugin, self);
	corbel_plugin.stop(self, CORBEL_STOP_REQUESTED);
	self = NULL;
	fake_state_damage(&state, restore_and_go_on);
	fake_state_free(&state);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("journal");
	TCase *cases = tcase_create("plugin");

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, writes_each_event_as_a_line);
	tcase_add_test(cases, writes_an_event_larger_than_its_memory);
	tcase_add_test(cases, writes_that_a_payload_was_damaged);
	tcase_add_test(cases, writes_how_many_were_dropped_where_they_are_missing);
	tcase_add_test(cases, leaves_out_patterns_that_another_covers);
	tcase_add_test(cases, says_once_that_events_are_lost_and_how_many_when_it_is_over);
	tcase_add_test(cases, takes_another_file_and_other_patterns_without_a_restart);
	tcase_add_test(cases, takes_another_format_and_keeps_its_subscription);
	tcase_add_test(cases, keeps_the_old_settings_when_the_new_cannot_be);
	tcase_add_test(cases, fails_to_start_with_words_when_its_target_cannot_be_opened);
	tcase_add_test(cases, takes_a_relative_file_in_the_state_folder);
	tcase_add_test(cases, a_reload_neither_forgets_nor_repeats_what_was_dropped);
	tcase_add_test(cases, a_reload_goes_on_in_the_file_that_was_rotated_meanwhile);
	tcase_add_test(cases, a_reload_goes_on_counting_events_that_are_lost);
	tcase_add_test(cases, survives_damaged_state);
	suite_add_tcase(suite, cases);
	return suite;
}
