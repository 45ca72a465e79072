/* SPDX-License-Identifier: MIT */
/* The plugin that calls and publishes: both sides of each comparison, compiled alike. */
#include "image.h"

/* Makes the compiler fetch again what it knows already, as between two calls of a real program. */
static inline void forget(void)
{
	__asm__ volatile("" : : : "memory");
}

/*
 * All in hundreds, each in a function of its own and of one shape, so that they differ in nothing
 * but the call: the time of so short a loop depends on how it happens to be laid out.
 */
static __attribute__((noinline)) int raw_hundred(const struct bench_raw *by_hand)
{
	int64_t sum;
	int result = 0;

	for (int i = 0; i < BENCH_CALLS_PER_FRAME && !result; i++) {
		forget();
		result = by_hand->add(by_hand->self, i, &sum);
	}
	return result;
}

static __attribute__((noinline)) int fenced_hundred(const struct bench_raw *by_hand)
{
	int64_t sum;
	int result = 0;

	for (int i = 0; i < BENCH_CALLS_PER_FRAME && !result; i++) {
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		result = by_hand->add(by_hand->self, i, &sum);
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
	}
	return result;
}

static __attribute__((noinline)) int call_hundred(struct corbel_bench *use)
{
	int64_t sum;
	int result = 0;

	for (int i = 0; i < BENCH_CALLS_PER_FRAME && !result; i++) {
		forget();
		result = corbel_bench_add(use, i, &sum);
	}
	return result;
}

static __attribute__((noinline)) int entered_hundred(struct corbel_bench *use)
{
	struct corbel_call inside;
	int64_t sum;
	int result = corbel_bench_enter(use, &inside);

	if (result)
		return result;
	for (int i = 0; i < BENCH_CALLS_PER_FRAME && !result; i++) {
		forget();
		result = corbel_bench_add_entered(&inside, i, &sum);
	}
	corbel_call_leave(&inside);
	return result;
}

static int raw(const struct bench_raw *by_hand, uint64_t count)
{
	int result = 0;

	for (uint64_t i = 0; i < count && !result; i += BENCH_CALLS_PER_FRAME)
		result = raw_hundred(by_hand);
	return result;
}

static int fenced(const struct bench_raw *by_hand, uint64_t count)
{
	int result = 0;

	for (uint64_t i = 0; i < count && !result; i += BENCH_CALLS_PER_FRAME)
		result = fenced_hundred(by_hand);
	return result;
}

static int call(struct corbel_bench *use, uint64_t count)
{
	int result = 0;

	for (uint64_t i = 0; i < count && !result; i += BENCH_CALLS_PER_FRAME)
		result = call_hundred(use);
	return result;
}

static int entered(struct corbel_bench *use, uint64_t count)
{
	int result = 0;

	for (uint64_t i = 0; i < count && !result; i += BENCH_CALLS_PER_FRAME)
		result = entered_hundred(use);
	return result;
}

static int loop(const struct bench_handler *handlers, size_t handler_count, uint64_t count)
{
	struct corbel_bench_tick event = { .size = sizeof(event) };
	const struct corbel_delivery delivery = { .payload = &event, .size = sizeof(event) };

	for (uint64_t i = 0; i < count; i++) {
		event.value = (int64_t)i;
		forget();
		for (size_t at = 0; at < handler_count; at++)
			handlers[at].handle(handlers[at].data, &delivery);
	}
	return 0;
}

static int publish(struct corbel_bench_tick_topic *topic, uint64_t count)
{
	struct corbel_bench_tick event = { .size = sizeof(event) };
	int result = 0;

	for (uint64_t i = 0; i < count && !result; i++) {
		event.value = (int64_t)i;
		forget();
		result = corbel_bench_tick_publish(topic, &event);
	}
	return result;
}

static int publish_block(struct corbel_bench_block_topic *topic, uint64_t count)
{
	struct corbel_bench_block event = { .size = sizeof(event) };
	int result = 0;

	for (uint64_t i = 0; i < count && !result; i++) {
		event.a = (int64_t)i;
		forget();
		result = corbel_bench_block_publish(topic, &event);
	}
	return result;
}

CORBEL_EXPORT extern const struct bench_caller bench_caller;
const struct bench_caller bench_caller = {
	.raw = raw,
	.fenced = fenced,
	.call = call,
	.entered = entered,
	.loop = loop,
	.publish = publish,
	.publish_block = publish_block,
};
