/* SPDX-License-Identifier: MIT */
/* What a queued event of 64 bytes costs: all the way through, and its publisher alone. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "house.h"
#include "image.h"
#include "syscalls.h"

#define DEPTH 1024
#define BATCH 64
#define EVENTS 64000 /* a round, of all publishers */
#define HELD \
	1023 /* put into the queue while its handler is held with one more: a number of batches */

/* The baseline: a ring under a mutex, with conditions for full and empty. */
struct ring {
	pthread_mutex_t lock;
	pthread_cond_t readable, writable;
	uint64_t head, tail;
	struct corbel_bench_block blocks[DEPTH];
};

struct queueing {
	struct bench_house house;
	const struct bench_caller *caller;
	struct corbel_bench_block_topic *topics[BENCH_THREADS_MAX];
	struct ring ring;
	unsigned publishers;
	double start;
	uint64_t count __attribute__((aligned(64)));   /* handled by the strand; its own */
	uint64_t handled __attribute__((aligned(64))); /* the same, told to others once a batch */
	uint64_t published __attribute__((aligned(64)));
	uint32_t held __attribute__((aligned(64))); /* 1: the handler is to stay; 2: it does */
};

/* Whoever polls a word that is written at each event takes its cache line away each time. */
static void count_one(struct queueing *queueing)
{
	if (++queueing->count % BATCH == 0)
		__atomic_store_n(&queueing->handled, queueing->count, __ATOMIC_RELEASE);
}

static void handle(void *data, const struct corbel_delivery *delivery)
{
	struct queueing *queueing = data;
	const struct corbel_bench_block *block = delivery->payload;

	__asm__ volatile("" : : "r"(block->a));
	if (__atomic_load_n(&queueing->held, __ATOMIC_ACQUIRE)) {
		__atomic_store_n(&queueing->held, 2, __ATOMIC_RELEASE);
		while (__atomic_load_n(&queueing->held, __ATOMIC_ACQUIRE))
			__builtin_ia32_pause();
	}
	count_one(queueing);
}

static void wait_for(const uint64_t *value, uint64_t least)
{
	for (unsigned turns = 0; __atomic_load_n(value, __ATOMIC_ACQUIRE) < least; turns++) {
		if (turns < 1000)
			__builtin_ia32_pause();
		else
			sched_yield();
	}
}

/* All but a batch for each publisher fits, so that nobody ever finds the queue full. */
static uint64_t least_handled(uint64_t published)
{
	const uint64_t room = DEPTH - BATCH * BENCH_THREADS_MAX;

	return published > room ? published - room : 0;
}

static int work_publish(struct queueing *queueing, unsigned index)
{
	int error = 0;

	for (uint64_t left = EVENTS / queueing->publishers; left > 0 && !error; left -= BATCH) {
		uint64_t published =
			__atomic_add_fetch(&queueing->published, BATCH, __ATOMIC_RELAXED);

		wait_for(&queueing->handled, least_handled(published));
		error = queueing->caller->publish_block(queueing->topics[index], BATCH);
	}
	return error;
}

static void *ring_drain(void *data)
{
	struct queueing *queueing = data;
	struct ring *ring = &queueing->ring;

	for (uint64_t i = 0; i < EVENTS; i++) {
		struct corbel_bench_block block;

		pthread_mutex_lock(&ring->lock);
		while (ring->head == ring->tail)
			pthread_cond_wait(&ring->readable, &ring->lock);
		block = ring->blocks[ring->head++ % DEPTH];
		pthread_cond_signal(&ring->writable);
		pthread_mutex_unlock(&ring->lock);
		__asm__ volatile("" : : "r"(block.a));
		count_one(queueing);
	}
	return NULL;
}

static int work_ring(struct queueing *queueing, unsigned index)
{
	struct ring *ring = &queueing->ring;

	(void)index;
	for (uint64_t left = EVENTS / queueing->publishers; left > 0; left--) {
		struct corbel_bench_block block = { .size = sizeof(block), .a = (int64_t)left };

		pthread_mutex_lock(&ring->lock);
		while (ring->tail - ring->head == DEPTH)
			pthread_cond_wait(&ring->writable, &ring->lock);
		ring->blocks[ring->tail++ % DEPTH] = block;
		pthread_cond_signal(&ring->readable);
		pthread_mutex_unlock(&ring->lock);
	}
	return 0;
}

struct publisher_thread {
	struct queueing *queueing;
	int (*work)(struct queueing *queueing, unsigned index);
	unsigned index;
	int error;
};

static void *run_publisher(void *data)
{
	struct publisher_thread *thread = data;

	thread->error = thread->work(thread->queueing, thread->index);
	return NULL;
}

/* From the first publish until the last event has been handled, by the machine's clock. */
static int through(struct queueing *queueing, int (*work)(struct queueing *, unsigned),
		   double *result)
{
	struct publisher_thread each[BENCH_THREADS_MAX];
	pthread_t second;
	double start = bench_wall();

	queueing->count = queueing->handled = 0;
	queueing->published = 0;
	for (unsigned i = 0; i < queueing->publishers; i++)
		each[i] =
			(struct publisher_thread){ .queueing = queueing, .work = work, .index = i };
	if (queueing->publishers > 1 && pthread_create(&second, NULL, run_publisher, &each[1]) != 0)
		return -EAGAIN;
	run_publisher(&each[0]);
	if (queueing->publishers > 1)
		pthread_join(second, NULL);
	wait_for(&queueing->handled, EVENTS);
	*result = (bench_wall() - start) / EVENTS;
	return each[0].error ? each[0].error : queueing->publishers > 1 ? each[1].error : 0;
}

static int measure_through(void *data, double *result)
{
	return through(data, work_publish, result);
}

