/* SPDX-License-Identifier: MIT */
/* Supervision of one plugin: quarantine, restart by policy, giving up, and what is left aside. */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "fixture.base.h"

#include "fault.h"

static struct house house;
static struct door door;
static const char *faulty; /* the callback in which base faults; NULL: none */
static const char *failing;
static struct fixture_base *use;

static int act(struct board *board, struct actor *actor, const char *where, int number)
{
	if (strcmp(where, "start") == 0)
		fault_keep(actor);
	if (strcmp(where, "poke") == 0 && number == 1)
		door_wait(&door);
	if (strcmp(where, "poke") == 0)
		return number + 1;
	house_say((struct house *)board, where, actor->name);
	if (strcmp(actor->name, "wisher") == 0 && strcmp(where, "start") == 0)
		return fixture_base_acquire(actor->context, NULL, &use);
	if (strcmp(actor->name, "base") != 0)
		return 0;
	if (failing && strcmp(where, failing) == 0)
		return -EIO;
	return faulty && strcmp(where, faulty) == 0 ? fault_here(actor) : 0;
}

static void begin(const char *lines)
{
	faulty = failing = NULL;
	door = (struct door)DOOR_INITIALIZER;
	house_init(&house, 2, act);
	house_add(&house, "base", "base", lines);
}

static void begin_still(const char *lines)
{
	begin(lines);
	house_make(&house);
	loop_set_virtual(house.host->loop, 1000 * CORBEL_SECOND);
	corbel_host_start(house.host);
	house_settle(&house);
}

static void fault(void)
{
	fault_play(&house, "base");
	house_wait_state(&house, "base", CORBEL_PLUGIN_QUARANTINED);
	house_settle(&house);
}

START_TEST(one_that_faults_is_quarantined_and_started_again)
{
	begin_still("restart-backoff = 2s\n");
	house_forget(&house);
	fault();
	ck_assert_str_eq(house_plugin(&house, "base").reason, FAULT_WORDS);
	ck_assert(house_plugin(&house, "base").is_waiting);
	ck_assert(house_has_logged(&house, "base 1.0.0 unloaded"));
	fault_wait(&house, 2 * CORBEL_SECOND);
	house_assert_state(&house, "base", CORBEL_PLUGIN_RUNNING);
	house_assert_said(&house, "start base");
	ck_assert_uint_eq(house_plugin(&house, "base").faults, 1);
	ck_assert_uint_eq(house_plugin(&house, "base").restarts, 1);
	ck_assert(!house_plugin(&house, "base").is_waiting);
	house_fini(&house);
}
END_TEST

START_TEST(each_restart_is_waited_for_twice_as_long_up_to_the_limit)
{
	static const int64_t waits[] = { 1, 2, 4, 5, 5 };

	begin_still("restart-backoff = 1s\nrestart-backoff-limit = 5s\n");
	for (size_t i = 0; i < sizeof(waits) / sizeof(*waits); i++) {
		fault();
		fault_wait(&house, waits[i] * CORBEL_SECOND - 1);
		house_assert_state(&house, "base", CORBEL_PLUGIN_QUARANTINED);
		fault_wait(&house, 1);
		house_assert_state(&house, "base", CORBEL_PLUGIN_RUNNING);
	}
	house_fini(&house);
}
END_TEST

static void fault_and_come_back(void)
{
	fault();
	fault_wait(&house, CORBEL_SECOND);
	house_assert_state(&house, "base", CORBEL_PLUGIN_RUNNING);
}

START_TEST(one_that_faults_too_often_is_given_up_until_it_is_reset)
{
	begin_still("restart-intensity = 2\nrestart-period = 10s\nrestart-backoff = 0s\n");
	fault_and_come_back();
	fault_and_come_back();
	fault_play(&house, "base");
	house_wait_state(&house, "base", CORBEL_PLUGIN_FAILED);
	house_assert_words(house_plugin(&house, "base").reason, "it ended 3 times within 10 s");
	house_assert_words(house_plugin(&house, "base").reason, FAULT_WORDS);
	ck_assert(house_plugin(&house, "base").gave_up);
	ck_assert_int_eq(corbel_host_reset(house.host, "nobody"), -ENOENT);
	ck_assert_int_eq(corbel_host_reset(house.host, "base"), 0);
	house_settle(&house);
	house_assert_state(&house, "base", CORBEL_PLUGIN_RUNNING);
	ck_assert_uint_eq(house_plugin(&house, "base").faults, 0);
	fault_and_come_back();
	house_fini(&house);
}
END_TEST

