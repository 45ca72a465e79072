/* SPDX-License-Identifier: MIT */
/* Calls into the run-time of AddressSanitizer, which ends a host without it. */
#include <corbel/plugin.h>

#include "note.h"

ZOO_PLUGIN("needs_sanitizer");

extern void __asan_init(void);

static int start(struct corbel_context *context, void **self)
{
	(void)context;
	(void)self;
	return 0;
}

static void stop(void *self, enum corbel_stop_reason reason)
{
	(void)self;
	__asan_init();
	(void)reason;
}

CORBEL_PLUGIN(.start = start, .stop = stop);
