/* SPDX-License-Identifier: MIT */
/*
 * Which image an address is in, for who may neither wait nor allocate: the handler of a fault.
 *
 * Process-wide, because addresses are. Places are never freed but used again, so that a reader who
 * was slow finds the words of another image at worst.
 */
#ifndef CORBEL_CORE_IMAGE_MAP_H
#define CORBEL_CORE_IMAGE_MAP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct image;

struct image_place {
	uintptr_t base, end, bias;
	dev_t device; /* of its file, as is `inode` */
	ino_t inode;
	char name[65], version[32];
	char path[256]; /* "" if it is longer */
	struct image_place *next;
};

/* [control]; without memory it is not there. */
void image_map_add(const struct image *image);
void image_map_remove(const struct image *image);
/*
 * Whose image the calling thread is about to load; NULL: nobody's any more. Its constructors run
 * before it is in the map.
 */
void image_map_loading(const char *plugin);
/* Of the calling thread, or NULL. AS-safe, as the next two. */
const char *image_map_loads(void);
/* NULL: in none. */
const struct image_place *image_map_find(uintptr_t address);
/* Begins with NULL; NULL at the end. */
const struct image_place *image_map_next(const struct image_place *place);

#endif
