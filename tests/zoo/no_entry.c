/* SPDX-License-Identifier: MIT */
/* Has a manifest, but exports no entry table. */
#include <corbel/plugin.h>

#include "note.h"

ZOO_PLUGIN("no_entry");

CORBEL_EXPORT extern const int corbel_plugging;
const int corbel_plugging = 1;
