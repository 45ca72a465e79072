/* SPDX-License-Identifier: MIT */
/* A plugin without a manifest is any shared library. */
#include <corbel/plugin.h>

static int start(struct corbel_context *context, void **self)
{
	(void)context;
	(void)self;
	return 0;
}

static void stop(void *self, enum corbel_stop_reason reason)
{
	(void)self;
	(void)reason;
}

CORBEL_PLUGIN(.start = start, .stop = stop);
