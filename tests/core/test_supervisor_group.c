/* SPDX-License-Identifier: MIT */
/* Supervision of groups: who is started again with whom, in what order, and when all give up. */
#include <check.h>
#include <string.h>

#include "fault.h"

static struct house house;

static int act(struct board *board, struct actor *actor, const char *where, int number)
{
	(void)number;
	if (strcmp(where, "start") == 0)
		fault_keep(actor);
	house_say((struct house *)board, where, actor->name);
	return 0;
}

/* `middle` requires `base` of its own accord; the others know nothing of each other. */
static void begin(const char *members, const char *lines)
{
	char group[512];

	house_init(&house, 2, act);
	snprintf(group, sizeof(group), "[group crew]\nmembers = %s\n%s", members, lines);
	house_configure(&house, "");
	house_add(&house, "one", "wisher", "restart-backoff = 1s\n");
	house_add(&house, "two", "wisher", "restart-backoff = 1s\n");
	house_add(&house, "three", "wisher", "restart-backoff = 1s\n");
	house_add(&house, "outside", "wisher", "");
	strncat(house.config, group, sizeof(house.config) - strlen(house.config) - 1);
	house_make(&house);
	loop_set_virtual(house.host->loop, 1000 * CORBEL_SECOND);
	corbel_host_start(house.host);
	house_settle(&house);
	house_forget(&house);
}

static void fault(const char *name)
{
	fault_play(&house, name);
	house_wait_state(&house, name, CORBEL_PLUGIN_QUARANTINED);
	house_settle(&house);
}

START_TEST(one_for_one_restarts_the_faulty_one_alone)
{
	begin("one, two, three", "");
	fault("two");
	fault_wait(&house, CORBEL_SECOND);
	house_assert_said(&house, "start two");
	house_fini(&house);
}
END_TEST

START_TEST(rest_for_one_restarts_those_after_it_in_the_order_of_members)
{
	begin("three, two, one", "policy = rest-for-one\n");
	fault("two");
	house_assert_said(&house, "stop one");
	house_assert_words(house_plugin(&house, "one").reason, "waits for two of [group crew]");
	fault_wait(&house, CORBEL_SECOND);
	house_assert_said(&house, "stop one, start two, start one");
	house_assert_state(&house, "three", CORBEL_PLUGIN_RUNNING);
	house_fini(&house);
}
END_TEST

START_TEST(all_for_one_restarts_all_in_the_order_of_members)
{
	begin("three, two, one", "policy = all-for-one\n");
	fault("one");
	ck_assert_uint_eq(house_plugin(&house, "outside").starts, 1);
	fault_wait(&house, CORBEL_SECOND);
	house_assert_words(house.said, ", start three, start two, start one");
	ck_assert(!house_has_said(&house, "outside"));
	ck_assert_uint_eq(house_plugin(&house, "two").faults, 0);
	house_fini(&house);
}
END_TEST

static void assert_given_up(const char *name)
{
	house_assert_state(&house, name, CORBEL_PLUGIN_FAILED);
	house_assert_words(house_plugin(&house, name).reason,
			   "[group crew] gave up: its members ended 4 times within 60 s");
	ck_assert(house_plugin(&house, name).gave_up);
}

START_TEST(four_faults_within_the_period_and_the_group_gives_up_while_the_rest_serves)
{
	static const char *const names[] = { "one", "two", "one" };

	begin("one, two, three", "restart-intensity = 3\nrestart-period = 1m\n");
	for (size_t i = 0; i < 3; i++) {
		fault(names[i]);
		fault_wait(&house, 2 * CORBEL_SECOND);
		house_assert_state(&house, names[i], CORBEL_PLUGIN_RUNNING);
	}
	house_forget(&house);
	fault_play(&house, "two");
	house_wait_state(&house, "two", CORBEL_PLUGIN_FAILED);
	house_settle(&house);
	ck_assert(house_has_said(&house, "stop one") && house_has_said(&house, "stop three"));
	assert_given_up("one");
	assert_given_up("two");
	assert_given_up("three");
	fault_wait(&house, 3600 * CORBEL_SECOND);
	assert_given_up("two");
	house_assert_state(&house, "outside", CORBEL_PLUGIN_RUNNING);
	house_fini(&house);
}
END_TEST

START_TEST(a_reset_of_one_member_brings_all_back)
{
	begin("one, two, three", "restart-intensity = 0\n");
	fault_play(&house, "two");
	house_wait_state(&house, "two", CORBEL_PLUGIN_FAILED);
	house_settle(&house);
	house_assert_state(&house, "three", CORBEL_PLUGIN_FAILED);
	ck_assert_int_eq(corbel_host_reset(house.host, "three"), 0);
	house_settle(&house);
	house_assert_state(&house, "one", CORBEL_PLUGIN_RUNNING);
	house_assert_state(&house, "two", CORBEL_PLUGIN_RUNNING);
	house_assert_state(&house, "three", CORBEL_PLUGIN_RUNNING);
	house_fini(&house);
}
END_TEST

START_TEST(a_member_that_gave_up_starts_by_hand_alone)
{
	begin("one, two, three", "restart-intensity = 0\n");
	fault_play(&house, "two");
	house_wait_state(&house, "two", CORBEL_PLUGIN_FAILED);
	house_settle(&house);
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_START, "two"), 0);
	house_assert_state(&house, "two", CORBEL_PLUGIN_RUNNING);
	house_assert_state(&house, "one", CORBEL_PLUGIN_FAILED);
	house_fini(&house);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void)
{
	Suite *suite = suite_create("supervision of groups");
	TCase *tcase = tcase_create("group");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, one_for_one_restarts_the_faulty_one_alone);
	tcase_add_test(tcase, rest_for_one_restarts_those_after_it_in_the_order_of_members);
	tcase_add_test(tcase, all_for_one_restarts_all_in_the_order_of_members);
	tcase_add_test(tcase,
		       four_faults_within_the_period_and_the_group_gives_up_while_the_rest_serves);
	tcase_add_test(tcase, a_reset_of_one_member_brings_all_back);
	tcase_add_test(tcase, a_member_that_gave_up_starts_by_hand_alone);
	suite_add_tcase(suite, tcase);
	return suite;
}
