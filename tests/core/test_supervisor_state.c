/* SPDX-License-Identifier: MIT */
/* Supervision: a restart from the state that was committed before the fault. */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "fault.h"

static struct house house;
static enum { TAKES, REFUSES, FAULTS } restore;
static int restored; /* bytes */

static int act(struct board *board, struct actor *actor, const char *where, int number)
{
	if (strcmp(where, "start") == 0)
		fault_keep(actor);
	house_say((struct house *)board, where, actor->name);
	if (strcmp(where, "restore") != 0)
		return 0;
	restored = number;
	if (restore == FAULTS)
		return fault_here(actor);
	return restore == REFUSES ? -EIO : 0;
}

static void commit(void)
{
	char bytes[] = "kept";
	struct corbel_state state = {
		.size = sizeof(state), .version = 1, .bytes = bytes, .byte_count = sizeof(bytes)
	};

	ck_assert_int_eq(corbel_commit(&fault_instance(&house, "keeper")->context, &state), 0);
}

/* It has committed a state, and faulted. */
static void begin(void)
{
	restore = TAKES;
	restored = 0;
	house_init(&house, 2, act);
	house_add(&house, "keeper", "keeper", "restart-backoff = 1s\n");
	house_make(&house);
	loop_set_virtual(house.host->loop, 1000 * CORBEL_SECOND);
	corbel_host_start(house.host);
	house_settle(&house);
	commit();
	house_forget(&house);
	fault_play(&house, "keeper");
	house_wait_state(&house, "keeper", CORBEL_PLUGIN_QUARANTINED);
	house_settle(&house);
}

START_TEST(it_goes_on_from_what_it_had_committed)
{
	begin();
	fault_wait(&house, CORBEL_SECOND);
	house_assert_state(&house, "keeper", CORBEL_PLUGIN_RUNNING);
	house_assert_said(&house, "start keeper, restore keeper");
	ck_assert_int_eq(restored, 5);
	ck_assert(corbel_is_replacement(&fault_instance(&house, "keeper")->context));
	house_fini(&house);
}
END_TEST

START_TEST(it_starts_once_more_without_a_state_that_it_does_not_take)
{
	begin();
	restore = REFUSES;
	fault_wait(&house, CORBEL_SECOND);
	house_assert_state(&house, "keeper", CORBEL_PLUGIN_RUNNING);
	house_assert_said(&house, "start keeper, restore keeper, stop keeper, start keeper");
	ck_assert(house_has_logged(
		&house, "starts once more, without what it had committed: restore() failed: "));
	ck_assert(!corbel_is_replacement(&fault_instance(&house, "keeper")->context));
	house_fini(&house);
}
END_TEST

START_TEST(a_state_that_it_died_of_is_not_given_to_it_again)
{
	begin();
	restore = FAULTS;
	fault_wait(&house, CORBEL_SECOND);
	house_assert_state(&house, "keeper", CORBEL_PLUGIN_QUARANTINED);
	fault_wait(&house, 2 * CORBEL_SECOND);
	house_assert_state(&house, "keeper", CORBEL_PLUGIN_RUNNING);
	house_assert_said(&house, "start keeper, restore keeper, start keeper");
	house_fini(&house);
}
END_TEST

START_TEST(one_that_is_stopped_by_hand_begins_anew)
{
	begin();
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_STOP, "keeper"), 0);
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_START, "keeper"), 0);
	house_assert_said(&house, "start keeper");
	commit();
	house_forget(&house);
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_RESTART, "keeper"), 0);
	house_assert_said(&house, "stop keeper, start keeper");
	house_fini(&house);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void)
{
	Suite *suite = suite_create("supervision with a state");
	TCase *tcase = tcase_create("state");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, it_goes_on_from_what_it_had_committed);
	tcase_add_test(tcase, it_starts_once_more_without_a_state_that_it_does_not_take);
	tcase_add_test(tcase, a_state_that_it_died_of_is_not_given_to_it_again);
	tcase_add_test(tcase, one_that_is_stopped_by_hand_begins_anew);
	suite_add_tcase(suite, tcase);
	return suite;
}
