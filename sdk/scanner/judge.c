/* SPDX-License-Identifier: MIT */
/*
 * What only the whole of an interface file shows: order, ages, and names that clash in C or
 * Varlink.
 */
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "names.h"
#include "reading.h"

/* The descriptions count in 16 bits, and a fingerprint is kept for each minor. */
#define COUNT_MAX 512
#define MINOR_MAX 1024

/* A name that the outputs make, and what it was made for. */
struct made {
	const char *name;
	const char *what;
	const char *whose;
	const struct ini_origin *origin; /* NULL: always there */
};

struct clashes {
	struct reading *reading;
	struct made *made;
	size_t count;
};

static void made_add(struct clashes *clashes, const char *name, const char *what,
		     const struct member *member)
{
	struct arena *arena = &clashes->reading->interface->arena;

	for (size_t i = 0; member && i < clashes->count; i++) {
		const struct made *other = &clashes->made[i];

		if (strcmp(other->name, name) != 0)
			continue;
		ini_complain_to(
			&member->origin, clashes->reading->complaints, -EINVAL,
			"%s %s makes the name %s, which %s%s%s makes already, expected another "
			"name",
			what, member->name, name, other->what, *other->whose ? " " : "",
			other->whose);
		return;
	}
	clashes->made = arena_grow(arena, clashes->made, clashes->count, sizeof(*clashes->made));
	clashes->made[clashes->count++] = (struct made){ name, what, member ? member->name : "",
							 member ? &member->origin : NULL };
}

/* PREFIX_NAME followed by each suffix. */
static void suffixes_add(struct clashes *clashes, const char *what, const struct member *member,
			 const char *const *suffixes)
{
	struct interface *interface = clashes->reading->interface;

	for (; *suffixes; suffixes++) {
		char *name = arena_print(&interface->arena, "%s_%s%s", interface->prefix,
					 member->name, *suffixes);

		made_add(clashes, name, what, member);
		if (name_is_sdk_struct(name))
			ini_complain_to(
				&member->origin, clashes->reading->complaints, -EINVAL,
				"%s %s makes the name %s, which the SDK has already, expected "
				"another name",
				what, member->name, name);
	}
}

/* What it makes for itself alone ends in an underscore, as no name of a method can. */
static void own_add(struct clashes *clashes)
{
	static const char *const own[] = { "methods", "acquire",      "release",    "provide",
					   "enter",   "interface",    "marshalled", "writer",
					   "reader",  "strings_free", "bytes_free", NULL };
	struct interface *interface = clashes->reading->interface;

	for (const char *const *name = own; *name; name++)
		made_add(clashes, arena_print(&interface->arena, "%s_%s", interface->prefix, *name),
			 "the header itself", NULL);
}

static void names_judge(struct reading *reading)
{
	static const char *const of_method[] = { "",        "_entered", "_arguments",
						 "_unpack", "_marshal", NULL };
	static const char *const of_event[] = { "",       "_topic",   "_flat",      "_open",
						"_close", "_publish", "_subscribe", "_deliver",
						"_pack",  "_unpack",  "_sound",     "_index",
						"_sizes", NULL };
	static const char *const of_struct[] = { "",      "_flat",   "_clear", "s_free",
						 "_pack", "_unpack", "_sound", NULL };
	static const char *const of_enum[] = { "", NULL };
	struct interface *interface = reading->interface;
	struct clashes clashes = { reading, NULL, 0 };

	own_add(&clashes);
	for (size_t i = 0; i < interface->enum_count; i++)
		suffixes_add(&clashes, "enum", &interface->enums[i].member, of_enum);
	for (size_t i = 0; i < interface->struct_count; i++)
		suffixes_add(&clashes, "struct", &interface->structs[i].member, of_struct);
	for (size_t i = 0; i < interface->event_count; i++)
		suffixes_add(&clashes, "event", &interface->events[i].member, of_event);
	for (size_t i = 0; i < interface->method_count; i++)
		suffixes_add(&clashes, "method", &interface->methods[i].member, of_method);
}

static void camel_add(struct clashes *clashes, const char *what, const char *before,
		      const struct member *member)
{
	struct arena *arena = &clashes->reading->interface->arena;

	made_add(clashes, arena_print(arena, "%s%s", before, name_camel(arena, member->name)), what,
		 member);
}

static void camels_judge(struct reading *reading)
{
	struct interface *interface = reading->interface;
	struct clashes clashes = { reading, NULL, 0 };

	for (size_t i = 0; i < interface->enum_count; i++)
		camel_add(&clashes, "enum", "", &interface->enums[i].member);
	for (size_t i = 0; i < interface->struct_count; i++)
		camel_add(&clashes, "struct", "", &interface->structs[i].member);
	for (size_t i = 0; i < interface->event_count; i++)
		camel_add(&clashes, "event", "Monitor", &interface->events[i].member);
	for (size_t i = 0; i < interface->method_count; i++)
		camel_add(&clashes, "method", "", &interface->methods[i].member);
}

