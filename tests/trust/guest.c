/* SPDX-License-Identifier: MIT */
/*
 * A plugin that somebody vouches for, in two versions; and one that passes itself off as it, and
 * leaves a mark as soon as it is loaded.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <corbel/plugin.h>

#include "zoo/note.h"

ZOO_MANIFEST("[plugin]\\nname = guest\\nversion = " GUEST_VERSION "\\nlicence = MIT\\n"
	     "summary = Is vouched for\\nabi = 1.0\\n");

#ifdef GUEST_IS_EVIL
__attribute__((constructor)) static void leave_mark(void)
{
	const char *mark = getenv("CORBEL_TEST_MARK");
	int file = mark ? open(mark, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;

	if (file >= 0 && write(file, "!", 1) == 1)
		close(file);
}
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
