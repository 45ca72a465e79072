/* SPDX-License-Identifier: MIT */
/* Memory of one run of the scanner: many small pieces that live and die together. */
#ifndef SCANNER_ARENA_H
#define SCANNER_ARENA_H

#include <stddef.h>

struct arena_piece;

/* A zeroed struct is an empty arena. */
struct arena {
	struct arena_piece *last;
};

/* Zeroed bytes, owned by the arena. Ends the program when there is no memory. */
void *arena_alloc(struct arena *arena, size_t size);

/* The first `length` bytes of text with a NUL behind them, owned by the arena. */
char *arena_copy(struct arena *arena, const char *text, size_t length);

/* As asprintf(3), owned by the arena. */
char *arena_print(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3), nonnull(2)));

/*
 * `items` with room for one more than `count`; grows by doubling, so that appending `count` from 0
 * upwards costs little. Both old and new pieces belong to the arena.
 */
void *arena_grow(struct arena *arena, void *items, size_t count, size_t item_size);

void arena_fini(struct arena *arena);

#endif
