/* SPDX-License-Identifier: MIT */
/* Has a thread_local variable with a destructor, as C++ makes them; its thread does not end. */
#include <corbel/plugin.h>

#include "note.h"

ZOO_PLUGIN("thread_local_destructor");

extern int __cxa_thread_atexit_impl(void (*destroy)(void *), void *object, void *image);
extern void *__dso_handle __attribute__((visibility("hidden")));

static void destroy(void *object)
{
	(void)object;
}

__attribute__((constructor)) static void make(void)
{
	static int object;

	__cxa_thread_atexit_impl(destroy, &object, &__dso_handle);
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
