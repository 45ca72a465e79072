/* SPDX-License-Identifier: MIT */
/* Asks to be called at the end of the process, and cannot take that back. */
#include <corbel/plugin.h>

#include <stdlib.h>

#include "note.h"

ZOO_PLUGIN("on_exit");

static void farewell(int status, void *data)
{
	(void)status;
	(void)data;
}

__attribute__((constructor)) static void ask(void)
{
	on_exit(farewell, NULL);
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
