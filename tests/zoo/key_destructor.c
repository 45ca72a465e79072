/* SPDX-License-Identifier: MIT */
/* Makes a pthread key with a destructor and does not delete it. */
#include <corbel/plugin.h>

#include <pthread.h>

#include "note.h"

ZOO_PLUGIN("key_destructor");

static void destroy(void *value)
{
	(void)value;
}

__attribute__((constructor)) static void make(void)
{
	pthread_key_t key;

	if (pthread_key_create(&key, destroy) == 0)
		pthread_setspecific(key, &key);
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
