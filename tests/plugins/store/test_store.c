/* SPDX-License-Identifier: MIT */
/* The plugin store between its callbacks: methods, settings, and what it says of trouble. */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <check.h>
#include <sqlite3.h>

#include <corbel/plugin.h>

#include "corbel.store.h"
#include "fakehost.h"
#include "tree.h"

Suite *test_suite(void);

extern const struct corbel_plugin corbel_plugin;

static struct tree tree;
static struct fake_host host;
static void *self;

static void start_or_fail(void)
{
	ck_assert_msg(corbel_plugin.start(&host.context, &self) == 0, "%s", host.words);
}

static void stop_if_started(void)
{
	if (self)
		corbel_plugin.stop(self, CORBEL_STOP_REQUESTED);
	self = NULL;
}

static void setup(void)
{
	tree_make(&tree);
	fake_host_init(&host);
	host.state_folder = tree.root;
	fake_host_set(&host, "file", "store.db", 0);
	fake_host_set(&host, "durability", "process", 0);
	fake_host_set(&host, "busy-timeout", "0s", 0);
	fake_host_set(&host, "max-value", "1M", 1 << 20);
	start_or_fail();
}

static void teardown(void)
{
	stop_if_started();
	fake_host_fini(&host);
	tree_remove(&tree);
}

static const struct corbel_store_methods *methods(void)
{
	return host.provision.table;
}

static int put(const char *key, const void *bytes, size_t size)
{
	return methods()->put(self, key, (struct corbel_bytes){ (void *)(uintptr_t)bytes, size });
}

static void assert_kept(const char *key, const void *bytes, size_t size)
{
	struct corbel_bytes value;

	ck_assert_int_eq(methods()->get(self, key, &value), 0);
	ck_assert_uint_eq(value.size, size);
	ck_assert_int_eq(memcmp(value.data, bytes, size), 0);
	corbel_free(&host.context, value.data);
}

static int get_code(const char *key)
{
	struct corbel_bytes value = { NULL, 0 };
	int result = methods()->get(self, key, &value);

	corbel_free(&host.context, value.data);
	return result;
}

/* "a,b,c" */
static const char *listed(const char *prefix, const char *after, uint32_t limit)
{
	static char all[1024];
	char **keys;
	size_t count;

	ck_assert_int_eq(methods()->list(self, prefix, after, limit, &keys, &count), 0);
	all[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		strcat(all, i ? "," : "");
		strcat(all, keys[i]);
	}
	corbel_store_strings_free(&host.context, keys, count);
	return all;
}

static void puts_each(const char *const *keys)
{
	for (; *keys; keys++)
		ck_assert_int_eq(put(*keys, "x", 1), 0);
}

/* "1:0.5 2:1" */
static const char *queried(const char *series, int64_t from, int64_t to, uint32_t limit)
{
	static char all[1024];
	struct corbel_store_point *points;
	size_t count, used = 0;

	ck_assert_int_eq(methods()->query(self, series, from, to, limit, &points, &count), 0);
	all[0] = '\0';
	for (size_t i = 0; i < count; i++)
		used += (size_t)snprintf(all + used, sizeof(all) - used, "%s%lld:%g", i ? " " : "",
					 (long long)points[i].at, points[i].value);
	corbel_store_points_free(&host.context, points, count);
	return all;
}

START_TEST(gives_back_what_was_put)
{
	ck_assert_int_eq(put("alert.1", "burning", 7), 0);
	assert_kept("alert.1", "burning", 7);
}
END_TEST

START_TEST(replaces_the_value_of_a_key)
{
	ck_assert_int_eq(put("k", "long and old", 12), 0);
	ck_assert_int_eq(put("k", "new", 3), 0);
	assert_kept("k", "new", 3);
}
END_TEST