START_TEST(faults_further_apart_than_the_period_do_not_add_up)
{
	begin_still("restart-intensity = 1\nrestart-period = 10s\nrestart-backoff = 1s\n");
	for (int i = 0; i < 4; i++) {
		fault_and_come_back();
		fault_wait(&house, 10 * CORBEL_SECOND);
	}
	house_fini(&house);
}
END_TEST

START_TEST(one_that_is_never_restarted_stays_down_until_it_is_asked_for)
{
	begin_still("restart = never\n");
	fault();
	fault_wait(&house, 100 * CORBEL_SECOND);
	house_assert_state(&house, "base", CORBEL_PLUGIN_QUARANTINED);
	house_assert_words(house_plugin(&house, "base").reason, "(restart = never)");
	ck_assert(!house_plugin(&house, "base").is_waiting);
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_START, "base"), 0);
	house_assert_state(&house, "base", CORBEL_PLUGIN_RUNNING);
	house_fini(&house);
}
END_TEST

START_TEST(a_start_by_hand_does_not_wait)
{
	begin_still("restart-backoff = 1h\nrestart-backoff-limit = 1h\n");
	fault();
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_START, "base"), 0);
	house_assert_state(&house, "base", CORBEL_PLUGIN_RUNNING);
	fault();
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_STOP, "base"), 0);
	ck_assert(!house_plugin(&house, "base").is_waiting);
	house_fini(&house);
}
END_TEST

START_TEST(one_that_is_always_restarted_is_tried_again_after_a_failed_start)
{
	begin("restart = always\nrestart-backoff = 1s\n");
	failing = "start";
	house_make(&house);
	loop_set_virtual(house.host->loop, 1000 * CORBEL_SECOND);
	corbel_host_start(house.host);
	house_settle(&house);
	house_assert_state(&house, "base", CORBEL_PLUGIN_FAILED);
	fault_wait(&house, CORBEL_SECOND);
	house_assert_state(&house, "base", CORBEL_PLUGIN_FAILED);
	failing = NULL;
	fault_wait(&house, 2 * CORBEL_SECOND);
	house_assert_state(&house, "base", CORBEL_PLUGIN_RUNNING);
	ck_assert_uint_eq(house_plugin(&house, "base").starts, 3);
	house_fini(&house);
}
END_TEST

START_TEST(a_victim_is_restarted_but_not_counted)
{
	begin_still("restart-intensity = 0\nrestart-backoff = 1s\n");
	for (int i = 0; i < 3; i++) {
		fault_tell(fault_instance(&house, "base"), CORBEL_FAULT_CONTAINED, gettid(), false);
		house_wait_state(&house, "base", CORBEL_PLUGIN_QUARANTINED);
		fault_wait(&house, CORBEL_SECOND);
		house_assert_state(&house, "base", CORBEL_PLUGIN_RUNNING);
	}
	house_fini(&house);
}
END_TEST

START_TEST(what_requires_it_stops_and_comes_back_with_it)
{
	begin("restart-backoff = 1s\n");
	house_add(&house, "middle", "middle", "");
	house_add(&house, "top", "top", "");
	house_make(&house);
	loop_set_virtual(house.host->loop, 1000 * CORBEL_SECOND);
	corbel_host_start(house.host);
	house_settle(&house);
	house_forget(&house);
	fault();
	house_assert_said(&house, "stop top, stop middle");
	house_assert_state(&house, "middle", CORBEL_PLUGIN_JUDGED);
	fault_wait(&house, CORBEL_SECOND);
	house_assert_said(&house, "stop top, stop middle, start base, start middle, start top");
	ck_assert_uint_eq(house_plugin(&house, "top").faults, 0);
	house_fini(&house);
}
END_TEST

START_TEST(a_fault_in_start_is_answered_and_tried_again)
{
	begin("restart-backoff = 1s\n");
	faulty = "start";
	house_make(&house);
	loop_set_virtual(house.host->loop, 1000 * CORBEL_SECOND);
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_START, "base"), -EIO);
	house_assert_words(house.error.text, FAULT_WORDS);
	house_settle(&house);
	faulty = NULL;
	fault_wait(&house, CORBEL_SECOND);
	house_assert_state(&house, "base", CORBEL_PLUGIN_RUNNING);
	house_fini(&house);
}
END_TEST

