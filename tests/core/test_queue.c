/* SPDX-License-Identifier: MIT */
/* The ring between publishers and a strand: order, overflow, accounts. */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include <corbel/event.h>

#include "bus_queue.h"
#include "frame.h"

#define WAIT INT64_C(60000000000)

static int put(struct queue *queue, uint64_t value)
{
	struct queue_event event = { .payload = &value, .size = sizeof(value) };

	return queue_put(queue, &event, NULL, 0);
}

static int64_t take(struct queue *queue)
{
	struct queue_event event;
	struct queue_room room;
	uint64_t value;

	if (!queue_take(queue, &event, &room))
		return -1;
	memcpy(&value, event.payload, sizeof(value));
	queue_room_free(&room);
	return (int64_t)value;
}

START_TEST(gives_back_in_order_lap_after_lap)
{
	struct queue queue;

	ck_assert_int_eq(queue_init(&queue, 3, CORBEL_FAIL), 0);
	ck_assert_uint_eq(queue.size, 4);
	for (uint64_t i = 0; i < 50; i++) {
		ck_assert_int_eq(put(&queue, 2 * i), 0);
		ck_assert_int_eq(put(&queue, 2 * i + 1), 0);
		ck_assert_uint_eq(queue_count(&queue), 2);
		ck_assert_int_eq(take(&queue), 2 * (int64_t)i);
		ck_assert_int_eq(take(&queue), 2 * (int64_t)i + 1);
		ck_assert_int_eq(take(&queue), -1);
	}
	queue_fini(&queue);
}
END_TEST

START_TEST(a_depth_of_one_holds_the_newest)
{
	struct queue queue;

	ck_assert_int_eq(queue_init(&queue, 1, CORBEL_DROP_OLDEST), 0);
	for (uint64_t i = 0; i < 9; i++)
		ck_assert_int_eq(put(&queue, i), 0);
	ck_assert_int_eq(take(&queue), 8);
	ck_assert_int_eq(take(&queue), -1);
	ck_assert_uint_eq(queue_dropped(&queue), 8);
	queue_fini(&queue);
}
END_TEST

START_TEST(drop_oldest_keeps_the_newest_and_counts)
{
	struct queue queue;
	struct queue_event event;
	struct queue_room room;

	ck_assert_int_eq(queue_init(&queue, 4, CORBEL_DROP_OLDEST), 0);
	for (uint64_t i = 0; i < 10; i++)
		ck_assert_int_eq(put(&queue, i), 0);
	ck_assert_uint_eq(queue_dropped(&queue), 6);
	ck_assert(queue_take(&queue, &event, &room));
	ck_assert_uint_eq(event.dropped, 6);
	ck_assert_uint_eq(*(const uint64_t *)event.payload, 6);
	queue_room_free(&room);
	for (int64_t i = 7; i < 10; i++)
		ck_assert_int_eq(take(&queue), i);
	queue_fini(&queue);
}
END_TEST

START_TEST(drop_newest_keeps_the_oldest_and_says_before_which_it_dropped)
{
	struct queue queue;
	struct queue_event event;
	struct queue_room room;

	ck_assert_int_eq(queue_init(&queue, 2, CORBEL_DROP_NEWEST), 0);
	for (uint64_t i = 0; i < 5; i++)
		ck_assert_int_eq(put(&queue, i), 0);
	ck_assert(queue_take(&queue, &event, &room));
	ck_assert_uint_eq(event.dropped, 0);
	queue_room_free(&room);
	ck_assert_int_eq(put(&queue, 5), 0);
	ck_assert_int_eq(take(&queue), 1);
	ck_assert(queue_take(&queue, &event, &room));
	ck_assert_uint_eq(event.dropped, 3);
	queue_room_free(&room);
	queue_fini(&queue);
}
END_TEST

START_TEST(fail_tells_the_publisher_and_counts)
{
	struct queue queue;

	ck_assert_int_eq(queue_init(&queue, 2, CORBEL_FAIL), 0);
	put(&queue, 0);
	put(&queue, 1);
	ck_assert_int_eq(put(&queue, 2), -EAGAIN);
	ck_assert_uint_eq(queue_dropped(&queue), 1);
	queue_fini(&queue);
}
END_TEST

START_TEST(block_refuses_who_takes_out_and_times_out_who_does_not)
{
	struct gate *reader = gate_new(NULL, GATE_STRAND, 0, 0);
	struct corbel_call call;
	struct queue queue;
	uint64_t value = 2;
	struct queue_event event = { .payload = &value, .size = sizeof(value) };

	ck_assert_int_eq(queue_init(&queue, 2, CORBEL_BLOCK), 0);
	put(&queue, 0);
	put(&queue, 1);
	ck_assert_int_eq(frame_push(&call, reader, 0), 0);
	ck_assert_int_eq(queue_put(&queue, &event, reader, WAIT), -EDEADLK);
	frame_pop(&call);
	ck_assert_int_eq(queue_put(&queue, &event, reader, 1000000), -ETIMEDOUT);
	ck_assert_uint_eq(queue_dropped(&queue), 2);
	queue_fini(&queue);
	gate_retire(reader);
}
END_TEST

