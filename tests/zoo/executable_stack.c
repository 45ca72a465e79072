/* SPDX-License-Identifier: MIT */
/* Asks for executable stacks. */
#include <corbel/plugin.h>

#include "note.h"

ZOO_PLUGIN("executable_stack");

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