START_TEST(a_fault_in_stop_is_not_a_reason_to_start_again)
{
	begin_still("");
	faulty = "stop";
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_STOP, "base"), 0);
	house_assert_state(&house, "base", CORBEL_PLUGIN_QUARANTINED);
	ck_assert_str_eq(house_plugin(&house, "base").reason, FAULT_WORDS);
	fault_wait(&house, 100 * CORBEL_SECOND);
	house_assert_state(&house, "base", CORBEL_PLUGIN_QUARANTINED);
	house_fini(&house);
}
END_TEST

START_TEST(a_fault_in_configure_starts_it_again_with_the_new_settings)
{
	begin_still("restart-backoff = 1s\n");
	house_configure(&house, "");
	house_add(&house, "base", "base", "restart-backoff = 1s\npace = 7\n");
	faulty = "configure";
	ck_assert_int_eq(house_reconfigure(&house), 0);
	house_wait_state(&house, "base", CORBEL_PLUGIN_QUARANTINED);
	faulty = NULL;
	house_settle(&house);
	fault_wait(&house, CORBEL_SECOND);
	house_assert_state(&house, "base", CORBEL_PLUGIN_RUNNING);
	ck_assert_int_eq(corbel_config_integer(&fault_instance(&house, "base")->context, "pace"),
			 7);
	house_fini(&house);
}
END_TEST

static void *call(void *data)
{
	int32_t answer = 0;

	*(int *)data = fixture_base_poke(use, 1, &answer);
	return NULL;
}

/* A host in which a thread sits in a method of base. */
static void begin_with_a_guest(pthread_t *thread, int *result)
{
	begin("restart-backoff = 1s\nstop-timeout = 3s\n");
	house_add(&house, "wisher", "wisher", "");
	house_make(&house);
	loop_set_virtual(house.host->loop, 1000 * CORBEL_SECOND);
	corbel_host_start(house.host);
	house_settle(&house);
	ck_assert_int_eq(pthread_create(thread, NULL, call, result), 0);
	house_wait_until(&house, door_has_somebody, &door);
}

static bool has_room(void *data)
{
	(void)data;
	return house_plugin(&house, "base").lingering == 0;
}

START_TEST(one_whose_threads_do_not_leave_is_left_aside_and_started_beside)
{
	pthread_t thread;
	int result;

	begin_with_a_guest(&thread, &result);
	fault_play(&house, "base");
	house_wait_state(&house, "base", CORBEL_PLUGIN_QUARANTINED);
	loop_advance(house.host->loop, 2 * CORBEL_SECOND);
	corbel_host_dispatch(house.host, 0);
	house_assert_state(&house, "base", CORBEL_PLUGIN_QUARANTINED);
	fault_wait(&house, CORBEL_SECOND);
	house_assert_state(&house, "base", CORBEL_PLUGIN_RUNNING);
	ck_assert_uint_eq(house_plugin(&house, "base").lingering, 1);
	ck_assert(house_has_logged(&house, "is still inside fixture.base.poke"));
	/* It may still end. */
	door_open(&door);
	pthread_join(thread, NULL);
	house_wait_until(&house, has_room, NULL);
	house_fini(&house);
}
END_TEST

START_TEST(one_with_a_parked_thread_is_left_aside_at_once)
{
	pthread_t thread;
	int result;

	begin_with_a_guest(&thread, &result);
	fault_tell(fault_instance(&house, "base"), CORBEL_FAULT_PARKED, gettid(), true);
	house_wait_state(&house, "base", CORBEL_PLUGIN_QUARANTINED);
	fault_wait(&house, CORBEL_SECOND);
	house_assert_state(&house, "base", CORBEL_PLUGIN_RUNNING);
	ck_assert_uint_eq(house_plugin(&house, "base").lingering, 1);
	ck_assert(house_has_logged(&house, "stays in memory: a thread of it is parked"));
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_STOP, "base"), 0);
	house_assert_state(&house, "base", CORBEL_PLUGIN_UNLOADED);
	door_open(&door);
	pthread_join(thread, NULL);
	house_abandon(&house);
}
END_TEST

