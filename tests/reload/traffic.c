/* SPDX-License-Identifier: MIT */
/* Threads that call the counter and publish to it, and the accounts of it. */
#include "traffic.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define TURNS_AT_ONCE 64
#define DEPTH 6                       /* of a circle */
#define PACE 50000                    /* ns between two bursts */
#define TICK (5 * INT64_C(1000000))   /* of a dispatch */
#define PATIENCE INT64_C(20000000000) /* ns for what is queued */

static int64_t clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* The total only grows, and by at least what this thread added: nothing of it may get lost. */
static int check_total(struct traffic_thread *thread, int result, int64_t total)
{
	if (result < 0)
		return result;
	thread->added++;
	if (total <= thread->last)
		return -EILSEQ;
	thread->last = total;
	return 0;
}

static int call_straight(struct traffic_thread *thread)
{
	int64_t total = 0;
	int result = test_counter_add(thread->traffic->counter, 1, &total);

	return check_total(thread, result, total);
}

static int call_through(struct traffic_thread *thread)
{
	int64_t total = 0;
	int result = test_caller_add(thread->traffic->caller, 1, &total);

	return check_total(thread, result, total);
}

static int post(struct traffic_thread *thread)
{
	int result = test_counter_later(thread->traffic->counter);

	if (result == 0)
		__atomic_add_fetch(&thread->traffic->posted, 1, __ATOMIC_RELAXED);
	return result;
}

static int check_circle(int result, uint32_t reached)
{
	return result == 0 && reached != DEPTH + 1 ? -EILSEQ : result;
}

static int circle_from_counter(struct traffic_thread *thread)
{
	uint32_t reached = 0;
	int result = test_counter_bounce(thread->traffic->counter, DEPTH, &reached);

	return check_circle(result, reached);
}

static int circle_from_caller(struct traffic_thread *thread)
{
	uint32_t reached = 0;
	int result = test_caller_bounce(thread->traffic->caller, DEPTH, &reached);

	return check_circle(result, reached);
}

static int publish(struct traffic_thread *thread)
{
	uint64_t *published = &thread->traffic->published[thread->source];
	const struct test_feed_tick tick = { .size = sizeof(tick),
					     .source = thread->source,
					     .sequence = *published };
	int result = test_feed_tick_publish(thread->traffic->topics[thread->source], &tick);

	if (result == 0)
		(*published)++;
	return result;
}

static void take_turn(struct traffic_thread *thread, int (*turn)(struct traffic_thread *thread))
{
	int result = turn(thread);

	__atomic_add_fetch(&thread->count, 1, __ATOMIC_RELAXED);
	if (result == 0)
		return;
	thread->failed++;
	if (thread->error == 0)
		thread->error = result;
}

/* In bursts, so that the machine has some time left for the reloads. */
static void *run(void *data)
{
	const struct timespec pace = { .tv_nsec = PACE };
	struct traffic_thread *thread = data;

	while (!__atomic_load_n(&thread->traffic->is_over, __ATOMIC_ACQUIRE)) {
		for (int i = 0; i < TURNS_AT_ONCE; i++)
			take_turn(thread, thread->turn);
		if (thread->turn == call_straight)
			take_turn(thread, post);
		nanosleep(&pace, NULL);
	}
	return NULL;
}

int traffic_open(struct traffic *traffic, struct corbel_host *host)
{
	struct corbel_context *context = corbel_host_context(host);

	memset(traffic, 0, sizeof(*traffic));
	traffic->host = host;

	int result = test_counter_acquire(context, NULL, &traffic->counter);

	if (result == 0)
		result = test_caller_acquire(context, NULL, &traffic->caller);
	for (int i = 0; i < TRAFFIC_SOURCES && result == 0; i++)
		result = test_feed_tick_open(context, NULL, &traffic->topics[i]);
	return result;
}

void traffic_close(struct traffic *traffic)
{
	struct corbel_context *context = corbel_host_context(traffic->host);

	for (int i = 0; i < TRAFFIC_SOURCES; i++)
		test_feed_tick_close(context, traffic->topics[i]);
	test_caller_release(context, traffic->caller);
	test_counter_release(context, traffic->counter);
}

static int start(struct traffic *traffic, int (*turn)(struct traffic_thread *thread),
		 uint32_t source)
{
	struct traffic_thread *thread = &traffic->threads[traffic->count];

	*thread = (struct traffic_thread){ .traffic = traffic, .turn = turn, .source = source };

	int code = pthread_create(&thread->thread, NULL, run, thread);

	traffic->count += code == 0;
	return -code;
}

