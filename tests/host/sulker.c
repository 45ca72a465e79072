/* SPDX-License-Identifier: MIT */
/* A plugin for the tests of the host: its start fails, with words. */
#include <corbel/plugin.h>

static int start(struct corbel_context *context, void **self)
{
	(void)self;
	corbel_explain(context, "not in the mood");
	return -EIO;
}

static void stop(void *self, enum corbel_stop_reason reason)
{
	(void)self;
	(void)reason;
}

CORBEL_PLUGIN(.start = start, .stop = stop);
