/* SPDX-License-Identifier: MIT */
/* What a plugin got from its host goes over to its next version: timers, queues, descriptors. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "play.h"

#define REPEATS 20

Suite *test_suite(void);

static struct play play;
static struct door door = DOOR_INITIALIZER;

static void next_version(void)
{
	static unsigned turn;

	play_install(&play, COUNTER, turn++ % 2 ? "counter_1" : "counter_2");
	play_reload(&play, COUNTER, 0);
	play_assert_outcome(&play, CORBEL_RELOAD_DONE);
}

static void next_versions(void)
{
	for (int i = 0; i < REPEATS; i++)
		next_version();
}

static bool has_heard_enough(void *data)
{
	return play_account(&play).heard > *(uint64_t *)data;
}

START_TEST(the_accounts_are_exact_without_a_reload)
{
	uint64_t enough = 30;

	play_open(&play);
	ck_assert_int_eq(
		traffic_start(&play.traffic, TRAFFIC_CALLS | TRAFFIC_EVENTS | TRAFFIC_CIRCLES), 0);
	house_wait_until(&play.house, has_heard_enough, &enough);
	play_close(&play);
}
END_TEST

static bool has_fired_thrice(void *data)
{
	(void)data;
	next_version();
	return play_tally(&play).fires >= 3;
}

START_TEST(a_timer_keeps_its_phase_over_reloads_quicker_than_it)
{
	play_init(&play, 2, "");
	play_add(&play, COUNTER, "counter_1", "period = 200ms\n");
	play_add(&play, CALLER, "caller_1", "");
	play_start(&play);
	house_wait_until(&play.house, has_fired_thrice, NULL);
	play_close(&play);
}
END_TEST

static void add_stiff(const char *lines)
{
	play_add(&play, COUNTER, "counter_stiff", lines);
	play_add(&play, CALLER, "caller_1", "");
}

START_TEST(settings_that_it_cannot_take_come_by_a_reload_and_its_state_stays)
{
	play_init(&play, 2, "");
	add_stiff("");
	play_start(&play);
	ck_assert_int_eq(traffic_start(&play.traffic, TRAFFIC_CALLS | TRAFFIC_EVENTS), 0);
	for (int pace = 2; pace < 6; pace++) {
		char lines[32];

		snprintf(lines, sizeof(lines), "pace = %d\n", pace);
		house_configure(&play.house, "");
		add_stiff(lines);
		ck_assert_int_eq(house_reconfigure(&play.house), 0);
		house_settle(&play.house);
		ck_assert_uint_eq(play_generation(&play, COUNTER), (uint64_t)pace);
	}
	ck_assert_uint_eq(play_tally(&play).restores, 4);
	ck_assert_uint_eq(house_plugin(&play.house, COUNTER).starts, 1);
	play_close(&play);
}
END_TEST

START_TEST(a_descriptor_is_read_from_to_the_last_byte)
{
	int ends[2];
	uint64_t written = 0;

	ck_assert_int_eq(pipe(ends), 0);
	play_init(&play, 2, "");
	play.stage.descriptor = ends[0];
	play_add(&play, COUNTER, "counter_1", "");
	play_add(&play, CALLER, "caller_1", "");
	play_start(&play);
	for (int i = 0; i < REPEATS; i++) {
		ck_assert_int_eq(write(ends[1], "0123456789", 10), 10);
		next_version();
		ck_assert_int_eq(write(ends[1], "0123456789", 10), 10);
		written += 20;
	}
	while (play_tally(&play).bytes < written)
		corbel_host_dispatch(play.house.host, CORBEL_MILLISECOND);
	ck_assert_uint_eq(play_tally(&play).bytes, written);
	play_close(&play);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

static int64_t levels[REPEATS + 1];
static int level_count;

static void take_level(void *data, const struct test_counter_level *level)
{
	(void)data;
	levels[level_count++] = level->value;
}

static bool has_level(void *data)
{
	(void)data;
	return level_count > 0;
}

START_TEST(who_subscribes_later_gets_the_retained_value)
{
	const struct corbel_subscriber queued = { .size = sizeof(queued) };
	struct corbel_subscription *subscription;

	play_open(&play);
	ck_assert_int_eq(test_counter_announce(play.traffic.counter, 99), 0);
	next_versions();
	ck_assert_int_eq(test_counter_level_subscribe(corbel_host_context(play.house.host), NULL,
						      &queued, take_level, NULL, &subscription),
			 0);
	house_wait_until(&play.house, has_level, NULL);
	ck_assert_int_eq(levels[0], 99);
	/* It hears the next version as it heard the one before, and nothing twice. */
	next_versions();
	ck_assert_int_eq(level_count, 1);
	level_count = 0;
	ck_assert_int_eq(test_counter_announce(play.traffic.counter, 100), 0);
	house_wait_until(&play.house, has_level, NULL);
	ck_assert_int_eq(levels[0], 100);
	corbel_unsubscribe(corbel_host_context(play.house.host), subscription);
	play_close(&play);
}
END_TEST

