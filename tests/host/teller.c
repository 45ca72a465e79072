/* SPDX-License-Identifier: MIT */
/* A plugin for the tests of the host: requires the service of another. */
#include <corbel/plugin.h>

#include "test.ticker.h"

static int start(struct corbel_context *context, void **self)
{
	struct test_ticker *use;
	uint32_t n;
	int code = test_ticker_acquire(context, NULL, &use);

	if (code == 0)
		code = test_ticker_count(use, &n);
	if (code == 0)
		corbel_log(context, CORBEL_NOTICE, "telling");
	*self = context;
	return code;
}

static void stop(void *self, enum corbel_stop_reason reason)
{
	(void)reason;
	corbel_log(self, CORBEL_NOTICE, "told");
}

CORBEL_PLUGIN(.start = start, .stop = stop);
