/* SPDX-License-Identifier: MIT */
/* Built for a plugin ABI of a later minor. */
#include <corbel/plugin.h>

#include "note.h"

ZOO_MANIFEST("[plugin]\\nname = abi_minor_too_new\\nversion = 1.0.0\\nabi = 1.9\\n");

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
