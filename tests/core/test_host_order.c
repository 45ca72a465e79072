/* SPDX-License-Identifier: MIT */
/* Whole hosts: who starts and stops when, and why somebody does not start. */
#include <check.h>
#include <string.h>

#include "fixture.base.h"

#include "house.h"

static struct house house;

/* Configured against the order of the dependencies, so that only these can bring it about. */
static void add_chain(void)
{
	house_add(&house, "top", "top", "");
	house_add(&house, "wisher", "wisher", "");
	house_add(&house, "middle", "middle", "");
	house_add(&house, "base", "base", "");
}

/* What the wisher got, for the test to call through. */
static struct fixture_base *wished;

static int acquires(struct board *board, struct actor *actor, const char *where, int number)
{
	(void)board;
	if (strcmp(where, "poke") == 0)
		return number + 1;
	if (strcmp(actor->name, "wisher") == 0 && strcmp(where, "start") == 0)
		return fixture_base_acquire(actor->context, NULL, &wished);
	return 0;
}

START_TEST(starts_in_the_order_of_dependencies)
{
	house_init(&house, 2, NULL);
	add_chain();
	house_start(&house);
	house_wait(&house, "start wisher");
	const char *first = strstr(house.said, "start base"),
		   *second = strstr(house.said, "start middle");

	ck_assert(first && second && strstr(house.said, "start top"));
	ck_assert(first < second && second < strstr(house.said, "start top"));
	house_fini(&house);
}
END_TEST

/* The order of actual starts differs from that of the configuration and of the dependencies. */
START_TEST(stops_in_reverse_of_the_actual_starts)
{
	house_init(&house, 0, NULL);
	house_add(&house, "wisher", "wisher", "");
	house_add(&house, "base", "base", "enabled = no\n");
	house_add(&house, "middle", "middle", "");
	house_start(&house);
	house_assert_state(&house, "middle", CORBEL_PLUGIN_JUDGED);
	house_configure(&house, "");
	house_add(&house, "wisher", "wisher", "");
	house_add(&house, "base", "base", "");
	house_add(&house, "middle", "middle", "");
	ck_assert_int_eq(house_reconfigure(&house), 0);
	house_settle(&house);
	house_assert_said(&house, "start wisher, start base, start middle");
	house_forget(&house);
	corbel_host_stop(house.host);
	house_settle(&house);
	house_assert_said(&house, "stop middle, stop base, stop wisher");
	house_fini(&house);
}
END_TEST

START_TEST(stops_first_what_requires_it_and_starts_it_again_after)
{
	house_init(&house, 2, NULL);
	add_chain();
	house_start(&house);
	house_forget(&house);
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_STOP, "base"), 0);
	house_settle(&house);
	house_assert_said(&house, "stop top, stop middle, stop base");
	house_assert_state(&house, "wisher", CORBEL_PLUGIN_RUNNING);
	house_assert_words(house_plugin(&house, "middle").reason, "fixture.base");
	house_forget(&house);
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_START, "base"), 0);
	house_settle(&house);
	house_assert_said(&house, "start base, start middle, start top");
	house_fini(&house);
}
END_TEST

START_TEST(starting_what_requires_others_starts_these_first)
{
	house_init(&house, 2, NULL);
	add_chain();
	house_start(&house);
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_STOP, "base"), 0);
	house_settle(&house);
	house_forget(&house);
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_START, "top"), 0);
	house_assert_said(&house, "start base, start middle, start top");
	house_fini(&house);
}
END_TEST

START_TEST(a_restart_takes_its_users_down_and_up_again)
{
	house_init(&house, 2, NULL);
	add_chain();
	house_start(&house);
	house_forget(&house);
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_RESTART, "base"), 0);
	house_settle(&house);
	house_assert_said(&house,
			  "stop top, stop middle, stop base, start base, start middle, start top");
	house_fini(&house);
}
END_TEST

START_TEST(who_only_wants_it_goes_on_and_reaches_the_next_one)
{
	int32_t answer = 0;

	house_init(&house, 2, acquires);
	house_add(&house, "wisher", "wisher", "");
	house_add(&house, "base", "base", "");
	house_start(&house);
	ck_assert_int_eq(fixture_base_poke(wished, 1, &answer), 0);
	ck_assert_int_eq(answer, 2);
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_STOP, "base"), 0);
	house_assert_state(&house, "wisher", CORBEL_PLUGIN_RUNNING);
	ck_assert_int_eq(fixture_base_poke(wished, 1, &answer), -ENOTCONN);
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_START, "base"), 0);
	ck_assert_int_eq(fixture_base_poke(wished, 5, &answer), 0);
	ck_assert_int_eq(answer, 6);
	house_fini(&house);
}
END_TEST

