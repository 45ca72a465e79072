/* SPDX-License-Identifier: MIT */
/* Takes a signal and never gives it back. */
#include <corbel/plugin.h>

#include <signal.h>

#include "note.h"

ZOO_PLUGIN("signal_handler");

static void on_signal(int number)
{
	(void)number;
}

__attribute__((constructor)) static void take(void)
{
	signal(SIGUSR2, on_signal);
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
