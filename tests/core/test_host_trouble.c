/* SPDX-License-Identifier: MIT */
/* Whole hosts: plugins that fail, hang or cannot be loaded, while the rest runs on. */
#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture.base.h"

#include "house.h"

static struct house house;
static struct door door = DOOR_INITIALIZER;

static void never(void *data)
{
	(void)data;
}

static void too_late(void *data)
{
	struct actor *actor = data;

	house_say((struct house *)actor->board, "fired", actor->name);
}

static void never_heard(void *data, const struct corbel_delivery *delivery)
{
	(void)data;
	(void)delivery;
}

static void loop_on_token(struct corbel_worker *worker, void *data)
{
	struct actor *actor = data;
	struct pollfd token = { .fd = corbel_worker_descriptor(actor->context, worker),
				.events = POLLIN };

	house_say((struct house *)actor->board, "thread", actor->name);
	while (corbel_worker_token(actor->context, worker) != CORBEL_STOP)
		poll(&token, 1, -1);
	house_say((struct house *)actor->board, "ended", actor->name);
}

static int takes_much_and_fails(struct board *board, struct actor *actor, const char *where,
				int number)
{
	struct corbel_subscriber subscriber = {
		.size = sizeof(subscriber), .handler = (void (*)(void))(corbel_handler *)never_heard
	};
	struct corbel_context *context = actor->context;
	struct corbel_subscription *subscription;
	struct corbel_topic *topic;
	struct corbel_worker *worker;
	struct corbel_timer *timer;
	struct corbel_use *use;

	(void)board;
	(void)number;
	if (strcmp(where, "start") != 0)
		return 0;
	/* Due before start() ends, and not to be heard after. */
	if (corbel_post(context, too_late, actor) < 0 ||
	    corbel_acquire(context, &fixture_base_interface, NULL, &use) < 0 ||
	    corbel_subscribe(context, "fixture.*", &subscriber, &subscription) < 0 ||
	    corbel_topic_open(context, &fixture_base_interface, 0, NULL, &topic) < 0 ||
	    corbel_timer_start(context, CORBEL_SECOND, CORBEL_SECOND, never, NULL, &timer) < 0 ||
	    corbel_worker_start(context, "loop", loop_on_token, actor, &worker) < 0)
		return -EIO;
	corbel_explain(context, "the lamp is broken, screw in another");
	/* The worker looks at the actor until it has ended. */
	corbel_worker_stop(context, worker);
	return -EIO;
}

START_TEST(a_failed_start_leaves_nothing_behind)
{
	house_init(&house, 2, takes_much_and_fails);
	house_add(&house, "every", "every", "");
	house_start(&house);
	house_assert_state(&house, "every", CORBEL_PLUGIN_FAILED);
	house_assert_words(house_plugin(&house, "every").reason, "the lamp is broken");
	ck_assert_uint_eq(house_plugin(&house, "every").holdings, 0);
	ck_assert(house_has_said(&house, "ended every"));
	ck_assert(!house_has_said(&house, "fired every"));
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_START, "every"), -EIO);
	house_assert_words(house.error.text, "the lamp is broken");
	house_fini(&house);
}
END_TEST

static int hangs_in_start(struct board *board, struct actor *actor, const char *where, int number)
{
	if (strcmp(where, "poke") == 0)
		return number + 1;
	if (strcmp(where, "start") == 0 && strcmp(actor->name, "base") == 0)
		door_wait(&door);
	house_say((struct house *)board, where, actor->name);
	return 0;
}

static bool is_late(void *data)
{
	return strstr(house_plugin(data, "base").reason, "has not returned");
}

START_TEST(a_start_that_hangs_is_reported_and_may_come_late)
{
	house_init(&house, 2, hangs_in_start);
	house_add(&house, "base", "base", "start-timeout = 500ms\n");
	house_add(&house, "middle", "middle", "");
	house_add(&house, "wisher", "wisher", "");
	house_make(&house);
	corbel_host_start(house.host);
	house_wait_until(&house, is_late, &house);
	house_assert_state(&house, "base", CORBEL_PLUGIN_STARTING);
	house_wait(&house, "start wisher");
	ck_assert(house_has_logged(&house, "is still inside"));
	door_open(&door);
	house_settle(&house);
	house_assert_state(&house, "base", CORBEL_PLUGIN_RUNNING);
	house_assert_state(&house, "middle", CORBEL_PLUGIN_RUNNING);
	ck_assert_str_eq(house_plugin(&house, "base").reason, "");
	house_fini(&house);
}
END_TEST

