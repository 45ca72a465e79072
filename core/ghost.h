/* SPDX-License-Identifier: MIT */
/*
 * Ghosts, for development: where plugins were that are unloaded. Nothing else can be mapped there
 * for a while, so that a call that comes too late hits nothing, and can be named.
 */
#ifndef CORBEL_CORE_GHOST_H
#define CORBEL_CORE_GHOST_H

#include "image.h"
#include "symbols.h"

/* So many are kept; the oldest goes first. */
#define GHOST_COUNT 8

/* Zeroed: none. */
struct ghosts {
	struct ghost *all[GHOST_COUNT]; /* each atomic */
	unsigned next;                  /* the oldest, or free */
	unsigned readers;               /* atomic */
};

/*
 * Reserves the range of an image that is gone, and takes the symbols over. False: something else is
 * there already, or memory is short. [control]
 */
bool ghosts_add(struct ghosts *ghosts, const struct image *image, struct symbols *symbols);
void ghosts_fini(struct ghosts *ghosts);

#endif