static void value_add(struct clashes *clashes, const struct enumeration *enumeration,
		      const struct enum_value *value)
{
	struct interface *interface = clashes->reading->interface;
	struct arena *arena = &interface->arena;
	struct member *member = arena_alloc(arena, sizeof(*member));

	*member = (struct member){ .name = value->name, .summary = "", .origin = value->origin };
	made_add(clashes,
		 arena_print(arena, "%s_%s_%s", interface->upper,
			     name_upper(arena, enumeration->member.name),
			     name_upper(arena, value->name)),
		 "value", member);
}

static void values_judge(struct reading *reading)
{
	struct interface *interface = reading->interface;
	struct clashes clashes = { reading, NULL, 0 };

	for (size_t i = 0; i < interface->enum_count; i++) {
		const struct enumeration *enumeration = &interface->enums[i];

		for (size_t j = 0; j < enumeration->value_count; j++)
			value_add(&clashes, enumeration, &enumeration->values[j]);
	}
}

static void field_name_judge(struct reading *reading, const struct fields *fields, size_t count,
			     const struct field *field)
{
	for (size_t i = 0; i < count; i++) {
		const struct field *other = &fields->items[i];
		size_t length = strlen(other->name);
		size_t own = strlen(field->name);
		bool counts = other->type.array && strncmp(field->name, other->name, length) == 0 &&
			      strcmp(field->name + length, "_count") == 0;
		bool counted = field->type.array && strncmp(other->name, field->name, own) == 0 &&
			       strcmp(other->name + own, "_count") == 0;

		if (strcmp(other->name, field->name) == 0)
			ini_complain_to(&field->origin, reading->complaints, -EINVAL,
					"%s is there twice, expected once", field->name);
		else if (counts || counted)
			ini_complain_to(
				&field->origin, reading->complaints, -EINVAL,
				"%s and %s make the same name, since an array has a count beside "
				"it, expected another name",
				other->name, field->name);
	}
}

static void fields_judge(struct reading *reading, const struct fields *fields)
{
	for (size_t i = 0; i < fields->count; i++)
		field_name_judge(reading, fields, i, &fields->items[i]);
}

static void event_field_judge(struct reading *reading, const struct field *field,
			      const struct field *before)
{
	unsigned int major = reading->interface->major;

	if (strcmp(field->name, "size") == 0)
		ini_complain_to(&field->origin, reading->complaints, -EINVAL,
				"field size is there already in each event, expected another name");
	if (before && field->since < before->since)
		ini_complain_to(&field->origin, reading->complaints, -EINVAL,
				"field %s is since %u.%u but behind one since %u.%u, expected new "
				"fields at the end",
				field->name, major, field->since, major, before->since);
}

static void events_judge(struct reading *reading)
{
	const struct interface *interface = reading->interface;

	for (size_t i = 0; i < interface->event_count; i++) {
		const struct fields *fields = &interface->events[i].fields;

		fields_judge(reading, fields);
		for (size_t j = 0; j < fields->count; j++)
			event_field_judge(reading, &fields->items[j],
					  j ? &fields->items[j - 1] : NULL);
	}
}

/* An in and an out parameter of one name would be one name twice in the C function. */
static void parameters_judge(struct reading *reading, const struct method *method)
{
	struct arena *arena = &reading->interface->arena;
	struct fields all = { NULL, method->in.count + method->out.count };

	all.items = arena_alloc(arena, (all.count + 1) * sizeof(*all.items));
	for (size_t i = 0; i < method->in.count; i++)
		all.items[i] = method->in.items[i];
	for (size_t i = 0; i < method->out.count; i++)
		all.items[method->in.count + i] = method->out.items[i];
	fields_judge(reading, &all);
}

static void methods_judge(struct reading *reading)
{
	const struct interface *interface = reading->interface;

	for (size_t i = 0; i < interface->method_count; i++) {
		const struct method *method = &interface->methods[i];

		parameters_judge(reading, method);
		if (i > 0 && method->member.since < interface->methods[i - 1].member.since)
			ini_complain_to(
				&method->member.origin, reading->complaints, -EINVAL,
				"method %s is since %u.%u but behind %s since %u.%u, expected new "
				"methods at the end",
				method->member.name, interface->major, method->member.since,
				interface->methods[i - 1].member.name, interface->major,
				interface->methods[i - 1].member.since);
	}
}

static void limits_judge(struct reading *reading)
{
	const struct interface *interface = reading->interface;

	if (interface->minor > MINOR_MAX)
		ini_complain_to(&interface->version_origin, reading->complaints, -EINVAL,
				"minor %u, expected %d at most", interface->minor, MINOR_MAX);
	if (interface->method_count > COUNT_MAX || interface->event_count > COUNT_MAX ||
	    interface->struct_count > COUNT_MAX || interface->enum_count > COUNT_MAX)
		ini_complain_to(
			&interface->origin, reading->complaints, -EINVAL,
			"more than %d methods, events, structs or enums, expected an interface "
			"that can be read",
			COUNT_MAX);
}

void interface_judge(struct reading *reading)
{
	const struct interface *interface = reading->interface;

	limits_judge(reading);
	for (size_t i = 0; i < interface->struct_count; i++)
		fields_judge(reading, &interface->structs[i].fields);
	methods_judge(reading);
	events_judge(reading);
	values_judge(reading);
	names_judge(reading);
	if (complaints_count(reading->complaints) == 0)
		camels_judge(reading);
}
