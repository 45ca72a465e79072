/* SPDX-License-Identifier: MIT */
/* A plugin for the tests of the host: calls the function of leaver when it stops, loaded or not. */
#include <stdlib.h>

#include <corbel/plugin.h>

static int start(struct corbel_context *context, void **self)
{
	*self = context;
	return 0;
}

static void stop(void *self, enum corbel_stop_reason reason)
{
	int (*greet)(void) = (int (*)(void))strtoul(getenv("CORBEL_TEST_LEAVER"), NULL, 16);

	(void)reason;
	corbel_log(self, CORBEL_NOTICE, "it said %d", greet());
}

CORBEL_PLUGIN(.start = start, .stop = stop);