static int measure_ring(void *data, double *result)
{
	struct queueing *queueing = data;
	pthread_t reader;

	queueing->ring.head = queueing->ring.tail = 0;
	if (pthread_create(&reader, NULL, ring_drain, data) != 0)
		return -EAGAIN;

	int error = through(queueing, work_ring, result);

	pthread_join(reader, NULL);
	return error;
}

/* Gets the strand into the handler, and keeps it there. */
static int hold(struct queueing *queueing)
{
	queueing->count = queueing->handled = 0;
	__atomic_store_n(&queueing->held, 1, __ATOMIC_RELEASE);

	int error = queueing->caller->publish_block(queueing->topics[0], 1);

	while (!error && __atomic_load_n(&queueing->held, __ATOMIC_ACQUIRE) != 2)
		sched_yield();
	return error;
}

/* With all HELD events in the queue, or after an error. */
static int let_go(struct queueing *queueing, int error)
{
	__atomic_store_n(&queueing->held, 0, __ATOMIC_RELEASE);
	if (!error)
		wait_for(&queueing->handled, HELD + 1);
	return error;
}

static int measure_put(void *data, double *result)
{
	struct queueing *queueing = data;
	int error = hold(queueing);
	double start = bench_thread_time();

	if (!error)
		error = queueing->caller->publish_block(queueing->topics[0], HELD);
	*result = (bench_thread_time() - start) / HELD;
	return let_go(queueing, error);
}

/* The other half: a full queue, from the handler's release until it has been emptied. */
static int measure_take(void *data, double *result)
{
	struct queueing *queueing = data;
	int error = hold(queueing);

	if (!error)
		error = queueing->caller->publish_block(queueing->topics[0], HELD);

	double start = bench_wall();

	error = let_go(queueing, error);
	*result = (bench_wall() - start) / HELD;
	return error;
}

static int publish_one(void *data)
{
	struct queueing *queueing = data;

	return queueing->caller->publish_block(queueing->topics[0], 1);
}

static int do_nothing(void *data)
{
	(void)data;
	return 0;
}

static int measure_syscalls(void *data, double *result)
{
	struct queueing *queueing = data;
	int error = hold(queueing);
	unsigned count = 0;

	for (int i = 0; i < HELD && !error; i++) {
		bool any = false;

		error = bench_syscalls(publish_one, data, &any);
		count += any;
	}
	*result = (double)count / HELD;
	return let_go(queueing, error);
}

static int prepare(struct queueing *queueing)
{
	const struct corbel_subscriber subscriber = {
		.size = sizeof(subscriber),
		.mode = CORBEL_QUEUED,
		.depth = DEPTH,
		.overflow = CORBEL_FAIL,
		.handler = (void (*)(void))handle,
		.data = queueing,
	};
	struct corbel_subscription *subscription;
	struct corbel_topic *topic;
	int error = bench_house_build(&queueing->house, 1);

	pthread_mutex_init(&queueing->ring.lock, NULL);
	pthread_cond_init(&queueing->ring.readable, NULL);
	pthread_cond_init(&queueing->ring.writable, NULL);
	queueing->caller = bench_caller_load();
	if (!error && !queueing->caller)
		error = -ELIBACC;
	for (int i = 0; i < BENCH_THREADS_MAX && !error; i++) {
		error = bus_topic_open(queueing->house.bus, &queueing->house.party,
				       &corbel_bench_interface, 1, NULL, &topic, NULL);
		if (!error)
			queueing->topics[i] = (struct corbel_bench_block_topic *)topic;
	}
	if (error)
		return error;
	return bus_subscribe(queueing->house.bus, &queueing->house.party, "corbel.bench.block",
			     &subscriber, &subscription, NULL);
}

static void measure_publishers(struct bench *bench, struct queueing *queueing, unsigned publishers,
			       const char *name, double goal)
{
	queueing->publishers = publishers;
	const struct bench_pair pair = {
		.name = name,
		.unit = "ns",
		.against = "a ring under a mutex with conditions",
		.measured = measure_through,
		.baseline = measure_ring,
		.data = queueing,
		.goal = goal,
		.goal_is_absolute = true,
	};
	bench_pair(bench, &pair);
}

static void measure_halves(struct bench *bench, struct queueing *queueing)
{
	bool any;

	const struct bench_pair put = {
		.name = "its publisher alone, the consumer awake",
		.unit = "ns",
		.measured = measure_put,
		.data = queueing,
	};
	bench_pair(bench, &put);

	const struct bench_pair take = {
		.name = "its handling alone, the queue full",
		.unit = "ns",
		.measured = measure_take,
		.data = queueing,
	};
	bench_pair(bench, &take);
	if (bench_syscalls(do_nothing, queueing, &any) == -ENOTSUP) {
		fprintf(stderr, "bench_queue: this kernel cannot tell system calls, so they are "
				"not counted\n");
		return;
	}
	const struct bench_pair syscalls = {
		.name = "publishes with a system call, the consumer awake",
		.unit = "share",
		.measured = measure_syscalls,
		.data = queueing,
		.goal = 0.0005,
		.goal_is_absolute = true,
	};
	bench_pair(bench, &syscalls);
}

int main(int argc, char **argv)
{
	static struct queueing queueing;
	struct bench bench;
	int status = bench_init(&bench, "bench_queue", argc, argv);

	if (status)
		return status;

	int error = prepare(&queueing);

	if (error) {
		bench_fail(&bench, "set-up", error);
		return bench_finish(&bench);
	}
	measure_publishers(&bench, &queueing, 1, "queued event of 64 bytes, one publisher", 30);
	measure_publishers(&bench, &queueing, 2, "queued event of 64 bytes, two publishers", 50);
	measure_halves(&bench, &queueing);
	return bench_finish(&bench);
}
