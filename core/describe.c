/* SPDX-License-Identifier: MIT */
/* The catalogue: descriptions of interfaces as the host keeps them, copied whole. */
#include "describe.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "nametable.h"

/* A description and, behind it in one allocation, all that it points to: copied from there on. */
struct kept {
	struct nametable_link link;
	struct corbel_interface interface;
};

struct catalogue {
	pthread_mutex_t lock;
	struct nametable table;
};

/* What descriptions are made of. */
enum part { TEXT, ERRNO, VALUE, FIELD, ENUM, STRUCT, METHOD, EVENT, INTERFACE };

static const size_t part_sizes[] = {
	[TEXT] = 1,
	[ERRNO] = sizeof(int),
	[VALUE] = sizeof(struct corbel_enum_value),
	[FIELD] = sizeof(struct corbel_field),
	[ENUM] = sizeof(struct corbel_enum),
	[STRUCT] = sizeof(struct corbel_struct),
	[METHOD] = sizeof(struct corbel_method),
	[EVENT] = sizeof(struct corbel_event),
	[INTERFACE] = sizeof(struct corbel_interface),
};

#define AT(type, member) offsetof(struct corbel_##type, member)
#define COUNT(type, member) AT(type, member), sizeof(((struct corbel_##type *)NULL)->member)

/* Every pointer of every part but an interface's fingerprints and its marshalled table. */
static const struct pointer {
	enum part in;
	size_t offset;
	enum part to;
	size_t count_offset, count_size; /* how many parts it points to; a text ends by itself */
} pointers[] = {
	{ VALUE, AT(enum_value, name), TEXT, 0, 0 },
	{ FIELD, AT(field, name), TEXT, 0, 0 },
	{ FIELD, AT(field, reference), TEXT, 0, 0 },
	{ ENUM, AT(enum, name), TEXT, 0, 0 },
	{ ENUM, AT(enum, values), VALUE, COUNT(enum, value_count) },
	{ STRUCT, AT(struct, name), TEXT, 0, 0 },
	{ STRUCT, AT(struct, fields), FIELD, COUNT(struct, field_count) },
	{ METHOD, AT(method, name), TEXT, 0, 0 },
	{ METHOD, AT(method, summary), TEXT, 0, 0 },
	{ METHOD, AT(method, in), FIELD, COUNT(method, in_count) },
	{ METHOD, AT(method, out), FIELD, COUNT(method, out_count) },
	{ METHOD, AT(method, errors), ERRNO, COUNT(method, error_count) },
	{ EVENT, AT(event, name), TEXT, 0, 0 },
	{ EVENT, AT(event, summary), TEXT, 0, 0 },
	{ EVENT, AT(event, fields), FIELD, COUNT(event, field_count) },
	{ INTERFACE, AT(interface, name), TEXT, 0, 0 },
	{ INTERFACE, AT(interface, summary), TEXT, 0, 0 },
	{ INTERFACE, AT(interface, methods), METHOD, COUNT(interface, method_count) },
	{ INTERFACE, AT(interface, events), EVENT, COUNT(interface, event_count) },
	{ INTERFACE, AT(interface, structs), STRUCT, COUNT(interface, struct_count) },
	{ INTERFACE, AT(interface, enums), ENUM, COUNT(interface, enum_count) },
};

/* Copies are laid out twice by the same functions: first to nowhere, to learn the size. */
struct layout {
	char *base; /* NULL: only measured */
	size_t used;
};

/* The copied bytes' place, or NULL while measuring. */
static void *copy(struct layout *layout, const void *data, size_t size)
{
	size_t at = (layout->used + 7) & ~(size_t)7;

	layout->used = at + size;
	if (!layout->base || size == 0)
		return NULL;
	return memcpy(layout->base + at, data, size);
}

static size_t count_of(const char *item, const struct pointer *pointer, const char *target)
{
	uint16_t narrow = 0;
	size_t wide = 0;

	if (pointer->to == TEXT)
		return target ? strlen(target) + 1 : 0;
	if (pointer->count_size == sizeof(wide))
		memcpy(&wide, item + pointer->count_offset, sizeof(wide));
	else
		memcpy(&narrow, item + pointer->count_offset, sizeof(narrow));
	return wide + narrow;
}