START_TEST(a_request_that_waits_for_a_hanging_start_is_answered)
{
	house_init(&house, 2, hangs_in_start);
	house_add(&house, "base", "base", "start-timeout = 20ms\nactivate = demand\n");
	house_start(&house);
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_START, "base"), -ETIMEDOUT);
	house_assert_words(house.error.text, "start()");
	door_open(&door);
	house_settle(&house);
	house_fini(&house);
}
END_TEST

static int has_a_thread(struct board *board, struct actor *actor, const char *where, int number)
{
	struct corbel_worker *worker;

	(void)number;
	house_say((struct house *)board, where, actor->name);
	if (strcmp(where, "start") == 0)
		return corbel_worker_start(actor->context, "loop", loop_on_token, actor, &worker);
	return 0;
}

START_TEST(the_threads_of_a_plugin_end_before_its_stop)
{
	house_init(&house, 2, has_a_thread);
	house_add(&house, "base", "base", "");
	house_start(&house);
	house_wait(&house, "thread base");
	house_forget(&house);
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_STOP, "base"), 0);
	house_assert_said(&house, "ended base, stop base");
	house_assert_state(&house, "base", CORBEL_PLUGIN_UNLOADED);
	house_fini(&house);
}
END_TEST

static int hangs_in_stop(struct board *board, struct actor *actor, const char *where, int number)
{
	if (strcmp(where, "poke") == 0)
		return number + 1;
	house_say((struct house *)board, where, actor->name);
	if (strcmp(where, "stop") == 0 && strcmp(actor->name, "base") == 0)
		door_wait(&door);
	return 0;
}

START_TEST(who_ignores_stop_becomes_a_zombie_and_the_host_lives_on)
{
	house_init(&house, 2, hangs_in_stop);
	house_add(&house, "base", "base", "stop-timeout = 500ms\n");
	house_add(&house, "wisher", "wisher", "");
	house_start(&house);
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_STOP, "base"), -EIO);
	house_assert_state(&house, "base", CORBEL_PLUGIN_ZOMBIE);
	house_assert_words(house_plugin(&house, "base").reason, "stop() has not returned");
	ck_assert(house_has_logged(&house, "is still inside"));
	house_assert_state(&house, "wisher", CORBEL_PLUGIN_RUNNING);
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_RESTART, "wisher"), 0);
	ck_assert_int_lt(house_ask(&house, CORBEL_REQUEST_START, "base"), 0);
	house_abandon(&house);
}
END_TEST

static void ignores_its_token(struct corbel_worker *worker, void *data)
{
	(void)worker;
	(void)data;
	door_wait(&door);
}

static int has_a_deaf_thread(struct board *board, struct actor *actor, const char *where,
			     int number)
{
	struct corbel_worker *worker;

	(void)board;
	(void)number;
	if (strcmp(where, "start") == 0)
		return corbel_worker_start(actor->context, "deaf", ignores_its_token, actor,
					   &worker);
	return 0;
}

START_TEST(a_thread_that_ignores_its_token_is_named)
{
	house_init(&house, 2, has_a_deaf_thread);
	house_add(&house, "base", "base", "stop-timeout = 500ms\n");
	house_start(&house);
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_STOP, "base"), -EIO);
	house_assert_state(&house, "base", CORBEL_PLUGIN_ZOMBIE);
	ck_assert(house_has_logged(&house, "(deaf) was asked to stop and goes on"));
	house_abandon(&house);
}
END_TEST

static void truncate_copy(const char *path)
{
	char from[4096], bytes[4096];
	int source = open(house_fixture(from, "base"), O_RDONLY);
	int copy = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	ck_assert_int_ge(source, 0);
	ck_assert_int_ge(copy, 0);
	ck_assert_int_eq(read(source, bytes, sizeof(bytes)), sizeof(bytes));
	ck_assert_int_eq(write(copy, bytes, sizeof(bytes)), sizeof(bytes));
	close(source);
	close(copy);
}

static const char *bad_text(char path[128], const char *name)
{
	snprintf(path, 128, "%s/%s", house.folder, name);
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	fputs("#!/bin/sh\necho this is no plugin\n", file);
	fclose(file);
	return path;
}

