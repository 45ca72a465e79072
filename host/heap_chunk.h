/* SPDX-License-Identifier: MIT */
/*
 * The range of addresses that private heaps share, in chunks. Each run of chunks begins with
 * what is known of it, and then a page that nobody may touch; its last page is one, too.
 */
#ifndef CORBEL_HOST_HEAP_CHUNK_H
#define CORBEL_HOST_HEAP_CHUNK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHUNK_SIZE ((size_t)256 << 10)
#define CHUNK_COUNT (1u << 20)

enum chunk_state {
	CHUNK_FREE,
	CHUNK_BUSY, /* being made or ended */
	CHUNK_REST, /* of the run that begins before it */
	CHUNK_SPAN,
	CHUNK_LARGE
};

/* Reserves the range; 0 or -ENOMEM. */
int chunk_setup(void);
size_t chunk_page(void);
/*
 * A run of chunks, BUSY: its first `head` bytes and, beyond a page that may not, the next `size`
 * may be used; whole pages both. NULL: no memory.
 */
void *chunk_take(size_t count, size_t head, size_t size);
/* BUSY. Memory and addresses are given back. */
void chunk_give(void *run, size_t count);
/* The run that an address is in the first chunk of. */
static inline void *chunk_of(const void *address)
{
	return (void *)((uintptr_t)address & ~(uintptr_t)(CHUNK_SIZE - 1));
}
enum chunk_state chunk_state(const void *address);
void chunk_set(void *run, enum chunk_state state);
/* From one state to another: false if it was not in that. */
bool chunk_claim(void *run, enum chunk_state from, enum chunk_state to);
/* The first run from `address` on in one of the last two states; NULL: begins; NULL: ends. */
void *chunk_next(const void *address);

#endif