static bool is_bound(void *data)
{
	(void)data;
	return play_account(&play).changes > 0;
}

START_TEST(a_consumer_is_not_told_of_a_change)
{
	play_open(&play);
	house_wait_until(&play.house, is_bound, NULL);

	uint64_t changes = play_account(&play).changes;

	next_versions();
	house_settle(&play.house);
	ck_assert_uint_eq(play_account(&play).changes, changes);
	play_close(&play);
}
END_TEST

/* Beats come from the counter's own thread, and go to the caller's strand. */
static void assert_beats(void (*replace)(void))
{
	uint64_t enough = 3;

	play_open(&play);
	house_wait_until(&play.house, has_heard_enough, &enough);
	for (int i = 0; i < REPEATS; i++) {
		replace();
		enough = play_account(&play).heard;
		house_wait_until(&play.house, has_heard_enough, &enough);
		ck_assert_uint_eq(play_account(&play).misplaced, 0);
	}
	play_close(&play);
}

START_TEST(the_plugins_own_thread_publishes_on_without_a_gap)
{
	assert_beats(next_version);
}
END_TEST

static void next_caller(void)
{
	static unsigned turn;

	play_install(&play, CALLER, turn++ % 2 ? "caller_1" : "caller_2");
	play_reload(&play, CALLER, 0);
	play_assert_outcome(&play, CORBEL_RELOAD_DONE);
}

START_TEST(a_subscriber_is_replaced_between_two_events)
{
	assert_beats(next_caller);
}
END_TEST

START_TEST(queued_and_direct_events_go_over_in_order)
{
	play_open(&play);
	ck_assert_int_eq(traffic_start(&play.traffic, TRAFFIC_EVENTS), 0);
	next_versions();
	play_close(&play);
}
END_TEST

static int stay(struct stage *stage, struct corbel_context *context, const char *where,
		const char *version)
{
	(void)stage;
	(void)context;
	if (strcmp(where, "queued") == 0 && strcmp(version, "1.0.0") == 0)
		door_wait(&door);
	return 0;
}

static uint64_t seen;

static bool publishers_are_stuck(void *data)
{
	uint64_t turns = traffic_turns(data);
	bool same = turns == seen && turns > 256;

	seen = turns;
	return same;
}

/* Publishers wait for room in the queue while it goes over, full. */
START_TEST(a_full_queue_goes_over_with_those_who_wait_for_room)
{
	const char *const plugin = COUNTER;

	play_open(&play);
	play_act(&play, stay);
	ck_assert_int_eq(traffic_start(&play.traffic, TRAFFIC_EVENTS), 0);
	house_wait_until(&play.house, door_has_somebody, &door);
	house_wait_until(&play.house, publishers_are_stuck, &play.traffic);
	play_install(&play, COUNTER, "counter_2");
	play_ask(&play, &plugin, 1, NULL, &play.told);
	house_wait_until(&play.house, play_is_closed, &play);
	door_open(&door);
	play_wait(&play, &play.told);
	play_assert_outcome(&play, CORBEL_RELOAD_DONE);
	play_assert_traffic(&play);
	play_close(&play);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("reload: carry");
	TCase *tcase = tcase_create("carry");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, the_accounts_are_exact_without_a_reload);
	tcase_add_test(tcase, a_timer_keeps_its_phase_over_reloads_quicker_than_it);
	tcase_add_test(tcase, settings_that_it_cannot_take_come_by_a_reload_and_its_state_stays);
	tcase_add_test(tcase, a_descriptor_is_read_from_to_the_last_byte);
	tcase_add_test(tcase, who_subscribes_later_gets_the_retained_value);
	tcase_add_test(tcase, a_consumer_is_not_told_of_a_change);
	tcase_add_test(tcase, the_plugins_own_thread_publishes_on_without_a_gap);
	tcase_add_test(tcase, a_subscriber_is_replaced_between_two_events);
	tcase_add_test(tcase, queued_and_direct_events_go_over_in_order);
	tcase_add_test(tcase, a_full_queue_goes_over_with_those_who_wait_for_room);
	suite_add_tcase(suite, tcase);
	return suite;
}
