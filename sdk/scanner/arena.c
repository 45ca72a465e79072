/* SPDX-License-Identifier: MIT */
/* Memory of one run of the scanner: many small pieces that live and die together. */
#include "arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct arena_piece {
	struct arena_piece *before;
	max_align_t bytes[];
};

void *arena_alloc(struct arena *arena, size_t size)
{
	struct arena_piece *piece = calloc(1, sizeof(*piece) + size);

	if (!piece) {
		fputs("corbel-scanner: no memory\n", stderr);
		exit(EXIT_FAILURE);
	}
	piece->before = arena->last;
	arena->last = piece;
	return piece->bytes;
}

char *arena_copy(struct arena *arena, const char *text, size_t length)
{
	char *copy = arena_alloc(arena, length + 1);

	memcpy(copy, text, length);
	return copy;
}

char *arena_print(struct arena *arena, const char *format, ...)
{
	va_list arguments;
	va_list again;

	va_start(arguments, format);
	va_copy(again, arguments);
	int length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	char *text = arena_alloc(arena, (size_t)(length < 0 ? 0 : length) + 1);
	if (length >= 0)
		vsnprintf(text, (size_t)length + 1, format, again);
	va_end(again);
	return text;
}

void *arena_grow(struct arena *arena, void *items, size_t count, size_t item_size)
{
	if (count & (count - 1))
		return items;
	void *grown = arena_alloc(arena, (count ? 2 * count : 1) * item_size);
	if (count)
		memcpy(grown, items, count * item_size);
	return grown;
}

void arena_fini(struct arena *arena)
{
	while (arena->last) {
		struct arena_piece *piece = arena->last;

		arena->last = piece->before;
		free(piece);
	}
}
