/* SPDX-License-Identifier: MIT */
/* Its manifest has one key twice. */
#include <corbel/plugin.h>

#include "note.h"

ZOO_MANIFEST("[plugin]\\nname = duplicate_key\\nversion = 1.0.0\\nabi = 1.0\\nversion = 2.0.0\\n");

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
