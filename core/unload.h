/* SPDX-License-Identifier: MIT */
/* How an image is taken out of memory: not before nothing of it is left, and not unnoticed. */
#ifndef CORBEL_CORE_UNLOAD_H
#define CORBEL_CORE_UNLOAD_H

#include "error.h"
#include "host_context.h"
#include "image.h"

/*
 * Looks for what the plugin left behind, unloads its image, and frees the record of it; nobody is
 * inside `owner` (or NULL), and the ledger is swept. 0; -EBUSY with words: it stays mapped, and
 * why. NULL is allowed. [control] With CORBEL_HOST_KEEP_IMAGES it stays mapped, and that is as it
 * should be: 0. With CORBEL_HOST_DEVELOP pointers to its code are searched for in memory and told
 * as warnings, and its range is kept as a ghost.
 */
int unload_image(struct corbel_host *host, struct image *image, struct gate_owner *owner,
		 struct corbel_error *error);

#endif
