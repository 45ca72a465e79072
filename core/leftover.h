/* SPDX-License-Identifier: MIT */
/*
 * What a plugin leaves behind when it is unloaded: what would run its code when that is gone.
 *
 * glibc does not tell, but shows it to debuggers, and so to us; where it does not, nothing is
 * found.
 */
#ifndef CORBEL_CORE_LEFTOVER_H
#define CORBEL_CORE_LEFTOVER_H

#include "image.h"
#include "symbols.h"

struct leftovers {
	const struct image *image;
	struct gate_owner *owner; /* whose image it is; NULL: nobody's any more */
	struct symbols *symbols;  /* read when needed, if NULL; whoever made this frees them */
	void (*found)(void *data, const char *words);
	void *data;
};

/* Words of memory that are told one by one; the rest is counted. */
#define LEFTOVER_WORDS 8

/* Shadow memory and quarantines of sanitizers are full of old pointers. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LEFTOVER_SEARCHES_MEMORY false
#else
#define LEFTOVER_SEARCHES_MEMORY true
#endif

/*
 * Of an image that is still loaded, with nobody inside and the ledger swept: signal handlers,
 * threads, and destructors of pthread keys that lie in its code. Each would crash the process
 * later, so if there is one the image must stay mapped. [control]
 * Threads that make calls are believed what their frames say: their stacks hold old addresses.
 */
void leftover_check(struct leftovers *leftovers);
/*
 * Of an image that is gone, and whose range nobody else has: words of writable memory that point
 * to where its code was. Not of stacks. It takes about 20 ms for 64 MiB. [control]
 * What was freed counts too, unless malloc wipes it, as corbeld --develop makes it do.
 */
void leftover_search(struct leftovers *leftovers);

#endif
