/* SPDX-License-Identifier: MIT */
/* What plugins use: counted while they have it, and refused beyond their limits. */
#include <check.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <corbel/buffer.h>

#include "fixture.base.h"

#include "house.h"
#include "usage.h"

static struct house house;
static struct corbel_context *base, *wisher;

static int act(struct board *board, struct actor *actor, const char *where, int number)
{
	(void)board;
	(void)number;
	if (strcmp(where, "start") == 0 && strcmp(actor->name, "base") == 0)
		base = actor->context;
	if (strcmp(where, "start") == 0 && strcmp(actor->name, "wisher") == 0)
		wisher = actor->context;
	return 0;
}

static void begin(const char *limits)
{
	house_init(&house, 1, act);
	house_add(&house, "base", "base", limits);
	house_add(&house, "wisher", "wisher", "");
	house_start(&house);
}

static void keep(void *data, const struct corbel_plugin_info *info)
{
	*(struct corbel_plugin_info *)data = *info;
}

static struct corbel_plugin_info info_of(const char *plugin)
{
	struct corbel_plugin_info info;

	ck_assert_int_eq(corbel_host_plugin(house.host, plugin, keep, &info), 0);
	return info;
}

START_TEST(memory_is_on_the_account_of_who_allocated_it_until_anybody_frees_it)
{
	begin("");
	char *text = corbel_alloc(base, 1000);

	ck_assert_ptr_nonnull(text);
	ck_assert_int_ge(info_of("base").memory, 1000);
	ck_assert_int_eq(info_of("wisher").memory, 0);
	corbel_free(wisher, text);
	ck_assert_int_eq(info_of("base").memory, 0);
	ck_assert_int_eq(info_of("wisher").memory, 0);
	house_fini(&house);
}
END_TEST

START_TEST(memory_may_outlive_who_allocated_it)
{
	begin("");
	char *text = corbel_strdup(base, "still here");

	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_STOP, "base"), 0);
	ck_assert_str_eq(text, "still here");
	corbel_free(wisher, text);
	house_fini(&house);
}
END_TEST

START_TEST(what_malloc_made_is_freed_all_the_same)
{
	usage_free(NULL);
	for (size_t size = 1; size < 100; size++)
		usage_free(calloc(1, size));
	/* Memory that was a buffer before does not count as one. */
	void *buffer = usage_alloc(NULL, 40);

	usage_free(buffer);
	usage_free(calloc(1, 40 + 16));
}
END_TEST

START_TEST(memory_beyond_its_limit_is_refused_with_the_key_that_says_so)
{
	begin("limit-memory = 10K\n");
	char *some = corbel_alloc(base, 8000);

	ck_assert_ptr_nonnull(some);
	ck_assert_ptr_null(corbel_alloc(base, 8000));
	ck_assert(house_has_logged(&house, "limit-memory in [plugin base] allows 10240"));
	/* Once. */
	house_forget(&house);
	ck_assert_ptr_null(corbel_alloc(base, SIZE_MAX));
	ck_assert_ptr_null(corbel_alloc(base, 8000));
	ck_assert(!house_has_logged(&house, "limit-memory"));
	/* What is given back may be taken again. */
	corbel_free(base, some);
	some = corbel_alloc(base, 8000);
	ck_assert_ptr_nonnull(some);
	corbel_free(base, some);
	ck_assert_int_eq(info_of("base").limit_memory, 10240);
	house_fini(&house);
}
END_TEST

static void stand_by(struct corbel_worker *worker, void *data)
{
	(void)data;
	while (corbel_worker_token(base, worker) != CORBEL_STOP) {
		struct pollfd bell = { .fd = corbel_worker_descriptor(base, worker),
				       .events = POLLIN };

		poll(&bell, 1, -1);
	}
}

START_TEST(threads_beyond_their_limit_are_refused)
{
	struct corbel_worker *worker, *another;

	begin("limit-threads = 1\n");
	ck_assert_int_eq(corbel_worker_start(base, "one", stand_by, NULL, &worker), 0);
	ck_assert_int_eq(info_of("base").threads, 1);
	ck_assert_int_eq(info_of("base").descriptors, 1);
	ck_assert_int_eq(corbel_worker_start(base, "two", stand_by, NULL, &another), -EAGAIN);
	ck_assert(house_has_logged(&house, "limit-threads in [plugin base] allows 1"));
	ck_assert_int_eq(corbel_worker_stop(base, worker), 0);
	ck_assert_int_eq(info_of("base").threads, 0);
	ck_assert_int_eq(info_of("base").descriptors, 0);
	ck_assert_int_eq(corbel_worker_start(base, "two", stand_by, NULL, &another), 0);
	house_fini(&house);
}
END_TEST

static void ignore(void *data, int descriptor, uint32_t events)
{
	(void)data;
	(void)descriptor;
	(void)events;
}

START_TEST(descriptors_beyond_their_limit_are_refused)
{
	struct corbel_watch *watch, *another;
	int ends[2];

	begin("limit-fds = 1\n");
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(corbel_watch_add(base, ends[0], CORBEL_READABLE, ignore, NULL, &watch), 0);
	ck_assert_int_eq(corbel_watch_add(base, ends[1], CORBEL_WRITABLE, ignore, NULL, &another),
			 -EMFILE);
	ck_assert(house_has_logged(&house, "limit-fds in [plugin base] allows 1"));
	corbel_watch_remove(base, watch);
	ck_assert_int_eq(info_of("base").descriptors, 0);
	close(ends[0]);
	close(ends[1]);
	house_fini(&house);
}
END_TEST

static void work(void *data)
{
	struct timespec begun, now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begun);
	do
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	while ((now.tv_sec - begun.tv_sec) * CORBEL_SECOND + now.tv_nsec - begun.tv_nsec <
	       CORBEL_MILLISECOND);
	*(bool *)data = true;
}

static bool has_worked(void *data)
{
	(void)data;
	return info_of("base").cpu_time >= CORBEL_MILLISECOND;
}

START_TEST(processor_time_is_kept_when_the_plugin_has_gone)
{
	bool is_done = false;

	begin("");
	ck_assert_int_eq(corbel_post(base, work, &is_done), 0);
	house_wait_until(&house, has_worked, NULL);
	ck_assert_int_lt(info_of("wisher").cpu_time, CORBEL_MILLISECOND);
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_STOP, "base"), 0);
	ck_assert_int_ge(info_of("base").cpu_time, CORBEL_MILLISECOND);
	ck_assert(is_done);
	house_fini(&house);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void)
{
	Suite *suite = suite_create("usage");
	TCase *tcase = tcase_create("accounts");

	tcase_set_timeout(tcase, 30);
	tcase_add_test(tcase, memory_is_on_the_account_of_who_allocated_it_until_anybody_frees_it);
	tcase_add_test(tcase, memory_may_outlive_who_allocated_it);
	tcase_add_test(tcase, what_malloc_made_is_freed_all_the_same);
	tcase_add_test(tcase, memory_beyond_its_limit_is_refused_with_the_key_that_says_so);
	tcase_add_test(tcase, threads_beyond_their_limit_are_refused);
	tcase_add_test(tcase, descriptors_beyond_their_limit_are_refused);
	tcase_add_test(tcase, processor_time_is_kept_when_the_plugin_has_gone);
	suite_add_tcase(suite, tcase);
	return suite;
}
