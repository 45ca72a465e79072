/* SPDX-License-Identifier: MIT */
/* Needs a function that nobody has. */
#include <corbel/plugin.h>

#include "note.h"

ZOO_PLUGIN("unresolved");

extern void zoo_nobody_has_this(void);

static int start(struct corbel_context *context, void **self)
{
	(void)context;
	(void)self;
	return 0;
}

static void stop(void *self, enum corbel_stop_reason reason)
{
	(void)self;
	zoo_nobody_has_this();
	(void)reason;
}

CORBEL_PLUGIN(.start = start, .stop = stop);
