/* SPDX-License-Identifier: MIT */
/* A hash table of things with a name, linked through themselves. */
#include "nametable.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* FNV-1a, folded once so that the low bits depend on all of it. */
static uint64_t hash_of(const char *name)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
	return hash ^ hash >> 32;
}

void nametable_fini(struct nametable *table)
{
	free(table->buckets);
	memset(table, 0, sizeof(*table));
}

static struct nametable_link **bucket_of(const struct nametable *table, uint64_t hash)
{
	return &table->buckets[hash & (table->size - 1)];
}

static int grow(struct nametable *table)
{
	struct nametable larger = { .size = table->size ? table->size * 2 : 16 };

	larger.buckets = calloc(larger.size, sizeof(*larger.buckets));
	if (!larger.buckets)
		return -ENOMEM;
	for (size_t i = 0; i < table->size; i++) {
		for (struct nametable_link *link = table->buckets[i], *next; link; link = next) {
			struct nametable_link **bucket = bucket_of(&larger, link->hash);

			next = link->next;
			link->next = *bucket;
			*bucket = link;
		}
	}
	larger.count = table->count;
	free(table->buckets);
	*table = larger;
	return 0;
}

int nametable_add(struct nametable *table, struct nametable_link *link)
{
	/* A table that could not grow still works, only slower. */
	if (table->count >= table->size && grow(table) < 0 && table->size == 0)
		return -ENOMEM;
	link->hash = hash_of(link->name);

	struct nametable_link **bucket = bucket_of(table, link->hash);

	link->next = *bucket;
	*bucket = link;
	table->count++;
	return 0;
}

void nametable_remove(struct nametable *table, struct nametable_link *link)
{
	struct nametable_link **at = bucket_of(table, link->hash);

	while (*at != link)
		at = &(*at)->next;
	*at = link->next;
	link->next = NULL;
	table->count--;
}

static struct nametable_link *same(struct nametable_link *link, uint64_t hash, const char *name)
{
	while (link && (link->hash != hash || strcmp(link->name, name) != 0))
		link = link->next;
	return link;
}

struct nametable_link *nametable_find(const struct nametable *table, const char *name)
{
	if (table->size == 0)
		return NULL;

	uint64_t hash = hash_of(name);

	return same(*bucket_of(table, hash), hash, name);
}

struct nametable_link *nametable_find_next(const struct nametable_link *link)
{
	return same(link->next, link->hash, link->name);
}

struct nametable_link *nametable_next(const struct nametable *table,
				      const struct nametable_link *after)
{
	size_t i = 0;

	if (after) {
		if (after->next)
			return after->next;
		i = (after->hash & (table->size - 1)) + 1;
	}
	while (i < table->size && !table->buckets[i])
		i++;
	return i < table->size ? table->buckets[i] : NULL;
}
