/* SPDX-License-Identifier: MIT */
/* Starts a thread and leaves it running. */
#include <corbel/plugin.h>

#include <pthread.h>
#include <unistd.h>

#include "note.h"

ZOO_PLUGIN("running_thread");

static void *work(void *data)
{
	(void)data;
	for (;;)
		pause();
	return NULL;
}

__attribute__((constructor)) static void begin(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, work, NULL) == 0)
		pthread_detach(thread);
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