START_TEST(keeps_bytes_of_every_kind)
{
	char *large = malloc(1 << 20);

	for (size_t i = 0; i < 1 << 20; i++)
		large[i] = (char)(i * 7);
	ck_assert_int_eq(put("nul", "a\0b\0", 4), 0);
	ck_assert_int_eq(put("empty", "", 0), 0);
	ck_assert_int_eq(put("none", NULL, 0), 0);
	ck_assert_int_eq(put("large", large, 1 << 20), 0);
	assert_kept("nul", "a\0b\0", 4);
	assert_kept("empty", "", 0);
	assert_kept("none", "", 0);
	assert_kept("large", large, 1 << 20);
	free(large);
}
END_TEST

START_TEST(has_no_value_of_a_key_that_was_never_put)
{
	ck_assert_int_eq(get_code("k"), -ENOENT);
	ck_assert_int_eq(get_code(""), -ENOENT);
}
END_TEST

START_TEST(forgets_what_is_removed)
{
	ck_assert_int_eq(put("k", "v", 1), 0);
	ck_assert_int_eq(methods()->remove(self, "k"), 0);
	ck_assert_int_eq(get_code("k"), -ENOENT);
	ck_assert_int_eq(methods()->remove(self, "k"), -ENOENT);
}
END_TEST

START_TEST(refuses_a_key_that_is_empty_or_too_long)
{
	char key[1026];

	memset(key, 'k', sizeof(key));
	key[1025] = '\0';
	ck_assert_int_eq(put("", "v", 1), -EINVAL);
	ck_assert_int_eq(put(key, "v", 1), -ENAMETOOLONG);
	ck_assert_int_eq(methods()->append(self, "", 1, 1.0), -EINVAL);
	ck_assert_int_eq(methods()->append(self, key, 1, 1.0), -ENAMETOOLONG);
	key[1024] = '\0';
	ck_assert_int_eq(put(key, "v", 1), 0);
	assert_kept(key, "v", 1);
	ck_assert_uint_eq(host.log_count, 0);
}
END_TEST

START_TEST(refuses_a_value_that_is_too_large)
{
	char *large = calloc(1, (1 << 20) + 1);

	ck_assert_int_eq(put("k", large, (1 << 20) + 1), -EFBIG);
	ck_assert_int_eq(get_code("k"), -ENOENT);
	ck_assert_int_eq(put("k", large, 1 << 20), 0);
	ck_assert_uint_eq(host.log_count, 0);
	free(large);
}
END_TEST

START_TEST(lists_in_the_order_of_bytes)
{
	puts_each((const char *const[]){ "b", "é", "a", "Z", "a/b", "a.b", "ab", NULL });
	ck_assert_str_eq(listed("", "", 0), "Z,a,a.b,a/b,ab,b,é");
}
END_TEST

START_TEST(takes_a_prefix_as_it_is_written)
{
	puts_each((const char *const[]){ "a%b", "a_b", "axb", "A_b", "a%", "é1", "è1", NULL });
	ck_assert_str_eq(listed("a%", "", 0), "a%,a%b");
	ck_assert_str_eq(listed("a_", "", 0), "a_b");
	ck_assert_str_eq(listed("é", "", 0), "é1");
	ck_assert_str_eq(listed("\xc3", "", 0), "è1,é1");
	ck_assert_str_eq(listed("b", "", 0), "");
}
END_TEST

START_TEST(lists_page_by_page)
{
	puts_each((const char *const[]){ "a1", "b1", "b2", "b3", "b4", "c1", NULL });
	ck_assert_str_eq(listed("b", "", 2), "b1,b2");
	ck_assert_str_eq(listed("b", "b2", 2), "b3,b4");
	ck_assert_str_eq(listed("b", "b4", 2), "");
	ck_assert_str_eq(listed("b", "a1", 2), "b1,b2");
	ck_assert_str_eq(listed("b", "b25", 1), "b3");
	ck_assert_str_eq(listed("b", "c", 2), "");
}
END_TEST

