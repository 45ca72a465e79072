/* SPDX-License-Identifier: MIT */
/* Circles of waits: found, whatever the waits are for, and never waited in. */
#include <unistd.h>

#include <corbel/event.h>

#include "bus_queue.h"
#include "guest.h"
#include "latch.h"
#include "loop.h"
#include "worker.h"

static struct loop *loop;
static struct strand *strand, *another;

static void given_two_strands(void)
{
	set_up();
	ck_assert_int_eq(loop_new(1, &loop), 0);
	ck_assert_int_eq(strand_new(loop, &other, "strand", true, &strand), 0);
	ck_assert_int_eq(strand_new(loop, &other, "another", true, &another), 0);
}

static void then_they_go(void)
{
	strand_free(strand);
	strand_free(another);
	loop_free(loop);
	tear_down();
}

struct stopping {
	struct corbel_timer *timer;
	struct corbel_watch *watch;
	struct latch done;
	int result;
};

static int stop_timer(void *data)
{
	timer_stop(((struct stopping *)data)->timer);
	return 7;
}

static void fire(void *data)
{
	struct stopping *stopping = data;

	stopping->result = strand_call(another, stop_timer, stopping);
	latch_hit(&stopping->done);
}

START_TEST(a_timer_is_stopped_by_what_its_callback_waits_for)
{
	struct stopping stopping = { .done = LATCH_INIT };

	ck_assert_int_eq(timer_start(strand, NULL, 0, 1, fire, &stopping, &stopping.timer), 0);
	latch_wait(&stopping.done, 1);
	ck_assert_int_eq(stopping.result, 7);
}
END_TEST

static int remove_watch(void *data)
{
	watch_remove(((struct stopping *)data)->watch);
	return 7;
}

static void ready(void *data, int descriptor, uint32_t events)
{
	struct stopping *stopping = data;

	(void)descriptor;
	(void)events;
	stopping->result = strand_call(another, remove_watch, stopping);
	latch_hit(&stopping->done);
}

START_TEST(a_watch_is_removed_by_what_its_callback_waits_for)
{
	struct stopping stopping = { .done = LATCH_INIT };
	int descriptors[2];

	ck_assert_int_eq(pipe(descriptors), 0);
	ck_assert_int_eq(write(descriptors[1], "!", 1), 1);
	ck_assert_int_eq(watch_add(strand, NULL, descriptors[0],
				   CORBEL_READABLE | CORBEL_WATCH_OWNED, ready, &stopping,
				   &stopping.watch),
			 0);
	latch_wait(&stopping.done, 1);
	ck_assert_int_eq(stopping.result, 7);
	close(descriptors[1]);
}
END_TEST

static int come_in(void *data)
{
	struct corbel_call call;
	int result = corbel_call_enter(&call, &use, 0);

	(void)data;
	if (result == 0)
		corbel_call_leave(&call);
	return result;
}

START_TEST(who_is_needed_inside_comes_in_through_a_closed_door)
{
	struct corbel_call call;

	ck_assert_int_eq(frame_push(&call, gate, 0), 0);
	gate_set(gate, GATE_CLOSED);
	ck_assert_int_eq(strand_call(strand, come_in, NULL), 0);
	frame_pop(&call);
	owner.timeout = 1;
	ck_assert_int_eq(strand_call(strand, come_in, NULL), -ETIMEDOUT);
}
END_TEST

static void come_in_and_tell(void *data)
{
	if (come_in(NULL) == 0)
		latch_hit(data);
}

START_TEST(who_waits_at_a_door_comes_in_once_it_is_needed_inside)
{
	struct latch came_in = LATCH_INIT;
	struct corbel_call call;

	/* Given a strand that waits at a door, */
	gate_set(gate, GATE_CLOSED);
	ck_assert_int_eq(strand_post(strand, NULL, come_in_and_tell, &came_in), 0);
	wait_for_waiter(gate);
	/* when somebody inside waits for the strand, */
	ck_assert_int_eq(frame_push(&call, gate, 0), 0);
	ck_assert_int_eq(strand_call(strand, come_in, NULL), 0);
	/* then both have had their turn. */
	ck_assert_uint_eq(latch_count(&came_in), 1);
	frame_pop(&call);
}
END_TEST

