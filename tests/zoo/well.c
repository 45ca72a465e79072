/* SPDX-License-Identifier: MIT */
/* Nothing is wrong with this one: all others differ from it in one thing. */
#include <corbel/plugin.h>

#include "note.h"

ZOO_MANIFEST("[plugin]\\nname = well\\nversion = 1.2.3\\nlicence = MIT\\nsummary = Nothing is "
	     "wrong with it\\n"
	     "abi = 1.0\\nstate = 2 reads 1\\nexec = thread\\n"
	     "[provides]\\nzoo.well = 1.2\\n[wants]\\nzoo.other = 1.0\\n"
	     "[publishes]\\nzoo.well.sample =\\n[subscribes]\\nzoo.*=\\n"
	     "[config interval]\\ntype = duration\\ndefault = 1s\\n");

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
