/* SPDX-License-Identifier: MIT */
/* Linked so that dlclose never unmaps it. */
#include <corbel/plugin.h>

#include "note.h"

ZOO_PLUGIN("nodelete");

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