struct stopped {
	struct corbel_worker *worker;
	struct latch known, over;
	int result;
};

static int stop_worker(void *data)
{
	struct stopped *stopped = data;

	return worker_stop(stopped->worker, INT64_MAX);
}

static void have_itself_stopped(struct corbel_worker *worker, void *data)
{
	struct stopped *stopped = data;

	(void)worker;
	latch_wait(&stopped->known, 1);
	stopped->result = strand_call(strand, stop_worker, stopped);
	latch_hit(&stopped->over);
}

START_TEST(who_stops_a_thread_that_waits_for_it_is_refused)
{
	struct stopped stopped = { .known = LATCH_INIT, .over = LATCH_INIT };
	struct worker_set *set;
	struct ledger ledger;

	ledger_init(&ledger);
	ck_assert_int_eq(worker_set_new(&owner, NULL, NULL, &set), 0);
	ck_assert_int_eq(worker_start(set, &ledger, "itself", have_itself_stopped, &stopped,
				      &stopped.worker),
			 0);
	latch_hit(&stopped.known);
	latch_wait(&stopped.over, 1);
	ck_assert_int_eq(stopped.result, -EDEADLK);
	worker_set_free(set);
	ledger_fini(&ledger);
}
END_TEST

static const uint64_t value = 1;
static const struct queue_event event = { .payload = &value, .size = sizeof(value) };

/* Two that each publish into the full queue that the other one empties. */
struct mutual {
	struct queue queues[2];
	struct latch both, over;
	int results[2];
};

static void publish(struct mutual *mutual, int into, const struct strand *reader)
{
	latch_hit(&mutual->both);
	latch_wait(&mutual->both, 2);
	mutual->results[into] =
		queue_put(&mutual->queues[into], &event, strand_gate(reader), INT64_MAX / 2);
	/* The other one goes on now. */
	queue_end(&mutual->queues[!into]);
	latch_hit(&mutual->over);
}

static void publish_to_another(void *data)
{
	publish(data, 0, another);
}

static void publish_to_strand(void *data)
{
	publish(data, 1, strand);
}

START_TEST(one_of_two_that_fill_each_others_queues_is_refused)
{
	struct mutual mutual = { .both = LATCH_INIT, .over = LATCH_INIT };

	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(queue_init(&mutual.queues[i], 1, CORBEL_BLOCK), 0);
		ck_assert_int_eq(queue_put(&mutual.queues[i], &event, NULL, 0), 0);
	}
	ck_assert_int_eq(strand_post(strand, NULL, publish_to_another, &mutual), 0);
	ck_assert_int_eq(strand_post(another, NULL, publish_to_strand, &mutual), 0);
	latch_wait(&mutual.over, 2);
	ck_assert_int_eq(mutual.results[0] == -EDEADLK, mutual.results[1] != -EDEADLK);
	for (int i = 0; i < 2; i++)
		queue_fini(&mutual.queues[i]);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void)
{
	Suite *suite = suite_create("wait");
	TCase *circles = tcase_create("circles");

	tcase_add_checked_fixture(circles, given_two_strands, then_they_go);
	tcase_set_timeout(circles, 30);
	tcase_add_test(circles, a_timer_is_stopped_by_what_its_callback_waits_for);
	tcase_add_test(circles, a_watch_is_removed_by_what_its_callback_waits_for);
	tcase_add_test(circles, who_is_needed_inside_comes_in_through_a_closed_door);
	tcase_add_test(circles, who_waits_at_a_door_comes_in_once_it_is_needed_inside);
	tcase_add_test(circles, who_stops_a_thread_that_waits_for_it_is_refused);
	tcase_add_test(circles, one_of_two_that_fill_each_others_queues_is_refused);
	suite_add_tcase(suite, circles);
	return suite;
}