START_TEST(gives_at_most_4096_at_once)
{
	char key[16], **keys;
	struct corbel_store_point *points;
	size_t count;

	for (int i = 0; i < 4100; i++) {
		snprintf(key, sizeof(key), "%04d", i);
		ck_assert_int_eq(put(key, "v", 1), 0);
		ck_assert_int_eq(methods()->append(self, "s", i, i), 0);
	}
	ck_assert_int_eq(methods()->list(self, "", "", 0, &keys, &count), 0);
	ck_assert_uint_eq(count, 4096);
	ck_assert_str_eq(keys[4095], "4095");
	corbel_store_strings_free(&host.context, keys, count);
	ck_assert_int_eq(methods()->query(self, "s", 0, INT64_MAX, UINT32_MAX, &points, &count), 0);
	ck_assert_uint_eq(count, 4096);
	corbel_store_points_free(&host.context, points, count);
}
END_TEST

START_TEST(gives_the_points_of_a_span_in_order_of_time)
{
	ck_assert_int_eq(methods()->append(self, "cpu", 30, 3.0), 0);
	ck_assert_int_eq(methods()->append(self, "cpu", 10, 1.0), 0);
	ck_assert_int_eq(methods()->append(self, "cpu", 20, 2.5), 0);
	ck_assert_int_eq(methods()->append(self, "cpu2", 15, 9.0), 0);
	ck_assert_str_eq(queried("cpu", 10, 20, 0), "10:1 20:2.5");
	ck_assert_str_eq(queried("cpu", INT64_MIN, INT64_MAX, 2), "10:1 20:2.5");
	ck_assert_str_eq(queried("cpu", 21, INT64_MAX, 2), "30:3");
	ck_assert_str_eq(queried("cpu", 20, 10, 0), "");
	ck_assert_str_eq(queried("none", 0, 99, 0), "");
}
END_TEST

START_TEST(keeps_one_point_a_time_in_each_series)
{
	ck_assert_int_eq(methods()->append(self, "s", 1, 1.0), 0);
	ck_assert_int_eq(methods()->append(self, "s", 1, 2.0), 0);
	ck_assert_int_eq(methods()->append(self, "s", INT64_MIN, -INFINITY), 0);
	ck_assert_int_eq(methods()->append(self, "s", INT64_MAX, 1e308), 0);
	ck_assert_int_eq(methods()->append(self, "s", 2, (double)NAN), -EINVAL);
	ck_assert_str_eq(queried("s", INT64_MIN, INT64_MAX, 0),
			 "-9223372036854775808:-inf 1:2 9223372036854775807:1e+308");
}
END_TEST

START_TEST(trims_what_is_older_than_a_time)
{
	for (int at = 1; at <= 4; at++) {
		ck_assert_int_eq(methods()->append(self, "s", at, at), 0);
		ck_assert_int_eq(methods()->append(self, "t", at, at), 0);
	}
	ck_assert_int_eq(methods()->trim(self, "s", 3), 0);
	ck_assert_int_eq(methods()->trim(self, "none", 3), 0);
	ck_assert_str_eq(queried("s", 0, 9, 0), "3:3 4:4");
	ck_assert_str_eq(queried("t", 0, 9, 0), "1:1 2:2 3:3 4:4");
}
END_TEST

START_TEST(has_it_all_after_a_stop_and_a_start)
{
	ck_assert_int_eq(put("k", "v", 1), 0);
	ck_assert_int_eq(methods()->append(self, "s", 1, 1.5), 0);
	stop_if_started();
	start_or_fail();
	assert_kept("k", "v", 1);
	ck_assert_str_eq(queried("s", 0, 9, 0), "1:1.5");
}
END_TEST

