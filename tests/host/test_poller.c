/* SPDX-License-Identifier: MIT */
/* The loop of corbeld: order of timers, and watches that go away while they are served. */
#include <check.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "poller.h"

Suite *test_suite(void);

static struct poller poller;
static char trace[16];

static void set_up(void)
{
	ck_assert_int_eq(poller_init(&poller), 0);
	trace[0] = '\0';
}

static void tear_down(void)
{
	poller_fini(&poller);
}

static void note(void *data)
{
	strcat(trace, data);
}

START_TEST(fires_timers_in_the_order_of_their_times)
{
	struct poller_timer a = { .fire = note, .data = (char[]){ "a" } };
	struct poller_timer b = { .fire = note, .data = (char[]){ "b" } };
	struct poller_timer c = { .fire = note, .data = (char[]){ "c" } };

	poller_timer_set(&poller, &a, 3000000);
	poller_timer_set(&poller, &b, 1000000);
	poller_timer_set(&poller, &c, 2000000);
	while (strlen(trace) < 3)
		ck_assert_int_eq(poller_turn(&poller), 0);
	ck_assert_str_eq(trace, "bca");
}
END_TEST

START_TEST(does_not_fire_a_timer_that_was_cleared)
{
	struct poller_timer a = { .fire = note, .data = (char[]){ "a" } };
	struct poller_timer b = { .fire = note, .data = (char[]){ "b" } };

	poller_timer_set(&poller, &a, 0);
	poller_timer_set(&poller, &b, 1000000);
	poller_timer_clear(&poller, &a);
	poller_timer_clear(&poller, &a);
	while (!trace[0])
		ck_assert_int_eq(poller_turn(&poller), 0);
	ck_assert_str_eq(trace, "b");
}
END_TEST

START_TEST(a_timer_that_is_set_again_moves)
{
	struct poller_timer a = { .fire = note, .data = (char[]){ "a" } };
	struct poller_timer b = { .fire = note, .data = (char[]){ "b" } };

	poller_timer_set(&poller, &a, 0);
	poller_timer_set(&poller, &b, 1000000);
	poller_timer_set(&poller, &a, 2000000);
	while (strlen(trace) < 2)
		ck_assert_int_eq(poller_turn(&poller), 0);
	ck_assert_str_eq(trace, "ba");
}
END_TEST

/* Two watches that both are ready; who is served first takes the other away. */
static struct poller_watch pair[2];

static void remove_other(void *data, uint32_t events)
{
	ck_assert_uint_eq(events, EPOLLIN);
	poller_remove(&poller, data);
	strcat(trace, "x");
}

START_TEST(does_not_serve_a_watch_that_another_has_removed)
{
	struct poller_timer end = { .fire = note, .data = (char[]){ "." } };
	int descriptors[2] = { eventfd(1, EFD_CLOEXEC), eventfd(1, EFD_CLOEXEC) };

	for (int i = 0; i < 2; i++) {
		pair[i] = (struct poller_watch){ -1, remove_other, &pair[1 - i] };
		ck_assert_int_eq(poller_add(&poller, &pair[i], descriptors[i], EPOLLIN), 0);
	}
	ck_assert_int_eq(poller_turn(&poller), 0);
	ck_assert_str_eq(trace, "x");
	ck_assert_int_ne(pair[0].descriptor < 0, pair[1].descriptor < 0);
	poller_remove(&poller, &pair[0]);
	poller_remove(&poller, &pair[1]);
	poller_timer_set(&poller, &end, 0);
	ck_assert_int_eq(poller_turn(&poller), 0);
	ck_assert_str_eq(trace, "x.");
	close(descriptors[0]);
	close(descriptors[1]);
}
END_TEST

START_TEST(a_busy_descriptor_does_not_hold_up_a_timer)
{
	struct poller_timer end = { .fire = note, .data = (char[]){ "." } };
	int descriptor = eventfd(1, EFD_CLOEXEC);
	struct poller_watch nobody = { -1, remove_other, NULL }, busy = nobody;

	busy.data = &nobody;
	ck_assert_int_eq(poller_add(&poller, &busy, descriptor, EPOLLIN), 0);
	poller_timer_set(&poller, &end, 0);
	ck_assert_int_eq(poller_turn(&poller), 0);
	ck_assert_str_eq(trace, ".");
	poller_remove(&poller, &busy);
	close(descriptor);
}
END_TEST

static struct poller_task eager;

static void note_ready(void *data, uint32_t events)
{
	(void)data;
	(void)events;
	strcat(trace, "r");
}

static void note_task(void *data)
{
	strcat(trace, data);
	if (strlen(trace) < 6)
		poller_post(&poller, &eager);
}

START_TEST(serves_what_is_ready_between_the_tasks_of_who_posts_again)
{
	struct poller_watch busy = { -1, note_ready, NULL };
	int descriptor = eventfd(1, EFD_CLOEXEC);

	eager = (struct poller_task){ .run = note_task, .data = (char[]){ "t" } };
	ck_assert_int_eq(poller_add(&poller, &busy, descriptor, EPOLLIN), 0);
	poller_post(&poller, &eager);
	poller_post(&poller, &eager);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(poller_turn(&poller), 0);
	ck_assert_str_eq(trace, "rtrtrt");
	poller_remove(&poller, &busy);
	close(descriptor);
}
END_TEST

START_TEST(does_not_run_a_task_that_was_taken_back)
{
	struct poller_task other = { .run = note, .data = (char[]){ "o" } };

	eager = (struct poller_task){ .run = note_task, .data = (char[]){ "t" } };
	poller_post(&poller, &eager);
	poller_post(&poller, &other);
	poller_unpost(&poller, &eager);
	poller_unpost(&poller, &eager);
	ck_assert_int_eq(poller_turn(&poller), 0);
	ck_assert_str_eq(trace, "o");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("poller");
	TCase *cases = tcase_create("poller");

	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_add_test(cases, fires_timers_in_the_order_of_their_times);
	tcase_add_test(cases, does_not_fire_a_timer_that_was_cleared);
	tcase_add_test(cases, a_timer_that_is_set_again_moves);
	tcase_add_test(cases, does_not_serve_a_watch_that_another_has_removed);
	tcase_add_test(cases, a_busy_descriptor_does_not_hold_up_a_timer);
	tcase_add_test(cases, serves_what_is_ready_between_the_tasks_of_who_posts_again);
	tcase_add_test(cases, does_not_run_a_task_that_was_taken_back);
	suite_add_tcase(suite, cases);
	return suite;
}
