/* SPDX-License-Identifier: MIT */
/* The heap, misused. */
#include <stddef.h>
#include <stdlib.h>

#include <corbel/buffer.h>

#include "classes.h"

/* Here and below pointers are volatile, so that the compiler does not see what it would warn of. */
void double_free(void)
{
	void *volatile place = malloc(1000); /* too large for a list of its own size */

	free(place);
	free(place);
}

void invalid_free(void)
{
	char *volatile place = malloc(64);

	place += 8;
	free(place);
}

/* A compiler leaves out what is written to memory that nobody reads. */
static void fill(volatile char *place, ptrdiff_t size, char with)
{
	for (ptrdiff_t i = 0; i < size; i++)
		place[i] = with;
}

#define NEIGHBOURS 64
#define ROOM 40

/* Over the head of the next piece, which is then freed. */
void heap_overflow(void)
{
	char *volatile pieces[NEIGHBOURS];

	for (int i = 0; i < NEIGHBOURS; i++)
		pieces[i] = malloc(ROOM);
	for (int i = 1; i < NEIGHBOURS; i++) {
		ptrdiff_t distance = pieces[i] - pieces[i - 1];

		if (distance < ROOM || distance > 2 * ROOM)
			continue;
		fill(pieces[i - 1], distance, 'x');
		free(pieces[i]);
	}
	abort(); /* no two pieces were neighbours */
}

struct acting {
	void (*act)(void);
	char rest[56];
};

static void do_nothing(void)
{
}

/* The place has a new owner, who writes what is no function. */
void use_after_free(void)
{
	struct acting *volatile stale = malloc(sizeof(*stale));
	struct acting *volatile owner;

	stale->act = do_nothing;
	free(stale);
	owner = malloc(sizeof(*owner));
	fill((volatile char *)owner, sizeof(*owner), 'x');
	stale->act();
}

/*
 * Writes over the links of a free piece, and lets malloc follow them: it dies while it has its
 * arena's lock.
 */
void heap_lock(void)
{
	void *volatile pieces[NEIGHBOURS], *volatile place;

	/* Once they come one after the other, one between two does not become one with the rest. */
	for (int i = 0; i < NEIGHBOURS; i++)
		pieces[i] = malloc(4096);
	place = pieces[NEIGHBOURS - 2];
	free(place);
	fill(place, 2 * sizeof(void *), 0); /* NULL, before it and after it */
	for (size_t size = 2048; size < 65536 && place; size += 64)
		place = malloc(size);
}

#define PIECE ((size_t)1 << 20)
#define PIECES 16

void leak(struct corbel_context *context)
{
	for (int i = 0; i < PIECES; i++) {
		void *piece = corbel_alloc(context, PIECE);

		if (piece)
			fill(piece, PIECE, 1);
	}
}
