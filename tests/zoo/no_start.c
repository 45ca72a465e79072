/* SPDX-License-Identifier: MIT */
/* Its entry table has no start callback. */
#include <corbel/plugin.h>

#include "note.h"

ZOO_PLUGIN("no_start");

static void stop(void *self, enum corbel_stop_reason reason)
{
	(void)self;
	(void)reason;
}

CORBEL_PLUGIN(.stop = stop);
