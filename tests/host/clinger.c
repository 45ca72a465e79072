/* SPDX-License-Identifier: MIT */
/* A plugin for the tests of the host: its stop never returns. */
#include <unistd.h>

#include <corbel/plugin.h>

static int start(struct corbel_context *context, void **self)
{
	*self = context;
	return 0;
}

static void stop(void *self, enum corbel_stop_reason reason)
{
	(void)reason;
	corbel_log(self, CORBEL_NOTICE, "clinging");
	for (;;)
		pause();
}

CORBEL_PLUGIN(.start = start, .stop = stop);
