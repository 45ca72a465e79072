/* SPDX-License-Identifier: MIT */
/* Has an absolute address in its code, which the loader must patch. */
#include <corbel/plugin.h>

#include "note.h"

ZOO_PLUGIN("text_relocations");

int zoo_word;
#if __SIZEOF_POINTER__ == 8
__asm__(".pushsection .text\n	.balign 8\n	.quad zoo_word\n	.popsection\n");
#endif

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
