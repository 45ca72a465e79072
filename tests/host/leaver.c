/* SPDX-License-Identifier: MIT */
/* A plugin for the tests of the host: tells where its function is, in a way that outlives it. */
#include <stdio.h>
#include <stdlib.h>

#include <corbel/plugin.h>

static int greet(void)
{
	return 0;
}

static int start(struct corbel_context *context, void **self)
{
	int (*volatile address)(void) = greet;
	char text[32];

	snprintf(text, sizeof(text), "%p", (void *)address);
	*self = context;
	return setenv("CORBEL_TEST_LEAVER", text, 1);
}

static void stop(void *self, enum corbel_stop_reason reason)
{
	(void)self;
	(void)reason;
}

CORBEL_PLUGIN(.start = start, .stop = stop);
