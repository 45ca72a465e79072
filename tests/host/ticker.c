/* SPDX-License-Identifier: MIT */
/* A plugin for the tests of the host: provides a service and publishes an event at each tick. */
#include <stdlib.h>

#include <corbel/plugin.h>

#include "test.ticker.h"

struct ticker {
	struct corbel_context *context;
	struct test_ticker_tick_topic *topic;
	struct corbel_timer *timer;
	struct corbel_provision *provision;
	uint32_t n;
};

static int count(void *self, uint32_t *n)
{
	*n = __atomic_load_n(&((struct ticker *)self)->n, __ATOMIC_RELAXED);
	return 0;
}

static const struct test_ticker_methods methods = { .size = sizeof(methods), .count = count };

static void tick(void *data)
{
	struct ticker *ticker = data;
	struct test_ticker_tick event = { .size = sizeof(event), .word = "tick" };

	event.n = __atomic_add_fetch(&ticker->n, 1, __ATOMIC_RELAXED);
	test_ticker_tick_publish(ticker->topic, &event);
}

static int start(struct corbel_context *context, void **self)
{
	struct ticker *ticker = calloc(1, sizeof(*ticker));

	if (!ticker)
		return -ENOMEM;
	ticker->context = context;
	int64_t period = corbel_config_integer(context, "period");
	int code = test_ticker_tick_open(context, NULL, &ticker->topic);

	if (code == 0)
		code = test_ticker_provide(context, &methods, ticker, NULL, &ticker->provision);
	if (code == 0)
		code = corbel_timer_start(context, period, period, tick, ticker, &ticker->timer);
	if (code < 0) {
		free(ticker);
		return code;
	}
	corbel_log(context, CORBEL_NOTICE, "ticking");
	*self = ticker;
	return 0;
}

static void stop(void *self, enum corbel_stop_reason reason)
{
	struct ticker *ticker = self;

	(void)reason;
	corbel_log(ticker->context, CORBEL_NOTICE, "silent");
	free(ticker);
}

CORBEL_PLUGIN(.start = start, .stop = stop);
