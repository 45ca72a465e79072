/* SPDX-License-Identifier: MIT */
/* Opens itself when it is loaded, and so never goes away; nothing in the file shows it. */
#include <corbel/plugin.h>

#include <dlfcn.h>

#include "note.h"

ZOO_PLUGIN("lingers");

__attribute__((constructor)) static void hold(void)
{
	Dl_info info;

	if (dladdr((const void *)hold, &info))
		dlopen(info.dli_fname, RTLD_NOW);
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
