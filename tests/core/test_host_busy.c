/* SPDX-License-Identifier: MIT */
/* Whole hosts: a stop while somebody is inside, by `when-busy`. */
#include <check.h>
#include <string.h>

#include "fixture.base.h"

#include "house.h"

static struct house house;
static struct door door;
static struct fixture_base *use;

static int act(struct board *board, struct actor *actor, const char *where, int number)
{
	if (strcmp(where, "poke") == 0) {
		if (number == 1)
			door_wait(&door);
		return number + 1;
	}
	house_say((struct house *)board, where, actor->name);
	if (strcmp(actor->name, "wisher") == 0 && strcmp(where, "start") == 0)
		return fixture_base_acquire(actor->context, NULL, &use);
	return 0;
}

static void *call(void *data)
{
	int32_t answer = 0;

	*(int *)data = fixture_base_poke(use, 1, &answer);
	return NULL;
}

/* A host in which a thread sits in a method of `base`. */
static void begin(const char *lines, pthread_t *thread, int *result)
{
	door = (struct door)DOOR_INITIALIZER;
	house_init(&house, 2, act);
	house_add(&house, "base", "base", lines);
	house_add(&house, "wisher", "wisher", "");
	house_start(&house);
	ck_assert_int_eq(pthread_create(thread, NULL, call, result), 0);
	house_wait_until(&house, door_has_somebody, &door);
}

static void end(pthread_t thread, const int *result)
{
	door_open(&door);
	pthread_join(thread, NULL);
	ck_assert_int_eq(*result, 0);
}

START_TEST(one_that_refuses_goes_on_and_names_who_is_inside)
{
	pthread_t thread;
	int result;
	int32_t answer;

	begin("stop-timeout = 50ms\nwhen-busy = refuse\n", &thread, &result);
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_STOP, "base"), -EBUSY);
	house_assert_words(house.error.text, "1 threads are inside");
	house_assert_words(house.error.text, "is still inside fixture.base.poke");
	house_assert_state(&house, "base", CORBEL_PLUGIN_RUNNING);
	ck_assert_int_eq(fixture_base_poke(use, 2, &answer), 0);
	end(thread, &result);
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_STOP, "base"), 0);
	house_assert_state(&house, "base", CORBEL_PLUGIN_UNLOADED);
	house_fini(&house);
}
END_TEST

static bool waits_on(void *data)
{
	(void)data;
	return strstr(house_plugin(&house, "base").reason, "when-busy = retry");
}

START_TEST(one_that_retries_waits_until_they_have_left)
{
	pthread_t thread;
	int result;

	begin("stop-timeout = 500ms\nwhen-busy = retry\n", &thread, &result);
	ck_assert_int_eq(corbel_host_request(house.host, CORBEL_REQUEST_STOP, "base", NULL, NULL),
			 0);
	house_wait_until(&house, waits_on, NULL);
	house_assert_state(&house, "base", CORBEL_PLUGIN_DRAINING);
	end(thread, &result);
	house_wait_state(&house, "base", CORBEL_PLUGIN_UNLOADED);
	ck_assert_str_eq(house_plugin(&house, "base").reason, "");
	house_fini(&house);
}
END_TEST

START_TEST(one_that_abandons_stays_in_memory)
{
	pthread_t thread;
	int result;

	begin("stop-timeout = 50ms\n", &thread, &result);
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_STOP, "base"), -EIO);
	house_assert_state(&house, "base", CORBEL_PLUGIN_ZOMBIE);
	ck_assert(house_has_logged(&house, "is still inside fixture.base.poke"));
	end(thread, &result);
	house_abandon(&house);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void)
{
	Suite *suite = suite_create("a stop while somebody is inside");
	TCase *tcase = tcase_create("busy");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, one_that_refuses_goes_on_and_names_who_is_inside);
	tcase_add_test(tcase, one_that_retries_waits_until_they_have_left);
	tcase_add_test(tcase, one_that_abandons_stays_in_memory);
	suite_add_tcase(suite, tcase);
	return suite;
}
