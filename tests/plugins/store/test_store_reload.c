/* SPDX-License-Identifier: MIT */
/* The plugin store from one version to the next, both of which have the file open for a while. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <check.h>
#include <sqlite3.h>

#include <corbel/plugin.h>

#include "corbel.store.h"
#include "fakehost.h"
#include "fakestate.h"
#include "tree.h"

Suite *test_suite(void);

extern const struct corbel_plugin corbel_plugin;

static struct tree tree;
static struct fake_host host;
static void *self;

static void setup(void)
{
	tree_make(&tree);
	fake_host_init(&host);
	host.state_folder = tree.root;
	fake_host_set(&host, "file", "store.db", 0);
	fake_host_set(&host, "durability", "process", 0);
	fake_host_set(&host, "busy-timeout", "0s", 0);
	fake_host_set(&host, "max-value", "1M", 1 << 20);
	ck_assert_int_eq(corbel_plugin.start(&host.context, &self), 0);
	host.is_replacement = true;
}

static void teardown(void)
{
	corbel_plugin.stop(self, CORBEL_STOP_REQUESTED);
	fake_host_fini(&host);
	tree_remove(&tree);
}

static const struct corbel_store_methods *methods(void)
{
	return host.provision.table;
}

static int append(void *store, int64_t at)
{
	return methods()->append(store, "s", at, 1.5);
}

static size_t points(void)
{
	struct corbel_store_point *found;
	size_t count;

	ck_assert_int_eq(methods()->query(self, "s", 0, INT64_MAX, 0, &found, &count), 0);
	corbel_free(&host.context, found);
	return count;
}

static void *successor_start(void)
{
	void *other;

	ck_assert_int_eq(corbel_plugin.start(&host.context, &other), 0);
	return other;
}

static void take_over(void *other)
{
	struct corbel_state state = fake_state_save(&corbel_plugin, self);

	ck_assert_int_eq(corbel_plugin.restore(other, &state), 0);
	fake_state_free(&state);
}

static void old_stop(void *other)
{
	corbel_plugin.stop(self, CORBEL_STOP_REPLACED);
	self = other;
}

/* With busy-timeout = 0s, so that one that would wait for the other fails. */
START_TEST(writes_go_on_while_two_versions_have_the_file)
{
	int64_t at = 0;

	for (int i = 0; i < 20; i++) {
		void *other;

		ck_assert_int_eq(append(self, ++at), 0);
		other = successor_start();
		ck_assert_int_eq(append(self, ++at), 0);
		take_over(other);
		ck_assert_int_eq(append(other, ++at), 0);
		old_stop(other);
		ck_assert_int_eq(append(self, ++at), 0);
		ck_assert_uint_eq(points(), (size_t)at);
	}
	ck_assert_uint_eq(host.log_count, 0);
}
END_TEST

START_TEST(the_old_version_writes_on_when_the_next_one_fails)
{
	void *other = successor_start();

	take_over(other);
	corbel_plugin.stop(other, CORBEL_STOP_FAILED);
	ck_assert_int_eq(append(self, 1), 0);
	ck_assert_uint_eq(points(), 1);
}
END_TEST

START_TEST(trouble_is_told_once_whatever_the_number_of_versions)
{
	sqlite3 *holder;
	void *other;

	ck_assert_int_eq(sqlite3_open(tree_path(&tree, "store.db"), &holder), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(holder, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	ck_assert_int_eq(append(self, 1), -EBUSY);
	ck_assert_uint_eq(host.log_count, 1);
	other = successor_start();
	take_over(other);
	old_stop(other);
	ck_assert_int_eq(append(self, 1), -EBUSY);
	ck_assert_uint_eq(host.log_count, 1);
	sqlite3_close(holder);
	ck_assert_int_eq(append(self, 1), 0);
	ck_assert_ptr_nonnull(strstr(host.log, "again, after 2 calls"));
}
END_TEST

static int restore_and_go_on(const struct corbel_state *state)
{
	void *other = successor_start();
	int result = corbel_plugin.restore(other, state);

	ck_assert(result == 0 || strstr(host.words, "cannot take over the saved state"));
	if (result == 0)
		ck_assert_int_eq(append(other, 1), 0);
	corbel_plugin.stop(other, CORBEL_STOP_FAILED);
	host.words[0] = '\0';
	return result;
}

START_TEST(survives_damaged_state)
{
	struct corbel_state state = fake_state_save(&corbel_plugin, self);

	fake_state_damage(&state, restore_and_go_on);
	fake_state_free(&state);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("store reload");
	TCase *cases = tcase_create("reload");

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, writes_go_on_while_two_versions_have_the_file);
	tcase_add_test(cases, the_old_version_writes_on_when_the_next_one_fails);
	tcase_add_test(cases, trouble_is_told_once_whatever_the_number_of_versions);
	tcase_add_test(cases, survives_damaged_state);
	suite_add_tcase(suite, cases);
	return suite;
}
