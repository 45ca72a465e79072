/* SPDX-License-Identifier: MIT */
/* Tests of watching folders: what is told, and of which folders. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <check.h>

#include "folder_watch.h"
Suite *test_suite(void);

static char root[64], trace[65536];
static int told_all;
static struct poller poller;
static struct folder_watch *watch;

static void changed(void *data, const char *path)
{
	size_t used = strlen(trace);

	(void)data;
	told_all += !path;
	if (path && used < sizeof(trace))
		snprintf(trace + used, sizeof(trace) - used, "%s\n", path);
}

static bool is_in_trace(const char *path)
{
	char line[PATH_MAX + 1];

	snprintf(line, sizeof(line), "%s\n", path);
	return strstr(trace, line);
}

static const char *in(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", root, name);
	return path;
}

static void make_folder(const char *name)
{
	ck_assert_int_eq(mkdir(in(name), 0700), 0);
}

static void write_file(const char *name)
{
	int file = open(in(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	ck_assert_int_ge(file, 0);
	ck_assert_int_eq(write(file, "x", 1), 1);
	close(file);
}

static void give_up(void *data)
{
	*(bool *)data = true;
}

/* Takes what there is to take until the path was told of; NULL: until anything may have changed. */
static bool is_told(const char *path)
{
	bool is_late = false;
	struct poller_timer limit = { .fire = give_up, .data = &is_late };

	poller_timer_set(&poller, &limit, 10 * POLLER_SECOND);
	while (!is_late && !(path ? is_in_trace(path) : told_all > 0))
		ck_assert_int_eq(poller_turn(&poller), 0);
	poller_timer_clear(&poller, &limit);
	return !is_late;
}

static void setup(void)
{
	strcpy(root, "/tmp/corbel-folders.XXXXXX");
	told_all = 0;
	trace[0] = '\0';
	ck_assert_ptr_nonnull(mkdtemp(root));
	ck_assert_int_eq(poller_init(&poller), 0);
	ck_assert_int_eq(folder_watch_new(&poller, changed, NULL, &watch), 0);
}

static void teardown(void)
{
	char command[128];

	folder_watch_free(watch);
	poller_fini(&poller);
	snprintf(command, sizeof(command), "rm -r %s", root);
	ck_assert_int_eq(system(command), 0);
}

START_TEST(tells_what_was_written_moved_and_deleted)
{
	char target[PATH_MAX];

	make_folder("a");
	ck_assert_int_eq(folder_watch_add(watch, in("a")), 0);
	write_file("a/one");
	ck_assert(is_told(in("a/one")));
	snprintf(target, sizeof(target), "%s", in("a/two"));
	ck_assert_int_eq(rename(in("a/one"), target), 0);
	ck_assert(is_told(in("a/two")));
	trace[0] = '\0';
	ck_assert_int_eq(chmod(in("a/two"), 0400), 0);
	ck_assert(is_told(in("a/two")));
	trace[0] = '\0';
	ck_assert_int_eq(unlink(in("a/two")), 0);
	ck_assert(is_told(in("a/two")));
	ck_assert_int_eq(told_all, 0);
}
END_TEST

START_TEST(waits_for_a_folder_that_is_missing)
{
	ck_assert_int_eq(folder_watch_add(watch, in("a/b")), 0);
	make_folder("a");
	ck_assert(is_told(NULL));
	make_folder("a/b");
	write_file("a/b/one");
	/* The file may be there before the folder is watched: then anything may have changed. */
	told_all = 0;
	ck_assert(is_told(NULL));
	write_file("a/b/two");
	ck_assert(is_told(in("a/b/two")));
}
END_TEST

START_TEST(follows_a_folder_that_is_made_anew)
{
	make_folder("a");
	ck_assert_int_eq(folder_watch_add(watch, in("a")), 0);
	ck_assert_int_eq(rmdir(in("a")), 0);
	ck_assert(is_told(NULL));
	make_folder("a");
	told_all = 0;
	ck_assert(is_told(NULL));
	write_file("a/one");
	ck_assert(is_told(in("a/one")));
}
END_TEST

START_TEST(does_not_follow_a_folder_that_was_moved_away)
{
	char target[PATH_MAX];

	make_folder("a");
	ck_assert_int_eq(folder_watch_add(watch, in("a")), 0);
	snprintf(target, sizeof(target), "%s", in("b"));
	ck_assert_int_eq(rename(in("a"), target), 0);
	ck_assert(is_told(NULL));
	make_folder("a");
	told_all = 0;
	ck_assert(is_told(NULL));
	write_file("b/one");
	write_file("a/two");
	ck_assert(is_told(in("a/two")));
	ck_assert(!is_in_trace(in("a/one")));
}
END_TEST

START_TEST(tells_of_a_folder_by_each_of_its_paths)
{
	char path[PATH_MAX];

	make_folder("a");
	snprintf(path, sizeof(path), "%s", in("a/."));
	ck_assert_int_eq(folder_watch_add(watch, in("a")), 0);
	ck_assert_int_eq(folder_watch_add(watch, path), 0);
	ck_assert_int_eq(folder_watch_add(watch, path), 0);
	write_file("a/one");
	ck_assert(is_told(in("a/one")));
	ck_assert(is_told(in("a/./one")));
}
END_TEST

START_TEST(is_silent_about_folders_that_were_forgotten)
{
	make_folder("a");
	make_folder("b");
	ck_assert_int_eq(folder_watch_add(watch, in("a")), 0);
	folder_watch_clear(watch);
	ck_assert_int_eq(folder_watch_add(watch, in("b")), 0);
	write_file("a/one");
	write_file("b/two");
	ck_assert(is_told(in("b/two")));
	ck_assert_int_eq(told_all, 0);
}
END_TEST

START_TEST(refuses_what_is_no_folder)
{
	write_file("a");
	ck_assert_int_eq(folder_watch_add(watch, in("a")), -ENOTDIR);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("folder_watch");
	TCase *tests = tcase_create("folder_watch");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, tells_what_was_written_moved_and_deleted);
	tcase_add_test(tests, waits_for_a_folder_that_is_missing);
	tcase_add_test(tests, follows_a_folder_that_is_made_anew);
	tcase_add_test(tests, does_not_follow_a_folder_that_was_moved_away);
	tcase_add_test(tests, tells_of_a_folder_by_each_of_its_paths);
	tcase_add_test(tests, is_silent_about_folders_that_were_forgotten);
	tcase_add_test(tests, refuses_what_is_no_folder);
	suite_add_tcase(suite, tests);
	return suite;
}
