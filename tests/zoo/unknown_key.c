/* SPDX-License-Identifier: MIT */
/* Its manifest has a key that no ABI knows, a slip of the pen. */
#include <corbel/plugin.h>

#include "note.h"

ZOO_MANIFEST("[plugin]\\nname = unknown_key\\nversion = 1.0.0\\nabi = 1.0\\nsumary = One letter "
	     "short\\n");

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