START_TEST(leaves_nothing_beside_its_file)
{
	char *wal;

	ck_assert_int_eq(put("k", "v", 1), 0);
	wal = tree_read(&tree, "store.db-wal");
	ck_assert_ptr_nonnull(wal);
	free(wal);
	stop_if_started();
	ck_assert_ptr_null(tree_read(&tree, "store.db-wal"));
	ck_assert_ptr_null(tree_read(&tree, "store.db-shm"));
}
END_TEST

START_TEST(a_call_without_memory_says_so)
{
	char **keys;
	struct corbel_store_point *points;
	size_t count;

	ck_assert_int_eq(put("k", "v", 1), 0);
	host.refused = "alloc";
	ck_assert_int_eq(get_code("k"), -ENOMEM);
	ck_assert_int_eq(methods()->list(self, "", "", 0, &keys, &count), -ENOMEM);
	ck_assert_int_eq(methods()->query(self, "s", 0, 1, 0, &points, &count), -ENOMEM);
	host.refused = NULL;
	assert_kept("k", "v", 1);
}
END_TEST

/* A file may not grow any more, as on a disk that is full. */
static void room_set(rlim_t size)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = size;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

START_TEST(says_once_that_the_disk_is_full_and_once_that_it_has_room)
{
	char bytes[5000];

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(put("before", "v", 1), 0);
	room_set(100000);
	for (int i = 0, result = 0; result == 0; i++) {
		ck_assert_int_lt(i, 100);
		/* What is the same again, SQLite does not write again. */
		memset(bytes, i, sizeof(bytes));
		result = put("k", bytes, sizeof(bytes));
	}
	ck_assert_int_eq(put("k2", bytes, sizeof(bytes)), -ENOSPC);
	ck_assert_int_eq(methods()->append(self, "s", 1, 1.0), -ENOSPC);
	ck_assert_uint_eq(host.log_count, 1);
	ck_assert_int_eq(host.log_level, CORBEL_ERROR);
	ck_assert_ptr_nonnull(strstr(host.log, tree_path(&tree, "store.db")));
	ck_assert_ptr_nonnull(strstr(host.log, "make room"));
	assert_kept("before", "v", 1);
	ck_assert_int_eq(put("", bytes, 1), -EINVAL);
	ck_assert_uint_eq(host.log_count, 1);
	room_set(RLIM_INFINITY);
	ck_assert_int_eq(put("k2", bytes, sizeof(bytes)), 0);
	ck_assert_int_eq(put("k3", bytes, sizeof(bytes)), 0);
	ck_assert_uint_eq(host.log_count, 2);
	ck_assert_int_eq(host.log_level, CORBEL_NOTICE);
	ck_assert_ptr_nonnull(strstr(host.log, "again, after 3 calls"));
	assert_kept("k2", bytes, sizeof(bytes));
}
END_TEST

