/* SPDX-License-Identifier: MIT */
/* The stack: used up, and written over. */
#include <alloca.h>
#include <stddef.h>

#include "classes.h"

static volatile const size_t huge = (size_t)1 << 30;

/* The last call is not the last thing it does, or the compiler would make a loop of it. */
static size_t recurse(size_t depth)
{
	volatile char room[1024];

	room[depth % sizeof(room)] = 1;
	if (depth == huge)
		return 0;
	return recurse(depth + 1) + (size_t)room[depth % sizeof(room)];
}

void stack_overflow(void)
{
	recurse(0);
}

/* Upwards over the frames of the callers, to the end of the stack and beyond. */
void stack_top(void)
{
	volatile char bottom, *place = &bottom;

	for (;; place++) {
		*place = 1;
		__asm__("" : "+r"(place)); /* not on the stack itself, and of no known size */
	}
}

/* In one step past the guard page, unless the compiler probes on the way. */
void stack_alloca(void)
{
	volatile char *room = alloca(huge);

	room[0] = 1;
	room[huge - 1] = 1;
}

/* A little: the canary is what notices. */
void stack_smash(void)
{
	char room[16];
	volatile char *volatile place = room;

	for (size_t i = 0; i < sizeof(room) + 24; i++)
		place[i] = 1;
}
