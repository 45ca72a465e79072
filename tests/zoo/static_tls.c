/* SPDX-License-Identifier: MIT */
/* Has an initial-exec thread-local of its own: room for it runs out after some reloads. */
#include <corbel/plugin.h>

#include "note.h"

ZOO_PLUGIN("static_tls");

static __thread int counter __attribute__((tls_model("initial-exec")));

static int start(struct corbel_context *context, void **self)
{
	(void)context;
	(void)self;
	counter++;
	return 0;
}

static void stop(void *self, enum corbel_stop_reason reason)
{
	(void)self;
	(void)reason;
}

CORBEL_PLUGIN(.start = start, .stop = stop);
