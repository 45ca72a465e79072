/* SPDX-License-Identifier: MIT */
/* A plugin for the tests of reloads, whose versions differ in what they require. */
#include <corbel/plugin.h>

static int start(struct corbel_context *context, void **self)
{
	*self = context;
	return 0;
}

static void stop(void *self, enum corbel_stop_reason reason)
{
	(void)self;
	(void)reason;
}

CORBEL_PLUGIN(.start = start, .stop = stop);
