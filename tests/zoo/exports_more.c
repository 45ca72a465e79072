/* SPDX-License-Identifier: MIT */
/* Exports more than its entry table. */
#include <corbel/plugin.h>

#include "note.h"

ZOO_PLUGIN("exports_more");

CORBEL_EXPORT extern int zoo_stray;
int zoo_stray = 1;

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