START_TEST(refuses_a_circle_with_its_path)
{
	house_init(&house, 2, NULL);
	house_add(&house, "ring_a", "ring_a", "");
	house_add(&house, "ring_b", "ring_b", "");
	house_add(&house, "ring_c", "ring_c", "");
	house_add(&house, "base", "base", "");
	house_start(&house);
	house_assert_state(&house, "ring_a", CORBEL_PLUGIN_FAILED);
	house_assert_state(&house, "ring_b", CORBEL_PLUGIN_FAILED);
	house_assert_state(&house, "ring_c", CORBEL_PLUGIN_FAILED);
	house_assert_words(house_plugin(&house, "ring_b").reason,
			   "ring_a requires fixture.ring.b of ring_b, ring_b requires "
			   "fixture.ring.c of ring_c, "
			   "ring_c requires fixture.ring.a of ring_a");
	house_assert_words(house.complaints, "circle");
	house_assert_said(&house, "start base");
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_START, "ring_a"), -EIO);
	house_assert_words(house.error.text, "circle");
	house_fini(&house);
}
END_TEST

START_TEST(says_which_provider_is_missing)
{
	house_init(&house, 2, NULL);
	house_add(&house, "middle", "middle", "");
	house_start(&house);
	house_assert_words(house_plugin(&house, "middle").reason,
			   "requires fixture.base 1.0, and no plugin of the configuration "
			   "provides it");
	ck_assert_int_lt(house_ask(&house, CORBEL_REQUEST_START, "middle"), 0);
	house_assert_words(house.error.text, "fixture.base");
	house_fini(&house);
}
END_TEST

START_TEST(says_which_version_is_missing)
{
	house_init(&house, 2, NULL);
	house_add(&house, "newer", "newer", "");
	house_add(&house, "base", "base", "");
	house_start(&house);
	house_assert_words(house_plugin(&house, "newer").reason,
			   "requires fixture.base 1.4, and base provides 1.0");
	house_assert_state(&house, "base", CORBEL_PLUGIN_RUNNING);
	house_fini(&house);
}
END_TEST

START_TEST(refuses_another_layout_of_the_same_interface)
{
	house_init(&house, 2, NULL);
	house_add(&house, "base", "base", "");
	house_add(&house, "stranger", "stranger", "");
	house_start(&house);
	house_assert_state(&house, "stranger", CORBEL_PLUGIN_FAILED);
	house_assert_words(house_plugin(&house, "stranger").reason, "fixture.base");
	house_assert_words(house_plugin(&house, "stranger").reason, "layout");
	house_assert_words(house_plugin(&house, "stranger").reason, "poke");
	house_assert_state(&house, "base", CORBEL_PLUGIN_RUNNING);
	house_fini(&house);
}
END_TEST

START_TEST(a_request_for_nobody_says_so)
{
	house_init(&house, 2, NULL);
	house_add(&house, "base", "base", "");
	house_start(&house);
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_STOP, "nobody"), -ENOENT);
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_RELOAD, "nobody"), -ENOENT);
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_RELOAD + 1, "base"), -EOPNOTSUPP);
	house_fini(&house);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void)
{
	Suite *suite = suite_create("host: order");
	TCase *tcase = tcase_create("order");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, starts_in_the_order_of_dependencies);
	tcase_add_test(tcase, stops_in_reverse_of_the_actual_starts);
	tcase_add_test(tcase, stops_first_what_requires_it_and_starts_it_again_after);
	tcase_add_test(tcase, starting_what_requires_others_starts_these_first);
	tcase_add_test(tcase, a_restart_takes_its_users_down_and_up_again);
	tcase_add_test(tcase, who_only_wants_it_goes_on_and_reaches_the_next_one);
	tcase_add_test(tcase, refuses_a_circle_with_its_path);
	tcase_add_test(tcase, says_which_provider_is_missing);
	tcase_add_test(tcase, says_which_version_is_missing);
	tcase_add_test(tcase, refuses_another_layout_of_the_same_interface);
	tcase_add_test(tcase, a_request_for_nobody_says_so);
	suite_add_tcase(suite, tcase);
	return suite;
}
