/* SPDX-License-Identifier: MIT */
/*
 * A hash table of things with a name, linked through themselves. Several may have the same name.
 *
 * The caller locks. Finding costs the same however many there are.
 */
#ifndef CORBEL_CORE_NAMETABLE_H
#define CORBEL_CORE_NAMETABLE_H

#include <stddef.h>
#include <stdint.h>

struct nametable_link {   /* embedded, first member, in what is kept */
	const char *name; /* lives as long as the link is in the table */
	struct nametable_link *next;
	uint64_t hash;
};

/* A zeroed one is an empty table. */
struct nametable {
	struct nametable_link **buckets;
	size_t count;
	size_t size; /* of buckets: 0 or a power of two */
};

/* Does not free what is linked. */
void nametable_fini(struct nametable *table);
/* link->name is set. 0 or -ENOMEM. */
int nametable_add(struct nametable *table, struct nametable_link *link);
void nametable_remove(struct nametable *table, struct nametable_link *link);
/* The first of that name, or NULL; then those after it. */
struct nametable_link *nametable_find(const struct nametable *table, const char *name);
struct nametable_link *nametable_find_next(const struct nametable_link *link);
/* Goes through all, in no order; begins with NULL. Nothing may be added or removed meanwhile. */
struct nametable_link *nametable_next(const struct nametable *table,
				      const struct nametable_link *after);

#endif
