/* SPDX-License-Identifier: MIT */
/* Finds the enum or struct that each type of an interface file names. */
#include <errno.h>
#include <string.h>

#include "nearest.h"
#include "reading.h"

/* Where a type stands decides what it may be. */
struct position {
	const char *what;
	const char *whose;
	size_t struct_limit; /* structs from this one on are not yet declared */
	bool takes_ref;
};

static bool enum_find(const struct interface *interface, const char *name, size_t *index)
{
	for (*index = 0; *index < interface->enum_count; ++*index)
		if (strcmp(interface->enums[*index].member.name, name) == 0)
			return true;
	return false;
}

static bool struct_find(const struct interface *interface, const char *name, size_t *index)
{
	for (*index = 0; *index < interface->struct_count; ++*index)
		if (strcmp(interface->structs[*index].member.name, name) == 0)
			return true;
	return false;
}

static void unknown_complain(struct reading *reading, const struct field *field)
{
	static const char *const words[] = { "bool", "i32", "u32",    "i64",
					     "u64",  "f64", "string", "bytes" };
	const struct interface *interface = reading->interface;
	struct nearest nearest;
	char hint[300];

	nearest_init(&nearest, field->type.word);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		nearest_offer(&nearest, words[i]);
	for (size_t i = 0; i < interface->enum_count; i++)
		nearest_offer(&nearest, interface->enums[i].member.name);
	for (size_t i = 0; i < interface->struct_count; i++)
		nearest_offer(&nearest, interface->structs[i].member.name);
	ini_complain_to(&field->origin, reading->complaints, -EINVAL,
			"type \"%s\" of %s is not known, expected bool, i32, u32, i64, u64, f64, "
			"string, bytes, or an enum or struct of this file%s",
			field->type.word, field->name, nearest_hint(&nearest, hint, sizeof(hint)));
}

static void named_judge(struct reading *reading, const struct field *field,
			const struct position *position, const struct member *member)
{
	unsigned int major = reading->interface->major;

	if (member->since > field->since)
		ini_complain_to(
			&field->origin, reading->complaints, -EINVAL,
			"%s %s is since %u.%u, but its type %s since %u.%u, expected a type as "
			"old as its user",
			position->what, field->name, major, field->since, member->name, major,
			member->since);
	if (field->type.kind == CORBEL_KIND_STRUCT && field->type.index >= position->struct_limit)
		ini_complain_to(
			&field->origin, reading->complaints, -EINVAL,
			"struct %s holds %s, which is not declared before it, expected it above "
			"(a struct cannot hold itself)",
			position->whose, member->name);
}

static void type_resolve(struct reading *reading, struct field *field,
			 const struct position *position)
{
	const struct interface *interface = reading->interface;
	struct type *type = &field->type;

	if (type->kind == CORBEL_KIND_REF && (type->array || !position->takes_ref))
		ini_complain_to(
			&field->origin, reading->complaints, -EINVAL,
			"%s %s is a ref, expected one only as an in parameter, not in an array",
			position->what, field->name);
	if (type->kind)
		return;
	if (enum_find(interface, type->word, &type->index)) {
		type->kind = CORBEL_KIND_ENUM;
		named_judge(reading, field, position, &interface->enums[type->index].member);
	} else if (struct_find(interface, type->word, &type->index)) {
		type->kind = CORBEL_KIND_STRUCT;
		named_judge(reading, field, position, &interface->structs[type->index].member);
	} else {
		unknown_complain(reading, field);
	}
}

static bool fields_resolve(struct reading *reading, struct fields *fields,
			   const struct position *position)
{
	bool scalar = true;

	for (size_t i = 0; i < fields->count; i++) {
		type_resolve(reading, &fields->items[i], position);
		if (fields->items[i].type.kind &&
		    !type_is_scalar(reading->interface, &fields->items[i].type))
			scalar = false;
	}
	return scalar;
}

void types_resolve(struct reading *reading)
{
	struct interface *interface = reading->interface;

	for (size_t i = 0; i < interface->struct_count; i++) {
		struct structure *structure = &interface->structs[i];
		struct position position = { "member", structure->member.name, i, false };

		structure->is_scalar = fields_resolve(reading, &structure->fields, &position);
	}
	for (size_t i = 0; i < interface->event_count; i++) {
		struct event *event = &interface->events[i];
		struct position position = { "field", event->member.name, SIZE_MAX, false };

		event->is_scalar = fields_resolve(reading, &event->fields, &position);
	}
	for (size_t i = 0; i < interface->method_count; i++) {
		struct method *method = &interface->methods[i];
		struct position in = { "parameter", method->member.name, SIZE_MAX, true };
		struct position out = { "parameter", method->member.name, SIZE_MAX, false };

		fields_resolve(reading, &method->in, &in);
		fields_resolve(reading, &method->out, &out);
	}
}
