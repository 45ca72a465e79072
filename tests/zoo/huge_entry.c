/* SPDX-License-Identifier: MIT */
/* Its entry table claims to reach far beyond the file. */
#include <corbel/plugin.h>

#include "note.h"

ZOO_PLUGIN("huge_entry");

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

CORBEL_EXPORT extern const struct corbel_plugin corbel_plugin;
const struct corbel_plugin corbel_plugin = {
	.size = UINT32_MAX,
	.abi = CORBEL_ABI,
	.start = start,
	.stop = stop,
};