START_TEST(bad_files_are_refused_in_words_and_the_rest_runs)
{
	char path[128], long_path[4096];

	house_init(&house, 2, NULL);
	house_add_path(&house, "text", bad_text(path, "text.so"), "");
	snprintf(path, sizeof(path), "%s/cut.so", house.folder);
	truncate_copy(path);
	house_add_path(&house, "cut", path, "");
	house_add_path(&house, "folder", house.folder, "");
	house_add_path(&house, "absent", "absent.so", "");
	house_add_path(&house, "future", house_fixture(long_path, "zoo/.libs/abi_too_new"), "");
	house_add_path(&house, "library", "/lib/x86_64-linux-gnu/libc.so.6", "");
	house_add(&house, "base", "base", "");
	house_add(&house, "middle", "middle", "");
	house_start(&house);
	ck_assert_uint_eq(corbel_host_unfit(house.host), 6);
	house_assert_words(house_plugin(&house, "text").reason, "text.so");
	house_assert_words(house_plugin(&house, "text").reason, "ELF");
	house_assert_words(house_plugin(&house, "cut").reason, "cut.so");
	house_assert_words(house_plugin(&house, "folder").reason, "is a directory");
	house_assert_words(house_plugin(&house, "absent").reason, "plugin-path");
	house_assert_words(house_plugin(&house, "future").reason, "ABI");
	ck_assert_int_ne(house_plugin(&house, "library").reason[0], '\0');
	house_assert_words(house.complaints, "is a directory");
	house_assert_said(&house, "start base, start middle");
	house_fini(&house);
}
END_TEST

START_TEST(bad_keys_of_a_plugin_fail_that_plugin_alone)
{
	house_init(&house, 2, NULL);
	house_add(&house, "wisher", "wisher", "pase = 3\n");
	house_add(&house, "middle", "middle", "pace = fast\n");
	house_add(&house, "base", "base", "");
	house_start(&house);
	house_assert_state(&house, "wisher", CORBEL_PLUGIN_FAILED);
	house_assert_words(house_plugin(&house, "wisher").reason, "house.ini:");
	house_assert_words(house_plugin(&house, "wisher").reason, "pace");
	house_assert_words(house_plugin(&house, "middle").reason, "house.ini:");
	house_assert_said(&house, "start base");
	house_fini(&house);
}
END_TEST

static int wants_its_folder(struct board *board, struct actor *actor, const char *where, int number)
{
	const char *path;

	(void)number;
	if (strcmp(where, "start") == 0 && strcmp(actor->name, "wisher") == 0)
		return corbel_state_folder(actor->context, &path);
	house_say((struct house *)board, where, actor->name);
	return 0;
}

START_TEST(a_state_folder_that_cannot_be_made_is_named)
{
	char path[128], lines[256];

	house_init(&house, 2, wants_its_folder);
	snprintf(lines, sizeof(lines), "state-dir = %s\n", bad_text(path, "file"));
	snprintf(house.config, sizeof(house.config), "[corbel]\n%s\n[log]\nlevel = debug\n", lines);
	house_add(&house, "wisher", "wisher", "");
	house_add(&house, "base", "base", "");
	house_start(&house);
	house_assert_state(&house, "wisher", CORBEL_PLUGIN_FAILED);
	house_assert_words(house_plugin(&house, "wisher").reason, path);
	house_assert_words(house_plugin(&house, "wisher").reason, "state-dir");
	house_assert_said(&house, "start base");
	house_fini(&house);
}
END_TEST

static int keeps_a_file(struct board *board, struct actor *actor, const char *where, int number)
{
	const char *path;
	struct stat status;

	(void)number;
	if (strcmp(where, "start") != 0)
		return 0;
	int result = corbel_state_folder(actor->context, &path);
	if (result < 0)
		return result;
	if (stat(path, &status) < 0 || !S_ISDIR(status.st_mode) || (status.st_mode & 077))
		return -EIO;
	house_say((struct house *)board, "folder", actor->name);
	return 0;
}

START_TEST(a_state_folder_is_made_for_the_plugin_alone)
{
	house_init(&house, 2, keeps_a_file);
	house_add(&house, "base", "base", "");
	house_start(&house);
	house_assert_said(&house, "folder base");
	house_fini(&house);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void)
{
	Suite *suite = suite_create("host: trouble");
	TCase *tcase = tcase_create("trouble");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, a_failed_start_leaves_nothing_behind);
	tcase_add_test(tcase, a_start_that_hangs_is_reported_and_may_come_late);
	tcase_add_test(tcase, a_request_that_waits_for_a_hanging_start_is_answered);
	tcase_add_test(tcase, the_threads_of_a_plugin_end_before_its_stop);
	tcase_add_test(tcase, who_ignores_stop_becomes_a_zombie_and_the_host_lives_on);
	tcase_add_test(tcase, a_thread_that_ignores_its_token_is_named);
	tcase_add_test(tcase, bad_files_are_refused_in_words_and_the_rest_runs);
	tcase_add_test(tcase, bad_keys_of_a_plugin_fail_that_plugin_alone);
	tcase_add_test(tcase, a_state_folder_that_cannot_be_made_is_named);
	tcase_add_test(tcase, a_state_folder_is_made_for_the_plugin_alone);
	suite_add_tcase(suite, tcase);
	return suite;
}