static void *copy_parts(struct layout *layout, enum part part, const char *from, size_t count)
{
	const struct pointer *end = pointers + sizeof(pointers) / sizeof(*pointers);
	size_t size = part_sizes[part];
	char *copied = copy(layout, from, count * size);

	for (const struct pointer *pointer = pointers; pointer < end; pointer++) {
		for (size_t i = 0; pointer->in == part && i < count; i++) {
			const char *item = from + i * size, *target;

			memcpy(&target, item + pointer->offset, sizeof(target));
			target = copy_parts(layout, pointer->to, target,
					    count_of(item, pointer, target));
			if (copied)
				memcpy(copied + i * size + pointer->offset, &target,
				       sizeof(target));
		}
	}
	return copied;
}

static struct corbel_interface *copy_interface(struct layout *layout,
					       const struct corbel_interface *from)
{
	size_t fingerprints = (from->minor + (size_t)1) * sizeof(*from->fingerprints);
	struct corbel_interface *to = copy_parts(layout, INTERFACE, (const char *)from, 1);
	const uint64_t *copied = copy(layout, from->fingerprints, fingerprints);

	if (to) {
		to->size = sizeof(*to);
		to->marshalled = NULL;
		to->fingerprints = copied;
	}
	return to;
}

static struct kept *kept_new(const struct corbel_interface *interface)
{
	struct layout layout = { .base = NULL };

	copy_interface(&layout, interface);

	struct kept *kept = malloc(offsetof(struct kept, interface) + layout.used);

	if (!kept)
		return NULL;
	layout = (struct layout){ .base = (char *)&kept->interface };
	kept->link.name = copy_interface(&layout, interface)->name;
	return kept;
}

struct catalogue *catalogue_new(void)
{
	struct catalogue *catalogue = calloc(1, sizeof(*catalogue));

	if (catalogue)
		pthread_mutex_init(&catalogue->lock, NULL);
	return catalogue;
}

void catalogue_free(struct catalogue *catalogue)
{
	if (!catalogue)
		return;
	for (struct nametable_link *link = nametable_next(&catalogue->table, NULL), *next; link;
	     link = next) {
		next = nametable_next(&catalogue->table, link);
		free(link);
	}
	nametable_fini(&catalogue->table);
	pthread_mutex_destroy(&catalogue->lock);
	free(catalogue);
}

void catalogue_verify(struct catalogue *catalogue)
{
	pthread_mutex_lock(&catalogue->lock);
	pthread_mutex_unlock(&catalogue->lock);
}

static bool is_same(const struct corbel_interface *a, const struct corbel_interface *b)
{
	return a->major == b->major && a->minor == b->minor &&
	       memcmp(a->fingerprints, b->fingerprints,
		      (a->minor + (size_t)1) * sizeof(uint64_t)) == 0;
}

static struct kept *find(struct catalogue *catalogue, const struct corbel_interface *interface)
{
	struct nametable_link *link = nametable_find(&catalogue->table, interface->name);

	while (link && !is_same(&((struct kept *)link)->interface, interface))
		link = nametable_find_next(link);
	return (struct kept *)link;
}

static struct kept *find_or_add(struct catalogue *catalogue,
				const struct corbel_interface *interface)
{
	struct kept *kept = find(catalogue, interface);

	if (kept)
		return kept;
	kept = kept_new(interface);
	if (kept && nametable_add(&catalogue->table, &kept->link) < 0) {
		free(kept);
		kept = NULL;
	}
	return kept;
}

int catalogue_keep(struct catalogue *catalogue, const struct corbel_interface *interface,
		   const struct corbel_interface **out, struct corbel_error *error)
{
	int rc = interface_check(interface, error);

	if (rc < 0)
		return rc;
	pthread_mutex_lock(&catalogue->lock);
	struct kept *kept = find_or_add(catalogue, interface);
	pthread_mutex_unlock(&catalogue->lock);
	if (!kept)
		return error_set(error, -ENOMEM, "%s: no memory to keep its description",
				 interface->name);
	*out = &kept->interface;
	return 0;
}
