/* SPDX-License-Identifier: MIT */
/*
 * The two plugins of the benchmarks, as their shared objects give them: who is called, and who
 * calls.
 */
#ifndef BENCH_IMAGE_H
#define BENCH_IMAGE_H

#include <corbel/plugin.h>

#include "corbel.bench.h"

/* One call by hand: what a plugin host without any safety would do. */
struct bench_raw {
	int (*add)(void *self, int64_t value, int64_t *sum);
	void *self;
};

/* A list of subscribers by hand. */
struct bench_handler {
	void (*handle)(void *data, const struct corbel_delivery *delivery);
	void *data;
};

/* Calls that one frame covers in `entered`. */
#define BENCH_CALLS_PER_FRAME 100

/*
 * The loops of caller.so, exported as `bench_caller`; each returns 0 or the first error. [any
 * thread]
 */
struct bench_caller {
	int (*raw)(const struct bench_raw *raw, uint64_t count);
	int (*fenced)(const struct bench_raw *raw,
		      uint64_t count); /* a full fence before and after each call */
	int (*call)(struct corbel_bench *use, uint64_t count);
	int (*entered)(struct corbel_bench *use, uint64_t count);
	int (*loop)(const struct bench_handler *handlers, size_t handler_count, uint64_t count);
	int (*publish)(struct corbel_bench_tick_topic *topic, uint64_t count);
	int (*publish_block)(struct corbel_bench_block_topic *topic, uint64_t count);
};

/* What target.so registered with its host; the host here only takes note. */
struct bench_target {
	struct corbel_context context; /* first */
	void *image;
	const struct corbel_interface *interface;
	const void *table;
	void *self;
	struct corbel_subscriber plain; /* its handler takes the delivery as it is */
	struct corbel_subscriber
		typed; /* its handler takes the event, decoded by what the scanner wrote */
};

/*
 * Loads `count` copies of target.so, each from a file of its own as different plugins are. 0 or
 * -errno.
 */
int bench_targets_load(struct bench_target *targets, size_t count);
const struct bench_caller *bench_caller_load(void);

#endif
