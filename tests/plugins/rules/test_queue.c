/* SPDX-License-Identifier: MIT */
/* Alerts that wait: in order, bounded, each once. */
#include <check.h>

#include "queue.h"

Suite *test_suite(void);

static struct queue queue;

static void setup(void)
{
	ck_assert_int_eq(queue_init(&queue, 3), 0);
}

static void teardown(void)
{
	queue_fini(&queue);
}

static void add(int64_t raised, int64_t cleared)
{
	char word[] = "a";
	struct alert alert = { .rule = word,
			       .sensor = word,
			       .expression = word,
			       .raised = raised,
			       .cleared = cleared,
			       .is_stored = cleared != 0 };

	ck_assert_int_eq(queue_add(&queue, &alert), 0);
}

START_TEST(keeps_the_order)
{
	for (int64_t i = 1; i <= 20; i++) {
		add(i, 0);
		ck_assert_int_eq(queue_at(&queue, 0)->raised, i);
		queue_pop(&queue);
	}
	ck_assert_uint_eq(queue.dropped, 0);
}
END_TEST

START_TEST(drops_the_oldest_and_counts_them)
{
	for (int64_t i = 1; i <= 5; i++)
		add(i, 0);
	ck_assert_uint_eq(queue.count, 3);
	ck_assert_uint_eq(queue.dropped, 2);
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(queue_at(&queue, i)->raised, (int64_t)i + 3);
}
END_TEST

START_TEST(holds_an_alert_once_in_its_newest_state)
{
	add(1, 0);
	add(2, 0);
	add(1, 9);
	ck_assert_uint_eq(queue.count, 2);
	ck_assert_int_eq(queue_at(&queue, 0)->raised, 1);
	ck_assert_int_eq(queue_at(&queue, 0)->cleared, 9);
	ck_assert(!queue_at(&queue, 0)->is_stored);
}
END_TEST

START_TEST(grows_and_shrinks)
{
	for (int64_t i = 1; i <= 4; i++)
		add(i, 0);
	ck_assert_int_eq(queue_resize(&queue, 5), 0);
	add(5, 0);
	add(6, 0);
	ck_assert_uint_eq(queue.count, 5);
	ck_assert_int_eq(queue_resize(&queue, 1), 0);
	ck_assert_uint_eq(queue.count, 1);
	ck_assert_int_eq(queue_at(&queue, 0)->raised, 6);
	ck_assert_uint_eq(queue.dropped, 5);
	add(7, 0);
	ck_assert_int_eq(queue_at(&queue, 0)->raised, 7);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("queue");
	TCase *cases = tcase_create("order");

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, keeps_the_order);
	tcase_add_test(cases, drops_the_oldest_and_counts_them);
	tcase_add_test(cases, holds_an_alert_once_in_its_newest_state);
	tcase_add_test(cases, grows_and_shrinks);
	suite_add_tcase(suite, cases);
	return suite;
}
