/* SPDX-License-Identifier: MIT */
/* A plugin that fails while the loader has its lock: when it is loaded, or when it is unloaded. */
#include <corbel/plugin.h>

#include "classes.h"

__attribute__((FAULT_AT)) static void fail(void)
{
	null_write();
}

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
