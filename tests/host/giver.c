/* SPDX-License-Identifier: MIT */
/* A plugin in two versions, for the tests of reloads: each provides something else. */
#include <corbel/plugin.h>

#include "test.ticker.h"
#include "test.versions.h"

static int count(void *self, uint32_t *n)
{
	(void)self;
	*n = 0;
	return 0;
}

static int tell(void *self, uint32_t *version, uint32_t *n)
{
	*version = GIVER;
	return count(self, n);
}

static int start(struct corbel_context *context, void **self)
{
	static const struct test_ticker_methods ticker = { .size = sizeof(ticker), .count = count };
	static const struct test_versions_methods versions = { .size = sizeof(versions),
							       .tell = tell };

	*self = NULL;
	if (GIVER == 1)
		return test_ticker_provide(context, &ticker, NULL, NULL, NULL);
	return test_versions_provide(context, &versions, NULL, NULL, NULL);
}

static void stop(void *self, enum corbel_stop_reason reason)
{
	(void)self;
	(void)reason;
}

CORBEL_PLUGIN(.start = start, .stop = stop);
