/* SPDX-License-Identifier: MIT */
/* One loaded version of a plugin file, from dlopen until it is proved to be gone. */
#ifndef IMAGE_H
#define IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <corbel/plugin.h>

#include "judge.h"

struct image {
	const struct verdict *verdict;
	void *handle;   /* NULL once it was closed */
	uintptr_t bias; /* what the loader added to the addresses in the file */
	uintptr_t base; /* where its first segment begins; `end` is behind its last */
	uintptr_t end;
	uintptr_t code; /* where in the file its executable segments begin, and end */
	uintptr_t code_end;
	struct corbel_plugin entry; /* a copy; what an older plugin does not have is NULL */
};

/*
 * Loads a judged file in place: its constructors run. The verdict is borrowed until image_free().
 * [control]
 * The path must still have the contents that were judged, before and after, and no image of that
 * path (or of the same file) may be in the process, since dlopen would give that one back.
 * -ESTALE: the file was changed. -EEXIST: already mapped. -ELIBBAD: the loader refused it.
 * -EPROTONOSUPPORT, -EINVAL: the entry table is not what the manifest promises.
 * On failure nothing stays behind, unless the words say that the file stays mapped.
 */
int image_open(const struct verdict *verdict, struct image **image, struct corbel_error *error);

/*
 * Unloads: its destructors run. 0 only if its mapping is really gone; -EBUSY with the reason if it
 * is still there, and then its addresses stay valid. [control]
 */
int image_close(struct image *image, struct corbel_error *error);

/* Whether an address was, or is, in its code. */
bool image_has_code(const struct image *image, uintptr_t address);

/* Asks the loader; true again as long as a closed image lingers. */
bool image_is_mapped(const struct image *image);

/* Closes it if need be and frees the record. Accepts NULL. */
void image_free(struct image *image);

#endif
