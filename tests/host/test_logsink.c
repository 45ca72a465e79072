/* SPDX-License-Identifier: MIT */
/* Log lines on their way to a file and to those who watch. */
#include <check.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "logsink.h"

Suite *test_suite(void);

static struct logsink *sink;
static char path[] = "/tmp/corbel-logsink.XXXXXX";

static void set_up(void)
{
	strcpy(path + sizeof(path) - 7, "XXXXXX");
	int file = mkstemp(path);

	ck_assert_int_ge(file, 0);
	close(file);
	ck_assert_int_eq(logsink_new(&sink), 0);
	ck_assert_int_eq(logsink_open(sink, path, NULL), 0);
}

static void tear_down(void)
{
	logsink_free(sink);
	unlink(path);
}

static void say(const char *plugin, const char *text)
{
	logsink_write(sink, &(struct corbel_log_line){ plugin, CORBEL_NOTICE, text, 1500000000 });
}

static size_t file_size(const char *name)
{
	FILE *file = fopen(name, "r");

	ck_assert_ptr_nonnull(file);
	fseek(file, 0, SEEK_END);
	long size = ftell(file);

	fclose(file);
	return (size_t)size;
}

static bool is_readable(void)
{
	struct pollfd wait = { logsink_descriptor(sink), POLLIN, 0 };

	return poll(&wait, 1, 0) == 1;
}

START_TEST(writes_a_line_with_its_plugin_and_level)
{
	char text[200] = "";

	say("sensors", "warm");
	FILE *file = fopen(path, "r");

	ck_assert_ptr_nonnull(fgets(text, sizeof(text), file));
	fclose(file);
	ck_assert_ptr_nonnull(strstr(text, ".500 notice  sensors: warm\n"));
}
END_TEST

START_TEST(opens_a_file_anew_that_was_moved_away)
{
	char moved[sizeof(path) + 2];

	say("", "one");
	snprintf(moved, sizeof(moved), "%s.1", path);
	ck_assert_int_eq(rename(path, moved), 0);
	size_t before = file_size(moved);

	ck_assert_int_eq(logsink_open(sink, path, NULL), 0);
	say("", "two");
	ck_assert_uint_eq(file_size(moved), before);
	ck_assert_uint_gt(file_size(path), 0);
	unlink(moved);
}
END_TEST

START_TEST(keeps_its_file_when_another_cannot_be_opened)
{
	struct corbel_error error;

	ck_assert_int_eq(logsink_open(sink, "/nonexistent/log", &error), -ENOENT);
	ck_assert_ptr_nonnull(strstr(error.text, "/nonexistent/log"));
	say("", "still here");
	ck_assert_uint_gt(file_size(path), 0);
}
END_TEST

START_TEST(wakes_only_while_somebody_listens)
{
	say("", "unheard");
	ck_assert(!is_readable());
	logsink_listen(sink, true);
	say("", "heard");
	ck_assert(is_readable());
	logsink_drain(sink);
	ck_assert(!is_readable());
	logsink_listen(sink, false);
	say("", "unheard");
	ck_assert(!is_readable());
}
END_TEST

START_TEST(gives_the_oldest_that_it_has_kept)
{
	struct logsink_line line;
	uint64_t number = 0;
	char text[32];

	for (unsigned int i = 0; i < LOGSINK_LINES + 10; i++) {
		snprintf(text, sizeof(text), "line %u", i);
		say("a", text);
	}
	ck_assert(logsink_read(sink, &number, &line));
	ck_assert_uint_eq(number, 10);
	ck_assert_str_eq(line.text, "line 10");
	number = logsink_next(sink);
	ck_assert(!logsink_read(sink, &number, &line));
}
END_TEST

START_TEST(cuts_a_line_that_is_too_long)
{
	struct logsink_line line;
	uint64_t number = 0;
	char text[3 * LOGSINK_TEXT_SIZE];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	say("a", text);
	ck_assert(logsink_read(sink, &number, &line));
	ck_assert_uint_eq(strlen(line.text), LOGSINK_TEXT_SIZE - 1);
}
END_TEST

static void *say_much(void *data)
{
	for (int i = 0; i < 2000; i++)
		say(data, "from a thread");
	return NULL;
}

START_TEST(takes_lines_of_several_threads)
{
	static char names[4][2] = { "a", "b", "c", "d" };
	struct logsink_line line;
	pthread_t threads[4];

	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, say_much, names[i]);
	for (uint64_t number = 0; number < 4000;)
		if (logsink_read(sink, &number, &line)) {
			ck_assert_str_eq(line.text, "from a thread");
			number++;
		}
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	ck_assert_uint_eq(logsink_next(sink), 8000);
}
END_TEST

START_TEST(names_levels_and_knows_the_names)
{
	ck_assert_str_eq(logsink_level_name(CORBEL_WARNING), "warning");
	ck_assert_int_eq(logsink_level_parse("debug"), CORBEL_DEBUG);
	ck_assert_int_eq(logsink_level_parse("loud"), -EINVAL);
	ck_assert_str_eq(logsink_level_name(99), "unknown");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("logsink");
	TCase *cases = tcase_create("logsink");

	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_add_test(cases, writes_a_line_with_its_plugin_and_level);
	tcase_add_test(cases, opens_a_file_anew_that_was_moved_away);
	tcase_add_test(cases, keeps_its_file_when_another_cannot_be_opened);
	tcase_add_test(cases, wakes_only_while_somebody_listens);
	tcase_add_test(cases, gives_the_oldest_that_it_has_kept);
	tcase_add_test(cases, cuts_a_line_that_is_too_long);
	tcase_add_test(cases, takes_lines_of_several_threads);
	tcase_add_test(cases, names_levels_and_knows_the_names);
	suite_add_tcase(suite, cases);
	return suite;
}
