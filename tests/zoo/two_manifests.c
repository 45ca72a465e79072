/* SPDX-License-Identifier: MIT */
/* Two plugins were linked into one file. */
#include <corbel/plugin.h>

#include "note.h"

ZOO_PLUGIN("first");

ZOO_PLUGIN("second");

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
