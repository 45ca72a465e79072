/* SPDX-License-Identifier: MIT */
/* Its manifest is not INI text. */
#include <corbel/plugin.h>

#include "note.h"

ZOO_MANIFEST("[plugin]\\nname = bad_ini\\nthis line has no equals sign\\nversion = 1.0.0\\nabi = "
	     "1.0\\n");

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
