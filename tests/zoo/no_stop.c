/* SPDX-License-Identifier: MIT */
/* Its entry table has no stop callback. */
#include <corbel/plugin.h>

#include "note.h"

ZOO_PLUGIN("no_stop");

static int start(struct corbel_context *context, void **self)
{
	(void)context;
	(void)self;
	return 0;
}

CORBEL_PLUGIN(.start = start);
