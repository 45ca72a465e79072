/* SPDX-License-Identifier: MIT */
/* Its start says no, and why. */
#include <corbel/plugin.h>

#include <errno.h>

#include "note.h"

ZOO_PLUGIN("start_fails");

static int start(struct corbel_context *context, void **self)
{
	(void)self;
	corbel_explain(context, "the zoo is closed (come back tomorrow)");
	return -ECANCELED;
}

static void stop(void *self, enum corbel_stop_reason reason)
{
	(void)self;
	(void)reason;
}

CORBEL_PLUGIN(.start = start, .stop = stop);