START_TEST(a_host_is_well_while_what_is_essential_runs)
{
	begin_still("essential = yes\nrestart-backoff = 1s\n");
	ck_assert(corbel_host_is_well(house.host));
	fault();
	ck_assert(!corbel_host_is_well(house.host));
	fault_wait(&house, CORBEL_SECOND);
	ck_assert(corbel_host_is_well(house.host));
	house_fini(&house);
}
END_TEST

/* Keeps its strand until the door opens. */
static void hear(void *data, const struct fixture_base_tick *tick)
{
	(void)data;
	(void)tick;
	door_wait(&door);
}

static int act_hearing(struct board *board, struct actor *actor, const char *where, int number)
{
	const struct corbel_subscriber subscriber = { .size = sizeof(subscriber),
						      .depth = 2,
						      .overflow = CORBEL_BLOCK };
	struct corbel_subscription *subscription;

	(void)board;
	(void)number;
	if (strcmp(where, "start") != 0)
		return 0;
	fault_keep(actor);
	return fixture_base_tick_subscribe(actor->context, "fixture.base.tick", &subscriber, hear,
					   NULL, &subscription);
}

static unsigned published; /* atomic */

/* One in hand, two in the queue, and one that waits for room. */
static void *publish(void *data)
{
	struct fixture_base_tick tick = { .size = sizeof(tick) };

	for (; tick.number < 4; tick.number++) {
		fixture_base_tick_publish(data, &tick);
		__atomic_fetch_add(&published, 1, __ATOMIC_RELEASE);
	}
	return NULL;
}

static bool is_full(void *data)
{
	(void)data;
	return __atomic_load_n(&published, __ATOMIC_ACQUIRE) == 3 && door_has_somebody(&door);
}

START_TEST(publishers_do_not_wait_for_one_that_is_quarantined)
{
	struct fixture_base_tick_topic *topic;
	pthread_t thread;

	door = (struct door)DOOR_INITIALIZER;
	published = 0;
	house_init(&house, 2, act_hearing);
	house_configure(&house, "call-timeout = 1h\n");
	house_add(&house, "wisher", "wisher", "restart = never\n");
	house_start(&house);
	ck_assert_int_eq(fixture_base_tick_open(corbel_host_context(house.host), NULL, &topic), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, publish, topic), 0);
	house_wait_until(&house, is_full, NULL);
	fault_play(&house, "wisher");
	house_wait_state(&house, "wisher", CORBEL_PLUGIN_QUARANTINED);
	pthread_join(thread, NULL);
	/* Two that were queued, and the one that was not taken. */
	ck_assert_uint_eq(house_plugin(&house, "wisher").dropped, 3);
	door_open(&door);
	house_settle(&house);
	ck_assert_uint_eq(house_plugin(&house, "wisher").dropped, 3);
	fixture_base_tick_close(corbel_host_context(house.host), topic);
	house_fini(&house);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void)
{
	Suite *suite = suite_create("supervision of a plugin");
	TCase *tcase = tcase_create("one");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, one_that_faults_is_quarantined_and_started_again);
	tcase_add_test(tcase, each_restart_is_waited_for_twice_as_long_up_to_the_limit);
	tcase_add_test(tcase, one_that_faults_too_often_is_given_up_until_it_is_reset);
	tcase_add_test(tcase, faults_further_apart_than_the_period_do_not_add_up);
	tcase_add_test(tcase, one_that_is_never_restarted_stays_down_until_it_is_asked_for);
	tcase_add_test(tcase, a_start_by_hand_does_not_wait);
	tcase_add_test(tcase, one_that_is_always_restarted_is_tried_again_after_a_failed_start);
	tcase_add_test(tcase, a_victim_is_restarted_but_not_counted);
	tcase_add_test(tcase, what_requires_it_stops_and_comes_back_with_it);
	tcase_add_test(tcase, a_fault_in_start_is_answered_and_tried_again);
	tcase_add_test(tcase, a_fault_in_stop_is_not_a_reason_to_start_again);
	tcase_add_test(tcase, a_fault_in_configure_starts_it_again_with_the_new_settings);
	tcase_add_test(tcase, one_whose_threads_do_not_leave_is_left_aside_and_started_beside);
	tcase_add_test(tcase, one_with_a_parked_thread_is_left_aside_at_once);
	tcase_add_test(tcase, publishers_do_not_wait_for_one_that_is_quarantined);
	tcase_add_test(tcase, a_host_is_well_while_what_is_essential_runs);
	suite_add_tcase(suite, tcase);
	return suite;
}
