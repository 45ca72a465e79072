/* SPDX-License-Identifier: MIT */
/* The journal's file: rotation, full disks, folders that cannot be written, files moved away. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <check.h>

#include "file.h"
#include "tree.h"

Suite *test_suite(void);

#define SECOND INT64_C(1000000000)

static struct tree tree;
static struct sink *sink;
static struct corbel_error error;

static void setup(void)
{
	tree_make(&tree);
}

static void teardown(void)
{
	if (sink)
		sink->kind->close(sink);
	sink = NULL;
	tree_remove(&tree);
}

static int open_named(const char *name, uint64_t size, unsigned int keep)
{
	struct file_limits limits = { size, keep };

	return file_open(tree_path(&tree, name), &limits, &sink, &error);
}

static int put(const char *text, int64_t at)
{
	struct line line = { (char *)(uintptr_t)text, strlen(text), strlen(text) + 1, false };
	struct line_event event = { .at = at };

	return sink->kind->write(sink, &line, &event);
}

static void assert_holds(const char *name, const char *expected)
{
	char *text = tree_read(&tree, name);

	if (expected) {
		ck_assert_msg(text != NULL, "there is no %s", name);
		ck_assert_str_eq(text, expected);
	} else {
		ck_assert_msg(text == NULL, "there is a %s", name);
	}
	free(text);
}

START_TEST(appends_to_what_is_there)
{
	tree_write(&tree, "events.log", "before\n");
	ck_assert_int_eq(open_named("events.log", 4096, 2), 0);
	ck_assert_int_eq(put("after\n", 0), 0);
	assert_holds("events.log", "before\nafter\n");
}
END_TEST

START_TEST(is_made_with_no_right_for_others)
{
	struct stat status;

	umask(022);
	ck_assert_int_eq(open_named("events.log", 4096, 2), 0);
	ck_assert_int_eq(stat(tree_path(&tree, "events.log"), &status), 0);
	ck_assert_int_eq(status.st_mode & 0777, 0640);
}
END_TEST

START_TEST(rotates_before_it_would_be_too_large_and_keeps_so_many)
{
	ck_assert_int_eq(open_named("log", 10, 2), 0);
	ck_assert_int_eq(put("aaaa\n", 0), 0);
	ck_assert_int_eq(put("bbbb\n", 0), 0);
	assert_holds("log.1", NULL);
	ck_assert_int_eq(put("cccc\n", 0), 0);
	assert_holds("log", "cccc\n");
	assert_holds("log.1", "aaaa\nbbbb\n");
	ck_assert_int_eq(put("dddddddd\n", 0), 0);
	ck_assert_int_eq(put("eeee\n", 0), 0);
	assert_holds("log", "eeee\n");
	assert_holds("log.1", "dddddddd\n");
	assert_holds("log.2", "cccc\n");
	assert_holds("log.3", NULL);
}
END_TEST

START_TEST(one_line_larger_than_the_limit_is_a_file_of_its_own)
{
	ck_assert_int_eq(open_named("log", 4, 1), 0);
	ck_assert_int_eq(put("aaaaaaaa\n", 0), 0);
	ck_assert_int_eq(put("b\n", 0), 0);
	assert_holds("log", "b\n");
	assert_holds("log.1", "aaaaaaaa\n");
}
END_TEST

START_TEST(a_file_that_was_large_before_is_rotated_first)
{
	tree_write(&tree, "log", "old old old\n");
	tree_write(&tree, "log.2", "older\n");
	ck_assert_int_eq(open_named("log", 8, 4), 0);
	ck_assert_int_eq(put("new\n", 0), 0);
	assert_holds("log", "new\n");
	assert_holds("log.1", "old old old\n");
	assert_holds("log.2", "older\n");
}
END_TEST

START_TEST(goes_on_in_the_open_file_when_it_cannot_rotate)
{
	ck_assert_int_eq(open_named("log", 8, 1), 0);
	tree_write(&tree, "log.1/in-the-way", "");
	ck_assert_int_eq(put("aaaa\n", 0), 0);
	ck_assert_int_eq(put("bbbb\n", 0), 0);
	ck_assert_int_eq(sink->warning, -EISDIR);
	ck_assert_ptr_nonnull(strstr(sink->warning_words, "cannot rotate"));
	assert_holds("log", "aaaa\nbbbb\n");
	tree_delete(&tree, "log.1");
	ck_assert_int_eq(put("cccc\n", 0), 0);
	ck_assert_int_eq(sink->warning, 0);
	assert_holds("log", "cccc\n");
	assert_holds("log.1", "aaaa\nbbbb\n");
}
END_TEST

START_TEST(follows_when_somebody_moves_the_file_away)
{
	char moved[512];

	ck_assert_int_eq(open_named("log", 4096, 1), 0);
	ck_assert_int_eq(put("a\n", 10 * SECOND), 0);
	snprintf(moved, sizeof(moved), "%s", tree_path(&tree, "moved"));
	ck_assert_int_eq(rename(tree_path(&tree, "log"), moved), 0);
	ck_assert_int_eq(put("b\n", 10 * SECOND + 1), 0);
	ck_assert_int_eq(put("c\n", 11 * SECOND), 0);
	assert_holds("moved", "a\nb\n");
	assert_holds("log", "c\n");
}
END_TEST

START_TEST(a_full_device_is_an_error_that_leaves_it_usable)
{
	struct file_limits limits = { 4096, 1 };

	if (access("/dev/full", W_OK) < 0)
		return;
	ck_assert_int_eq(file_open("/dev/full", &limits, &sink, &error), 0);
	ck_assert_int_eq(put("a\n", 0), -ENOSPC);
	ck_assert_int_eq(put("b\n", 5 * SECOND), -ENOSPC);
}
END_TEST

START_TEST(what_a_full_disk_took_in_part_is_taken_back)
{
	struct rlimit limit = { 10, RLIM_INFINITY };

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(open_named("log", 4096, 1), 0);
	ck_assert_int_eq(put("aaaa\n", 0), 0);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_eq(put("bbbbbbbb\n", 0), -EFBIG);
	limit.rlim_cur = RLIM_INFINITY;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_holds("log", "aaaa\n");
	ck_assert_int_eq(put("c\n", 0), 0);
	assert_holds("log", "aaaa\nc\n");
}
END_TEST

START_TEST(a_missing_folder_is_named_with_the_remedy)
{
	char expected[1024];

	ck_assert_int_eq(open_named("no/where/log", 4096, 1), -ENOENT);
	snprintf(expected, sizeof(expected),
		 "cannot open %s/no/where/log: No such file or directory (make the folder "
		 "%s/no/where, or set file to another path)",
		 tree.root, tree.root);
	ck_assert_str_eq(error.text, expected);
}
END_TEST

START_TEST(an_unwritable_folder_is_named_with_the_user)
{
	char expected[1024];
	uid_t user = geteuid();

	ck_assert_int_eq(chmod(tree.root, 0555), 0);
	if (user == 0)
		ck_assert_int_eq(seteuid(user = 65534), 0);

	int result = open_named("log", 4096, 1);

	if (geteuid() != getuid())
		ck_assert_int_eq(seteuid(getuid()), 0);
	ck_assert_int_eq(chmod(tree.root, 0755), 0);
	ck_assert_int_eq(result, -EACCES);
	snprintf(expected, sizeof(expected),
		 "cannot open %s/log: Permission denied (let user %u write in %s, or set "
		 "file to another path)",
		 tree.root, (unsigned int)user, tree.root);
	ck_assert_str_eq(error.text, expected);
}
END_TEST

START_TEST(a_folder_in_the_place_of_the_file_is_refused)
{
	tree_write(&tree, "log/file", "");
	ck_assert_int_eq(open_named("log", 4096, 1), -EISDIR);
	ck_assert_ptr_nonnull(strstr(error.text, "Is a directory (set file to another path)"));
}
END_TEST

START_TEST(a_pipe_that_nobody_reads_does_not_hang_the_start)
{
	ck_assert_int_eq(mkfifo(tree_path(&tree, "pipe"), 0600), 0);
	ck_assert_int_eq(open_named("pipe", 4096, 1), -ENXIO);
	ck_assert_ptr_nonnull(strstr(error.text, "start its reader first"));
}
END_TEST

START_TEST(a_line_that_was_cut_for_want_of_memory_is_not_written)
{
	struct line line = { NULL, 0, 0, true };
	struct line_event event = { 0 };

	ck_assert_int_eq(open_named("log", 4096, 1), 0);
	ck_assert_int_eq(sink->kind->write(sink, &line, &event), -ENOMEM);
	assert_holds("log", "");
}
END_TEST

START_TEST(stderr_is_written_to_and_stays_open)
{
	char read_back[16] = { 0 };
	int ends[2], saved = dup(STDERR_FILENO);

	ck_assert_int_eq(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	ck_assert_int_eq(file_open_stderr(&sink, &error), 0);
	ck_assert_str_eq(sink->name, "stderr");

	int result = put("hello\n", 0);

	sink->kind->close(sink);
	sink = NULL;
	ck_assert_int_ge(fcntl(STDERR_FILENO, F_GETFD), 0);
	dup2(saved, STDERR_FILENO);
	close(saved);
	ck_assert_int_eq(result, 0);
	ck_assert_int_eq(read(ends[0], read_back, sizeof(read_back)), 6);
	ck_assert_str_eq(read_back, "hello\n");
	close(ends[0]);
	close(ends[1]);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("journal file");
	TCase *cases = tcase_create("file");

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, appends_to_what_is_there);
	tcase_add_test(cases, is_made_with_no_right_for_others);
	tcase_add_test(cases, rotates_before_it_would_be_too_large_and_keeps_so_many);
	tcase_add_test(cases, one_line_larger_than_the_limit_is_a_file_of_its_own);
	tcase_add_test(cases, a_file_that_was_large_before_is_rotated_first);
	tcase_add_test(cases, goes_on_in_the_open_file_when_it_cannot_rotate);
	tcase_add_test(cases, follows_when_somebody_moves_the_file_away);
	tcase_add_test(cases, a_full_device_is_an_error_that_leaves_it_usable);
	tcase_add_test(cases, what_a_full_disk_took_in_part_is_taken_back);
	tcase_add_test(cases, a_missing_folder_is_named_with_the_remedy);
	tcase_add_test(cases, an_unwritable_folder_is_named_with_the_user);
	tcase_add_test(cases, a_folder_in_the_place_of_the_file_is_refused);
	tcase_add_test(cases, a_pipe_that_nobody_reads_does_not_hang_the_start);
	tcase_add_test(cases, a_line_that_was_cut_for_want_of_memory_is_not_written);
	tcase_add_test(cases, stderr_is_written_to_and_stays_open);
	suite_add_tcase(suite, cases);
	return suite;
}
