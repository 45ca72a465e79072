/* SPDX-License-Identifier: MIT */
/*
 * The plugin that the benchmarks call and publish to: methods and handlers that do as little as can
 * be.
 */
#include <poll.h>

#include <corbel/plugin.h>

#include "corbel.bench.h"

static int add(void *self, int64_t value, int64_t *sum)
{
	(void)self;
	*sum = value + 1;
	return 0;
}

static int hold(void *self, int32_t milliseconds)
{
	(void)self;
	return poll(NULL, 0, milliseconds) < 0 ? -errno : 0;
}

/*
 * Handlers look at the event and write nothing: they would else be measured for sharing a cache
 * line.
 */
static void plain(void *data, const struct corbel_delivery *delivery)
{
	const struct corbel_bench_tick *event = delivery->payload;

	__asm__ volatile("" : : "r"(event->value), "r"(data));
}

static void typed(void *data, const struct corbel_bench_tick *event)
{
	__asm__ volatile("" : : "r"(event->value), "r"(data));
}

static const struct corbel_bench_methods methods = { .size = sizeof(methods),
						     .add = add,
						     .hold = hold };

static int start(struct corbel_context *context, void **self)
{
	const struct corbel_subscriber direct = { .size = sizeof(direct), .mode = CORBEL_DIRECT };
	struct corbel_subscriber untyped = direct;

	*self = context;
	untyped.handler = (void (*)(void))plain;

	int error = corbel_bench_provide(context, &methods, context, NULL, NULL);

	if (!error)
		error = corbel_subscribe(context, "corbel.bench.tick", &untyped, NULL);
	if (!error)
		error = corbel_bench_tick_subscribe(context, NULL, &direct, typed, NULL, NULL);
	return error;
}

static void stop(void *self, enum corbel_stop_reason reason)
{
	(void)self;
	(void)reason;
}

CORBEL_PLUGIN(.start = start, .stop = stop);
