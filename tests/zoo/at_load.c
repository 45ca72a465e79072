/* SPDX-License-Identifier: MIT */
/* Does something while it is loaded that a plugin should not; local.mk says what (AT_LOAD). */
#include <corbel/plugin.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "note.h"

ZOO_PLUGIN("at_load");

__attribute__((constructor)) static void at_load(void)
{
	AT_LOAD;
}

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
