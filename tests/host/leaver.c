/* SPDX-License-Identifier: MIT */
/* A plugin for the tests of the host: tells where its function is, in a way that outlives it. */
#include <errno.h>
#include <stdio.h>

#include <corbel/plugin.h>

static int greet(void)
{
	return 0;
}

static int start(struct corbel_context *context, void **self)
{
	int (*volatile address)(void) = greet;
	char path[4096];
	const char *folder;
	int code = corbel_state_folder(context, &folder);

	*self = context;
	if (code < 0)
		return code;
	snprintf(path, sizeof(path), "%s/address", folder);
	FILE *file = fopen(path, "we");
	if (!file)
		return -errno;
	fprintf(file, "%p\n", (void *)address);
	fclose(file);
	return 0;
}

static void stop(void *self, enum corbel_stop_reason reason)
{
	(void)self;
	(void)reason;
}

CORBEL_PLUGIN(.start = start, .stop = stop);
