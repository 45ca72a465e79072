/* SPDX-License-Identifier: MIT */
/* Whole hosts: plugins that start at their first use, and stop when nobody uses them. */
#include <check.h>
#include <string.h>

#include "fixture.base.h"

#include "house.h"

static struct house house;
static struct fixture_base *wished;

static int acquires(struct board *board, struct actor *actor, const char *where, int number)
{
	if (strcmp(where, "poke") == 0)
		return number + 1;
	house_say((struct house *)board, where, actor->name);
	if (strcmp(where, "start") == 0 && strcmp(actor->name, "wisher") == 0)
		return fixture_base_acquire(actor->context, NULL, &wished);
	return 0;
}

/* A call that waits needs the control thread to go on: it is made by another one. */
struct caller {
	pthread_t thread;
	struct fixture_base *use;
	int result;
	int32_t answer;
	uint32_t is_done;
};

static void *call(void *data)
{
	struct caller *caller = data;

	caller->result = fixture_base_poke(caller->use, 1, &caller->answer);
	__atomic_store_n(&caller->is_done, 1, __ATOMIC_RELEASE);
	return NULL;
}

static bool is_done(void *data)
{
	return __atomic_load_n(&((struct caller *)data)->is_done, __ATOMIC_ACQUIRE);
}

static int call_and_dispatch(void)
{
	struct caller caller = { .use = wished };

	ck_assert_int_eq(pthread_create(&caller.thread, NULL, call, &caller), 0);
	house_wait_until(&house, is_done, &caller);
	pthread_join(caller.thread, NULL);
	ck_assert(caller.result < 0 || caller.answer == 2);
	return caller.result;
}

static void set_up(const char *lines)
{
	house_init(&house, 2, acquires);
	house_add(&house, "base", "base", lines);
	house_add(&house, "wisher", "wisher", "");
}

START_TEST(a_first_call_starts_it_and_waits_for_it)
{
	set_up("activate = demand\n");
	house_start(&house);
	house_assert_said(&house, "start wisher");
	house_assert_state(&house, "base", CORBEL_PLUGIN_JUDGED);
	ck_assert_int_eq(call_and_dispatch(), 0);
	house_assert_said(&house, "start wisher, start base");
	house_assert_state(&house, "base", CORBEL_PLUGIN_RUNNING);
	house_fini(&house);
}
END_TEST

START_TEST(a_sleeping_provider_satisfies_a_requirement)
{
	set_up("activate = demand\n");
	house_add(&house, "middle", "middle", "");
	house_start(&house);
	house_assert_state(&house, "middle", CORBEL_PLUGIN_RUNNING);
	house_assert_state(&house, "base", CORBEL_PLUGIN_JUDGED);
	house_fini(&house);
}
END_TEST

START_TEST(it_stops_when_idle_and_starts_again_at_a_call)
{
	set_up("activate = demand\nidle = 30ms\n");
	house_start(&house);
	ck_assert_int_eq(call_and_dispatch(), 0);
	house_wait(&house, "stop base");
	house_wait_state(&house, "base", CORBEL_PLUGIN_UNLOADED);
	ck_assert_int_eq(call_and_dispatch(), 0);
	ck_assert_uint_ge(house_plugin(&house, "base").starts, 2);
	house_fini(&house);
}
END_TEST

START_TEST(idleness_does_not_stop_who_requires_it)
{
	set_up("activate = demand\nidle = 20ms\n");
	house_add(&house, "middle", "middle", "");
	house_start(&house);
	ck_assert_int_eq(call_and_dispatch(), 0);
	house_wait(&house, "stop base");
	house_wait_state(&house, "base", CORBEL_PLUGIN_UNLOADED);
	house_assert_state(&house, "middle", CORBEL_PLUGIN_RUNNING);
	ck_assert(!house_has_said(&house, "stop middle"));
	house_fini(&house);
}
END_TEST

static int fails(struct board *board, struct actor *actor, const char *where, int number)
{
	if (strcmp(where, "start") == 0 && strcmp(actor->name, "base") == 0)
		return -EIO;
	return acquires(board, actor, where, number);
}

START_TEST(a_call_that_cannot_start_it_comes_back)
{
	house_init(&house, 2, fails);
	house_add(&house, "base", "base", "activate = demand\n");
	house_add(&house, "wisher", "wisher", "");
	house_start(&house);
	ck_assert_int_eq(call_and_dispatch(), -ENOTCONN);
	house_assert_state(&house, "base", CORBEL_PLUGIN_FAILED);
	ck_assert_int_eq(call_and_dispatch(), -ENOTCONN);
	house_fini(&house);
}
END_TEST

START_TEST(who_started_before_what_it_requires_still_stops_first)
{
	set_up("activate = demand\n");
	house_add(&house, "middle", "middle", "");
	house_start(&house);
	ck_assert_int_eq(call_and_dispatch(), 0);
	house_forget(&house);
	corbel_host_stop(house.host);
	ck_assert_int_eq(corbel_host_settle(house.host, 10 * CORBEL_SECOND), 0);
	/* Whether wisher started before middle is a matter of chance. */
	ck_assert_msg(house_has_said(&house, "stop middle, stop base"), "%s", house.said);
	ck_assert(house_has_said(&house, "stop wisher"));
	house_fini(&house);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void)
{
	Suite *suite = suite_create("host: demand");
	TCase *tcase = tcase_create("demand");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, a_first_call_starts_it_and_waits_for_it);
	tcase_add_test(tcase, a_sleeping_provider_satisfies_a_requirement);
	tcase_add_test(tcase, it_stops_when_idle_and_starts_again_at_a_call);
	tcase_add_test(tcase, idleness_does_not_stop_who_requires_it);
	tcase_add_test(tcase, a_call_that_cannot_start_it_comes_back);
	tcase_add_test(tcase, who_started_before_what_it_requires_still_stops_first);
	suite_add_tcase(suite, tcase);
	return suite;
}