START_TEST(says_that_another_program_holds_the_file)
{
	sqlite3 *other;

	ck_assert_int_eq(sqlite3_open(tree_path(&tree, "store.db"), &other), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	ck_assert_int_eq(put("k", "v", 1), -EBUSY);
	ck_assert_ptr_nonnull(strstr(host.log, "end the program that holds it"));
	ck_assert_int_eq(get_code("k"), -ENOENT);
	sqlite3_close(other);
	ck_assert_int_eq(put("k", "v", 1), 0);
}
END_TEST

START_TEST(takes_another_file_without_a_restart)
{
	ck_assert_int_eq(put("k", "old", 3), 0);
	fake_host_set(&host, "file", "other.db", 0);
	ck_assert_int_eq(corbel_plugin.configure(self), 0);
	ck_assert_int_eq(get_code("k"), -ENOENT);
	ck_assert_int_eq(put("k", "new", 3), 0);
	fake_host_set(&host, "file", "store.db", 0);
	ck_assert_int_eq(corbel_plugin.configure(self), 0);
	assert_kept("k", "old", 3);
	ck_assert_ptr_null(tree_read(&tree, "other.db-wal"));
}
END_TEST

START_TEST(takes_other_limits_without_a_restart)
{
	char bytes[2000] = { 0 };

	fake_host_set(&host, "durability", "power", 0);
	fake_host_set(&host, "max-value", "1K", 1024);
	ck_assert_int_eq(put("k", bytes, sizeof(bytes)), 0);
	ck_assert_int_eq(corbel_plugin.configure(self), 0);
	assert_kept("k", bytes, sizeof(bytes));
	ck_assert_int_eq(put("k", bytes, sizeof(bytes)), -EFBIG);
	ck_assert_int_eq(put("k", bytes, 1024), 0);
}
END_TEST

START_TEST(keeps_the_old_file_where_a_new_one_cannot_be_had)
{
	ck_assert_int_eq(put("k", "old", 3), 0);
	fake_host_set(&host, "file", tree_path(&tree, "no/where.db"), 0);
	ck_assert_int_eq(corbel_plugin.configure(self), -ENOENT);
	ck_assert_ptr_nonnull(strstr(host.words, "no/where.db"));
	ck_assert_ptr_nonnull(strstr(host.words, "make its folder"));
	assert_kept("k", "old", 3);
	ck_assert_int_eq(put("k", "new", 3), 0);
}
END_TEST

START_TEST(does_not_start_without_a_state_folder)
{
	stop_if_started();
	host.state_folder = NULL;
	ck_assert_int_eq(corbel_plugin.start(&host.context, &self), -ENOENT);
	ck_assert_ptr_nonnull(strstr(host.words, "state-dir"));
	self = NULL;
}
END_TEST

START_TEST(a_start_that_is_refused_leaves_nothing)
{
	stop_if_started();
	host.refused = "provide";
	ck_assert_int_eq(corbel_plugin.start(&host.context, &self), -EACCES);
	ck_assert_ptr_null(tree_read(&tree, "store.db-wal"));
	self = NULL;
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("store");
	TCase *values = tcase_create("values");
	TCase *life = tcase_create("life");

	tcase_add_checked_fixture(values, setup, teardown);
	tcase_add_test(values, gives_back_what_was_put);
	tcase_add_test(values, replaces_the_value_of_a_key);
	tcase_add_test(values, keeps_bytes_of_every_kind);
	tcase_add_test(values, has_no_value_of_a_key_that_was_never_put);
	tcase_add_test(values, forgets_what_is_removed);
	tcase_add_test(values, refuses_a_key_that_is_empty_or_too_long);
	tcase_add_test(values, refuses_a_value_that_is_too_large);
	tcase_add_test(values, lists_in_the_order_of_bytes);
	tcase_add_test(values, takes_a_prefix_as_it_is_written);
	tcase_add_test(values, lists_page_by_page);
	tcase_add_test(values, gives_at_most_4096_at_once);
	tcase_add_test(values, gives_the_points_of_a_span_in_order_of_time);
	tcase_add_test(values, keeps_one_point_a_time_in_each_series);
	tcase_add_test(values, trims_what_is_older_than_a_time);
	suite_add_tcase(suite, values);
	tcase_add_checked_fixture(life, setup, teardown);
	tcase_add_test(life, has_it_all_after_a_stop_and_a_start);
	tcase_add_test(life, leaves_nothing_beside_its_file);
	tcase_add_test(life, a_call_without_memory_says_so);
	tcase_add_test(life, says_once_that_the_disk_is_full_and_once_that_it_has_room);
	tcase_add_test(life, says_that_another_program_holds_the_file);
	tcase_add_test(life, takes_another_file_without_a_restart);
	tcase_add_test(life, takes_other_limits_without_a_restart);
	tcase_add_test(life, keeps_the_old_file_where_a_new_one_cannot_be_had);
	tcase_add_test(life, does_not_start_without_a_state_folder);
	tcase_add_test(life, a_start_that_is_refused_leaves_nothing);
	suite_add_tcase(suite, life);
	return suite;
}
