/* SPDX-License-Identifier: MIT */
/*
 * Libraries that call malloc(3) for a plugin: those that came with it take from its heap, those
 * that the program is linked with do not, as they outlive it. [any thread]
 */
#ifndef CORBEL_HOST_HEAP_LIBRARY_H
#define CORBEL_HOST_HEAP_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HEAP_LIBRARY_COUNT 16u

struct heap_library {
	uintptr_t start;
	size_t size; /* atomic; 0: not yet there */
	bool is_served;
};

/* Those that have called so far; all zero: none. What there is no room for is not served. */
struct heap_libraries {
	uint32_t count; /* atomic; of places that were given away, which may be more than there are
			 */
	struct heap_library items[HEAP_LIBRARY_COUNT];
};

bool heap_libraries_serve(struct heap_libraries *libraries, const void *caller);
/* Whether one that was served is still loaded. */
bool heap_libraries_remain(const struct heap_libraries *libraries);

#endif
