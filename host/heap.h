/* SPDX-License-Identifier: MIT */
/*
 * Private heaps: memory of one plugin, apart from that of all others.
 *
 * What is known of a block is not beside it: a bit says whether it is taken, on a page of its own
 * between pages that nobody may touch. So running over a block, or freeing it twice, damages no
 * more than the plugin's own data, and what is freed wrongly is known for certain.
 *
 * Nothing here takes a lock, so none is left behind by a thread that does not come back. A freed
 * block is not handed out again before the rest of its span has been. All heaps share one range of
 * addresses, by which their blocks are told from those of malloc(3). [any thread]
 */
#ifndef CORBEL_HOST_HEAP_H
#define CORBEL_HOST_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Beyond this blocks are not aligned. */
#define HEAP_ALIGNMENT_MAX ((size_t)64 << 10)

struct heap;

struct heap_terms {
	/* The plugin's own code; libraries that it has loaded are found by themselves. */
	const void *code;
	size_t code_size;
	/* So many more bytes are touched, or less: false refuses. NULL: no limit. */
	bool (*take)(void *account, int64_t bytes);
	void *account;
};

enum heap_result {
	HEAP_DONE,
	HEAP_FREED_ALREADY,
	HEAP_NO_BLOCK, /* the address is not that of a block */
};

/* Of all heaps; size 0: there has been none. Read by heap_has() alone. */
extern uintptr_t heap_range;
extern size_t heap_range_size;

static inline bool heap_has(const void *address)
{
	return (uintptr_t)address - heap_range < heap_range_size;
}

/* 0 or -ENOMEM. [control] */
int heap_new(const struct heap_terms *terms, struct heap **out);
/*
 * Of a plugin whose code is gone: all memory goes, with what was not freed. false: it stays, since
 * a library that may keep some of it is still there. [control]
 */
bool heap_destroy(struct heap *heap);
/* Whether a call from there is of the plugin, or of a library that came with it. */
bool heap_serves(struct heap *heap, const void *caller);

/* NULL: no memory, or beyond the limit. The alignment is a power of two. */
void *heap_alloc(struct heap *heap, size_t size, size_t alignment);
/* Of any heap. */
enum heap_result heap_free(void *block);
/* What heap_free() would say. */
enum heap_result heap_check(const void *block);
/* Bytes that the block has; 0: it is none. */
size_t heap_block_size(const void *block);
/* The heap of such a block. */
struct heap *heap_of(const void *block);

#endif