START_TEST(a_payload_larger_than_a_cell_goes_through_and_is_freed)
{
	static unsigned char large[100000];
	struct queue queue;
	struct queue_event event = { .payload = large, .size = sizeof(large) }, taken;
	struct queue_room room;

	memset(large, 0xa5, sizeof(large));
	ck_assert_int_eq(queue_init(&queue, 2, CORBEL_DROP_OLDEST), 0);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(queue_put(&queue, &event, NULL, 0), 0);
	ck_assert(queue_take(&queue, &taken, &room));
	ck_assert_uint_eq(taken.size, sizeof(large));
	ck_assert_mem_eq(taken.payload, large, sizeof(large));
	queue_room_free(&room);
	queue_fini(&queue);
}
END_TEST

/* Threads that put, each its own ascending numbers in the low part, its name in the high part. */
struct putter {
	struct queue *queue;
	uint64_t name, count;
	pthread_t thread;
};

static void *put_many(void *data)
{
	struct putter *putter = data;

	for (uint64_t i = 0; i < putter->count; i++) {
		uint64_t value = putter->name << 32 | i;
		struct queue_event event = { .payload = &value, .size = sizeof(value) };

		if (queue_put(putter->queue, &event, NULL, WAIT) != 0)
			return (void *)1;
	}
	return NULL;
}

static uint64_t rounds(void)
{
	const char *text = getenv("CORBEL_TEST_ROUNDS");

	return text ? strtoull(text, NULL, 10) : 1;
}

/* Two put, one takes; returns how many were taken. Each putter's come in ascending order. */
static uint64_t run_two(struct queue *queue, uint64_t each)
{
	struct putter putters[2] = { { queue, 0, each, 0 }, { queue, 1, each, 0 } };
	uint64_t taken = 0;
	int64_t last[2] = { -1, -1 };
	void *result;

	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&putters[i].thread, NULL, put_many, &putters[i]),
				 0);
	while (taken + queue_dropped(queue) < 2 * each) {
		int64_t value = take(queue);

		if (value < 0) {
			sched_yield();
			continue;
		}
		ck_assert_int_gt(value & 0xffffffff, last[value >> 32]);
		last[value >> 32] = value & 0xffffffff;
		taken++;
	}
	for (int i = 0; i < 2; i++) {
		pthread_join(putters[i].thread, &result);
		ck_assert_ptr_null(result);
	}
	ck_assert_int_eq(take(queue), -1);
	ck_assert_uint_eq(taken + queue_dropped(queue), 2 * each);
	return taken;
}

START_TEST(two_publishers_that_block_lose_nothing)
{
	struct queue queue;
	uint64_t each = 100000 * rounds();

	ck_assert_int_eq(queue_init(&queue, 16, CORBEL_BLOCK), 0);
	ck_assert_uint_eq(run_two(&queue, each), 2 * each);
	ck_assert_uint_eq(queue_dropped(&queue), 0);
	queue_fini(&queue);
}
END_TEST

START_TEST(two_publishers_that_drop_the_oldest_account_for_each_event)
{
	struct queue queue;

	ck_assert_int_eq(queue_init(&queue, 8, CORBEL_DROP_OLDEST), 0);
	ck_assert_uint_gt(run_two(&queue, 200000 * rounds()), 0);
	queue_fini(&queue);
}
END_TEST

START_TEST(two_publishers_that_drop_the_newest_account_for_each_event)
{
	struct queue queue;

	ck_assert_int_eq(queue_init(&queue, 8, CORBEL_DROP_NEWEST), 0);
	ck_assert_uint_gt(run_two(&queue, 200000 * rounds()), 0);
	queue_fini(&queue);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("queue");
	TCase *tests = tcase_create("queue");

	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, gives_back_in_order_lap_after_lap);
	tcase_add_test(tests, a_depth_of_one_holds_the_newest);
	tcase_add_test(tests, drop_oldest_keeps_the_newest_and_counts);
	tcase_add_test(tests, drop_newest_keeps_the_oldest_and_says_before_which_it_dropped);
	tcase_add_test(tests, fail_tells_the_publisher_and_counts);
	tcase_add_test(tests, block_refuses_who_takes_out_and_times_out_who_does_not);
	tcase_add_test(tests, a_payload_larger_than_a_cell_goes_through_and_is_freed);
	tcase_add_test(tests, two_publishers_that_block_lose_nothing);
	tcase_add_test(tests, two_publishers_that_drop_the_oldest_account_for_each_event);
	tcase_add_test(tests, two_publishers_that_drop_the_newest_account_for_each_event);
	suite_add_tcase(suite, tests);
	return suite;
}