int traffic_start(struct traffic *traffic, unsigned kinds)
{
	int result = 0;

	__atomic_store_n(&traffic->is_over, false, __ATOMIC_RELEASE);
	if (kinds & TRAFFIC_CALLS)
		result = start(traffic, call_straight, 0);
	if (kinds & TRAFFIC_CALLS && result == 0)
		result = start(traffic, call_through, 0);
	for (uint32_t i = 0; kinds & TRAFFIC_EVENTS && i < TRAFFIC_SOURCES && result == 0; i++)
		result = start(traffic, publish, i);
	if (kinds & TRAFFIC_CIRCLES && result == 0)
		result = start(traffic, circle_from_counter, 0);
	if (kinds & TRAFFIC_CIRCLES && result == 0)
		result = start(traffic, circle_from_caller, 0);
	return result;
}

/* A thread may wait for what only the control side can do. */
static void join(struct traffic *traffic, pthread_t thread)
{
	struct timespec soon;

	do {
		corbel_host_dispatch(traffic->host, 0);
		clock_gettime(CLOCK_REALTIME, &soon);
		soon.tv_nsec += 1000000;
		if (soon.tv_nsec >= 1000000000) {
			soon.tv_sec++;
			soon.tv_nsec -= 1000000000;
		}
	} while (pthread_timedjoin_np(thread, NULL, &soon) != 0);
}

void traffic_stop(struct traffic *traffic)
{
	__atomic_store_n(&traffic->is_over, true, __ATOMIC_RELEASE);
	for (unsigned i = 0; i < traffic->count; i++) {
		struct traffic_thread *thread = &traffic->threads[i];

		join(traffic, thread->thread);
		if (thread->turn != publish)
			traffic->calls += thread->count;
		traffic->failed += thread->failed;
		traffic->added += thread->added;
		if (traffic->error == 0)
			traffic->error = thread->error;
	}
	traffic->count = 0;
}

uint64_t traffic_turns(const struct traffic *traffic)
{
	uint64_t turns = 0;

	for (unsigned i = 0; i < traffic->count; i++)
		turns += __atomic_load_n(&traffic->threads[i].count, __ATOMIC_RELAXED);
	return turns;
}

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

static uint64_t missing(const struct traffic *traffic, const struct test_counter_tally *tally)
{
	const uint64_t *published = traffic->published;

	return distance(tally->handled, published[0] + published[1]) +
	       distance(tally->next0, published[0]) + distance(tally->next1, published[1]) +
	       distance(tally->direct, published[0] + published[1]) +
	       distance(tally->direct_next0, published[0]) +
	       distance(tally->direct_next1, published[1]) +
	       distance(tally->posts, traffic->posted);
}

static void describe(const struct traffic *traffic, const struct test_counter_tally *tally,
		     const struct test_caller_account *account, struct traffic_sum *sum)
{
	unsigned long long numbers[] = {
		traffic->published[0],
		traffic->published[1],
		tally->handled,
		tally->misplaced,
		tally->next0,
		tally->next1,
		tally->direct,
		tally->direct_misplaced,
		tally->direct_next0,
		tally->direct_next1,
		account->misplaced,
		traffic->posted,
		tally->posts,
		traffic->added,
		(unsigned long long)tally->total,
	};

	snprintf(sum->words, sizeof(sum->words),
		 "published %llu + %llu; handled %llu, misplaced %llu, next %llu and %llu; "
		 "direct %llu, misplaced %llu, next %llu and %llu; beats misplaced %llu; "
		 "posted %llu, done %llu; added %llu, total %llu",
		 numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], numbers[6],
		 numbers[7], numbers[8], numbers[9], numbers[10], numbers[11], numbers[12],
		 numbers[13], numbers[14]);
}

int traffic_sum(struct traffic *traffic, struct traffic_sum *sum)
{
	int64_t deadline = clock_now() + PATIENCE;
	struct test_caller_account account = { 0 };
	struct test_counter_tally tally = { 0 };
	int result = test_caller_read(traffic->caller, &account);

	do {
		corbel_host_dispatch(traffic->host, TICK);
		if (result == 0)
			result = test_counter_read(traffic->counter, &tally);
	} while (result == 0 && missing(traffic, &tally) && clock_now() < deadline);
	*sum = (struct traffic_sum){
		.calls = traffic->calls,
		.failed = traffic->failed,
		.events = traffic->published[0] + traffic->published[1] + account.heard,
		.lost = missing(traffic, &tally) + tally.misplaced + tally.direct_misplaced +
			account.misplaced,
		.drift = distance((uint64_t)tally.total, traffic->added),
		.error = traffic->error,
	};
	describe(traffic, &tally, &account, sum);
	return result;
}
