// SPDX-License-Identifier: MIT
// C++ that prints a line end: libstdc++, if nobody had it before, is bound to a weak symbol of this file, for ever.
#include <iostream>

#include <corbel/plugin.h>

#include "note.h"

ZOO_PLUGIN("endl");

static int start(struct corbel_context *, void **)
{
	std::cout << "endl" << std::endl;
	return 0;
}

static void stop(void *, enum corbel_stop_reason)
{
}

extern "C" CORBEL_EXPORT const struct corbel_plugin corbel_plugin = { sizeof(corbel_plugin), CORBEL_ABI, start, stop };
