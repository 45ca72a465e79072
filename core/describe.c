/* SPDX-License-Identifier: MIT */
/* The catalogue: descriptions of interfaces as the host keeps them, copied whole. */
#include "describe.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "nametable.h"

/* A description and, behind it in one allocation, all that it points to. */
struct kept {
	struct nametable_link link;
	struct corbel_interface interface;
};

struct catalogue {
	pthread_mutex_t lock;
	struct nametable table;
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

static const char *copy_text(struct layout *layout, const char *text)
{
	return text ? copy(layout, text, strlen(text) + 1) : NULL;
}

static const struct corbel_field *copy_fields(struct layout *layout,
					      const struct corbel_field *fields, size_t count)
{
	struct corbel_field *copied = copy(layout, fields, count * sizeof(*fields));

	for (size_t i = 0; i < count; i++) {
		const char *name = copy_text(layout, fields[i].name);
		const char *reference = copy_text(layout, fields[i].reference);

		if (copied) {
			copied[i].name = name;
			copied[i].reference = reference;
		}
	}
	return copied;
}

static const struct corbel_method *copy_methods(struct layout *layout,
						const struct corbel_interface *from)
{
	size_t size = from->method_count * sizeof(*from->methods);
	struct corbel_method *copied = copy(layout, from->methods, size);

	for (size_t i = 0; i < from->method_count; i++) {
		const struct corbel_method *method = &from->methods[i];
		struct corbel_method to = *method;

		to.name = copy_text(layout, method->name);
		to.summary = copy_text(layout, method->summary);
		to.in = copy_fields(layout, method->in, method->in_count);
		to.out = copy_fields(layout, method->out, method->out_count);
		to.errors =
			copy(layout, method->errors, method->error_count * sizeof(*method->errors));
		if (copied)
			copied[i] = to;
	}
	return copied;
}

static const struct corbel_event *copy_events(struct layout *layout,
					      const struct corbel_interface *from)
{
	struct corbel_event *copied =
		copy(layout, from->events, from->event_count * sizeof(*from->events));

	for (size_t i = 0; i < from->event_count; i++) {
		struct corbel_event to = from->events[i];

		to.name = copy_text(layout, to.name);
		to.summary = copy_text(layout, to.summary);
		to.fields = copy_fields(layout, to.fields, to.field_count);
		if (copied)
			copied[i] = to;
	}
	return copied;
}

static const struct corbel_struct *copy_structs(struct layout *layout,
						const struct corbel_interface *from)
{
	size_t size = from->struct_count * sizeof(*from->structs);
	struct corbel_struct *copied = copy(layout, from->structs, size);

	for (size_t i = 0; i < from->struct_count; i++) {
		struct corbel_struct to = from->structs[i];

		to.name = copy_text(layout, to.name);
		to.fields = copy_fields(layout, to.fields, to.field_count);
		if (copied)
			copied[i] = to;
	}
	return copied;
}

static const struct corbel_enum_value *copy_values(struct layout *layout,
						   const struct corbel_enum *from)
{
	size_t size = from->value_count * sizeof(*from->values);
	struct corbel_enum_value *copied = copy(layout, from->values, size);

	for (size_t i = 0; i < from->value_count; i++) {
		const char *name = copy_text(layout, from->values[i].name);

		if (copied)
			copied[i].name = name;
	}
	return copied;
}

static const struct corbel_enum *copy_enums(struct layout *layout,
					    const struct corbel_interface *from)
{
	struct corbel_enum *copied =
		copy(layout, from->enums, from->enum_count * sizeof(*from->enums));

	for (size_t i = 0; i < from->enum_count; i++) {
		struct corbel_enum to = from->enums[i];

		to.name = copy_text(layout, to.name);
		to.values = copy_values(layout, &from->enums[i]);
		if (copied)
			copied[i] = to;
	}
	return copied;
}

static void copy_interface(struct layout *layout, const struct corbel_interface *from,
			   struct corbel_interface *to)
{
	size_t fingerprints = (from->minor + (size_t)1) * sizeof(*from->fingerprints);

	*to = *from;
	to->size = sizeof(*to);
	to->marshalled = NULL;
	to->name = copy_text(layout, from->name);
	to->summary = copy_text(layout, from->summary);
	to->fingerprints = copy(layout, from->fingerprints, fingerprints);
	to->methods = copy_methods(layout, from);
	to->events = copy_events(layout, from);
	to->structs = copy_structs(layout, from);
	to->enums = copy_enums(layout, from);
}

static struct kept *kept_new(const struct corbel_interface *interface)
{
	struct corbel_interface measured;
	struct layout layout = { .base = NULL };

	copy_interface(&layout, interface, &measured);

	struct kept *kept = malloc(sizeof(*kept) + layout.used);

	if (!kept)
		return NULL;
	layout = (struct layout){ .base = (char *)(kept + 1) };
	copy_interface(&layout, interface, &kept->interface);
	kept->link.name = kept->interface.name;
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
	for (size_t i = 0; i < catalogue->table.size; i++) {
		for (struct nametable_link *link = catalogue->table.buckets[i], *next; link;
		     link = next) {
			next = link->next;
			free(link);
		}
	}
	nametable_fini(&catalogue->table);
	pthread_mutex_destroy(&catalogue->lock);
	free(catalogue);
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

const struct corbel_interface *catalogue_next(struct catalogue *catalogue,
					      const struct corbel_interface *after)
{
	const struct kept *last = NULL;

	if (after)
		last = (const struct kept *)((const char *)after -
					     offsetof(struct kept, interface));
	pthread_mutex_lock(&catalogue->lock);
	struct nametable_link *link = nametable_next(&catalogue->table, last ? &last->link : NULL);
	pthread_mutex_unlock(&catalogue->lock);
	return link ? &((struct kept *)link)->interface : NULL;
}
