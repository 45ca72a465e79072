/* SPDX-License-Identifier: MIT */
/* A plugin for the tests of the host: calls the function of leaver when it stops, loaded or not. */
#include <stdio.h>

#include <corbel/plugin.h>

static int start(struct corbel_context *context, void **self)
{
	*self = context;
	return 0;
}

static void *address(struct corbel_context *context)
{
	char path[4096];
	const char *folder;
	void *found = NULL;

	if (corbel_state_folder(context, &folder) < 0)
		return NULL;
	snprintf(path, sizeof(path), "%s/../leaver/address", folder);
	FILE *file = fopen(path, "re");
	if (!file)
		return NULL;
	if (fscanf(file, "%p", &found) != 1)
		found = NULL;
	fclose(file);
	return found;
}

static void stop(void *self, enum corbel_stop_reason reason)
{
	int (*greet)(void) = (int (*)(void))address(self);

	(void)reason;
	corbel_log(self, CORBEL_NOTICE, "it said %d", greet());
}

CORBEL_PLUGIN(.start = start, .stop = stop);
