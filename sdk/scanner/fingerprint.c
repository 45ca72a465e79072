/* SPDX-License-Identifier: MIT */
/*
 * One number for all that must be equal between a provider and a consumer of one minor.
 *
 * It is FNV-1a of 64 bits over a text of lines that end in LF:
 *
 *	interface NAME MAJOR
 *	enum NAME VALUE=NUMBER VALUE=NUMBER	by name; values by number
 *	struct NAME MEMBER:TYPE MEMBER:TYPE	by name; members in their order
 *	method NAME (PARAMETER:TYPE) (PARAMETER:TYPE)	in their order; in, then out
 *	event NAME FIELD:TYPE FIELD:TYPE	by name; fields in their order
 *
 * TYPE is as in the interface file, "ref NAME" included, with [] behind an array. What is younger
 *than the minor is left out, and so are summaries, errors and the ages themselves: they do not
 *change what a call or a payload looks like.
 */
#include <stdlib.h>
#include <string.h>

#include "header.h"

#define FNV_START 0xcbf29ce484222325u
#define FNV_PRIME 0x100000001b3u

/* By name; the items of all lists begin with a struct member. */
static int member_compare(const void *a, const void *b)
{
	const struct member *const *first = a;
	const struct member *const *second = b;

	return strcmp((*first)->name, (*second)->name);
}

static int value_compare(const void *a, const void *b)
{
	const struct enum_value *first = a;
	const struct enum_value *second = b;

	return first->value < second->value ? -1 : first->value > second->value;
}

static void fields_text(FILE *to, const struct fields *fields, unsigned int minor)
{
	for (size_t i = 0; i < fields->count; i++) {
		const struct field *field = &fields->items[i];

		if (field->since <= minor)
			fprintf(to, "%s%s:%s%s%s", i ? " " : "", field->name,
				field->type.kind == CORBEL_KIND_REF ? "ref " : "", field->type.word,
				field->type.array ? "[]" : "");
	}
}

static void enum_text(FILE *to, const struct enumeration *enumeration, unsigned int minor,
		      struct arena *arena)
{
	size_t size = enumeration->value_count * sizeof(*enumeration->values);
	struct enum_value *values = arena_alloc(arena, size + 1);

	memcpy(values, enumeration->values, size);
	qsort(values, enumeration->value_count, sizeof(*values), value_compare);
	fprintf(to, "enum %s", enumeration->member.name);
	for (size_t i = 0; i < enumeration->value_count; i++)
		if (values[i].since <= minor)
			fprintf(to, " %s=%d", values[i].name, (int)values[i].value);
	putc('\n', to);
}

static void struct_text(FILE *to, const struct structure *structure, unsigned int minor)
{
	fprintf(to, "struct %s ", structure->member.name);
	fields_text(to, &structure->fields, minor);
	putc('\n', to);
}

static void event_text(FILE *to, const struct event *event, unsigned int minor)
{
	fprintf(to, "event %s ", event->member.name);
	fields_text(to, &event->fields, minor);
	putc('\n', to);
}

/* Pointers to the members of a list in the order of their names. */
static const struct member **sorted(struct arena *arena, const void *items, size_t count,
				    size_t size)
{
	const struct member **members = arena_alloc(arena, (count + 1) * sizeof(*members));

	for (size_t i = 0; i < count; i++)
		members[i] = (const struct member *)((const char *)items + i * size);
	qsort(members, count, sizeof(*members), member_compare);
	return members;
}

static void methods_text(FILE *to, const struct interface *interface, unsigned int minor)
{
	for (size_t i = 0; i < interface->method_count; i++) {
		const struct method *method = &interface->methods[i];

		if (method->member.since > minor)
			continue;
		fprintf(to, "method %s (", method->member.name);
		fields_text(to, &method->in, minor);
		fputs(") (", to);
		fields_text(to, &method->out, minor);
		fputs(")\n", to);
	}
}

void fingerprint_text(FILE *to, const struct interface *interface, unsigned int minor)
{
	struct arena arena = { NULL };
	const struct member **enums =
		sorted(&arena, interface->enums, interface->enum_count, sizeof(*interface->enums));
	const struct member **structs = sorted(&arena, interface->structs, interface->struct_count,
					       sizeof(*interface->structs));
	const struct member **events = sorted(&arena, interface->events, interface->event_count,
					      sizeof(*interface->events));

	fprintf(to, "interface %s %u\n", interface->name, interface->major);
	for (size_t i = 0; i < interface->enum_count; i++)
		if (enums[i]->since <= minor)
			enum_text(to, (const struct enumeration *)enums[i], minor, &arena);
	for (size_t i = 0; i < interface->struct_count; i++)
		if (structs[i]->since <= minor)
			struct_text(to, (const struct structure *)structs[i], minor);
	methods_text(to, interface, minor);
	for (size_t i = 0; i < interface->event_count; i++)
		if (events[i]->since <= minor)
			event_text(to, (const struct event *)events[i], minor);
	arena_fini(&arena);
}

uint64_t fingerprint(const struct interface *interface, unsigned int minor)
{
	uint64_t hash = FNV_START;
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);

	if (!to || (fingerprint_text(to, interface, minor), fclose(to) != 0)) {
		fputs("corbel-scanner: no memory\n", stderr);
		exit(EXIT_FAILURE);
	}
	for (size_t i = 0; i < size; i++)
		hash = (hash ^ (unsigned char)text[i]) * FNV_PRIME;
	free(text);
	return hash;
}
