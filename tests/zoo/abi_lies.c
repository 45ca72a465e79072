/* SPDX-License-Identifier: MIT */
/* Its manifest promises ABI 1.0, its entry table says 2.0. */
#include <corbel/plugin.h>

#include "note.h"

ZOO_PLUGIN("abi_lies");

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
	.size = sizeof(corbel_plugin),
	.abi = 2u << 16,
	.start = start,
	.stop = stop,
};
