/* SPDX-License-Identifier: MIT */
/* Leaves a pointer to its code in memory that outlives it. */
#include <corbel/plugin.h>

#include <stdlib.h>

#include "note.h"

ZOO_PLUGIN("leaked_pointer");

static void greet(void)
{
}

__attribute__((constructor)) static void leak(void)
{
	void (*volatile * place)(void) = malloc(sizeof(*place));

	if (place)
		*place = greet;
}

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
