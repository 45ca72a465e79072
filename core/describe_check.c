/* SPDX-License-Identifier: MIT */
/* Whether a description that came from a plugin holds together, before anything relies on it. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "describe.h"

#define NAME_MAX_LENGTH 200
#define NESTING_MAX 16

/* What is being looked at, for the words. */
struct place {
	const struct corbel_interface *interface;
	const char *what; /* "method", "event", "struct", "enum" */
	const char *name;
	struct corbel_error *error;
};

static bool is_name(const char *name, const char *also)
{
	size_t length = name ? strlen(name) : 0;

	if (length == 0 || length > NAME_MAX_LENGTH)
		return false;
	for (size_t i = 0; i < length; i++) {
		bool letter = (name[i] | 32) >= 'a' && (name[i] | 32) <= 'z';
		bool digit = name[i] >= '0' && name[i] <= '9';

		if (!letter && !digit && name[i] != '_' && !strchr(also, name[i]))
			return false;
	}
	return true;
}

static bool is_dotted_name(const char *name)
{
	return is_name(name, ".-") && name[0] != '.' && name[strlen(name) - 1] != '.' &&
	       !strstr(name, "..");
}

static int refuse(const struct place *place, const char *why, const char *field)
{
	return error_set(place->error, -EINVAL,
			 "%s: its description is damaged: %s %s: %s%s%s (build the plugin again, "
			 "with this version's corbel-scanner)",
			 place->interface->name, place->what,
			 place->name ? place->name : "without a name", field ? field : "",
			 field ? ": " : "", why);
}

uint32_t item_flat_width(const struct corbel_interface *interface, const struct corbel_field *field)
{
	switch (field->kind) {
	case CORBEL_KIND_BOOL:
		return 1;
	case CORBEL_KIND_I32:
	case CORBEL_KIND_U32:
	case CORBEL_KIND_ENUM:
		return 4;
	case CORBEL_KIND_STRUCT:
		return interface->structs[field->index].flat_size;
	default:
		return 8;
	}
}

uint32_t field_flat_width(const struct corbel_interface *interface,
			  const struct corbel_field *field)
{
	return field->array ? sizeof(struct corbel_flat) : item_flat_width(interface, field);
}

static int check_field(const struct place *place, const struct corbel_field *field)
{
	const struct corbel_interface *interface = place->interface;

	if (!is_name(field->name, ""))
		return refuse(place, "a field without a proper name", NULL);
	if (field->kind < CORBEL_KIND_BOOL || field->kind > CORBEL_KIND_REF)
		return refuse(place, "a kind this host does not know", field->name);
	if (field->array > 1)
		return refuse(place, "an array mark that is neither 0 nor 1", field->name);
	if (field->since > interface->minor)
		return refuse(place, "since a minor later than the interface's own", field->name);
	if (field->kind == CORBEL_KIND_ENUM && field->index >= interface->enum_count)
		return refuse(place, "an enum that is not there", field->name);
	if (field->kind == CORBEL_KIND_STRUCT && field->index >= interface->struct_count)
		return refuse(place, "a struct that is not there", field->name);
	if (field->kind == CORBEL_KIND_REF && !is_dotted_name(field->reference))
		return refuse(place, "a reference without an interface's name", field->name);
	return 0;
}

static int check_fields(const struct place *place, const struct corbel_field *fields, size_t count)
{
	if (count > 0 && !fields)
		return refuse(place, "fields are counted but not there", NULL);
	for (size_t i = 0; i < count; i++) {
		int rc = check_field(place, &fields[i]);

		if (rc < 0)
			return rc;
	}
	return 0;
}

/* Fields that have a place in a C struct, and in a flat form unless they refer to a service. */
static int check_placed(const struct place *place, const struct corbel_field *fields, size_t count,
			uint32_t size, uint32_t flat_size)
{
	int rc = check_fields(place, fields, count);

	for (size_t i = 0; rc == 0 && i < count; i++) {
		uint64_t width = field_flat_width(place->interface, &fields[i]);

		if (fields[i].offset >= size)
			rc = refuse(place, "lies outside the struct", fields[i].name);
		else if (fields[i].kind != CORBEL_KIND_REF &&
			 fields[i].flat_offset + width > flat_size)
			rc = refuse(place, "lies outside the flat form", fields[i].name);
	}
	return rc;
}

static int check_method(const struct corbel_interface *interface,
			const struct corbel_method *method, struct corbel_error *error)
{
	struct place place = { interface, "method", method->name, error };

	if (!is_name(method->name, ""))
		return refuse(&place, "not a proper name", NULL);
	if (method->since > interface->minor)
		return refuse(&place, "since a minor later than the interface's own", NULL);
	if (method->error_count > 0 && !method->errors)
		return refuse(&place, "errors are counted but not there", NULL);

	int rc = check_fields(&place, method->in, method->in_count);

	return rc < 0 ? rc : check_fields(&place, method->out, method->out_count);
}

static int check_event(const struct corbel_interface *interface, const struct corbel_event *event,
		       struct corbel_error *error)
{
	struct place place = { interface, "event", event->name, error };

	if (!is_name(event->name, ""))
		return refuse(&place, "not a proper name", NULL);
	if (event->since > interface->minor)
		return refuse(&place, "since a minor later than the interface's own", NULL);
	if (event->flat_size < sizeof(uint32_t) || event->size < sizeof(uint32_t))
		return refuse(&place, "no room for its size", NULL);
	for (size_t i = 0; event->fields && i < event->field_count; i++) {
		if (event->fields[i].kind == CORBEL_KIND_REF)
			return refuse(&place, "an event cannot carry a reference to a service",
				      NULL);
		if (event->fields[i].flat_offset < sizeof(uint32_t))
			return refuse(&place, "a field lies over the payload's size", NULL);
	}
	return check_placed(&place, event->fields, event->field_count, event->size,
			    event->flat_size);
}

static int check_struct(const struct corbel_interface *interface, const struct corbel_struct *type,
			struct corbel_error *error)
{
	struct place place = { interface, "struct", type->name, error };

	if (!is_name(type->name, ""))
		return refuse(&place, "not a proper name", NULL);
	if (type->size == 0 || type->flat_size == 0)
		return refuse(&place, "no size", NULL);
	return check_placed(&place, type->fields, type->field_count, type->size, type->flat_size);
}

static int check_enum(const struct corbel_interface *interface, const struct corbel_enum *type,
		      struct corbel_error *error)
{
	struct place place = { interface, "enum", type->name, error };

	if (!is_name(type->name, ""))
		return refuse(&place, "not a proper name", NULL);
	if (type->value_count > 0 && !type->values)
		return refuse(&place, "values are counted but not there", NULL);
	for (size_t i = 0; i < type->value_count; i++) {
		if (!is_name(type->values[i].name, ""))
			return refuse(&place, "a value without a proper name", NULL);
		if (type->values[i].since > interface->minor)
			return refuse(&place,
				      "a value since a later minor than the interface's own", NULL);
	}
	return 0;
}

/* How deep a struct nests, itself counted; NESTING_MAX + 1: too deep, or within itself. */
static unsigned nesting(const struct corbel_interface *interface, size_t index, unsigned above,
			unsigned char *known)
{
	const struct corbel_struct *type = &interface->structs[index];
	unsigned deepest = 0;

	if (known[index])
		return known[index];
	if (above >= NESTING_MAX)
		return NESTING_MAX + 1;
	for (size_t i = 0; i < type->field_count && deepest < NESTING_MAX; i++) {
		if (type->fields[i].kind != CORBEL_KIND_STRUCT)
			continue;

		unsigned below = nesting(interface, type->fields[i].index, above + 1, known);

		if (below > deepest)
			deepest = below;
	}
	if (deepest < NESTING_MAX)
		known[index] = (unsigned char)(deepest + 1);
	return deepest < NESTING_MAX ? deepest + 1 : NESTING_MAX + 1;
}

/* Readers of payloads recurse by structs, so that these must end. */
static int check_nesting(const struct corbel_interface *interface, struct corbel_error *error)
{
	unsigned char *known = calloc(interface->struct_count + (size_t)1, 1);
	int rc = 0;

	if (!known)
		return error_set(error, -ENOMEM, "%s: no memory to check its structs",
				 interface->name);
	for (size_t i = 0; rc == 0 && i < interface->struct_count; i++) {
		struct place place = { interface, "struct", interface->structs[i].name, error };

		if (nesting(interface, i, 0, known) > NESTING_MAX)
			rc = refuse(&place, "it contains itself, or structs nest more than 16 deep",
				    NULL);
	}
	free(known);
	return rc;
}

static int check_head(const struct corbel_interface *interface, struct corbel_error *error)
{
	if (!interface)
		return error_set(error, -EINVAL,
				 "no description of an interface was given (pass the one "
				 "that corbel-scanner wrote)");
	if (interface->size < sizeof(*interface))
		return error_set(error, -EINVAL,
				 "a description of an interface has %u bytes, at least %zu were "
				 "expected (build the plugin again)",
				 interface->size, sizeof(*interface));
	if (!is_dotted_name(interface->name))
		return error_set(error, -EINVAL,
				 "a description of an interface has no proper name: found "
				 "\"%.200s\", expected one like corbel.sensors",
				 interface->name ? interface->name : "");

	struct place place = { interface, "interface", interface->name, error };

	if (!interface->fingerprints)
		return refuse(&place, "no fingerprints", NULL);
	if ((interface->method_count && !interface->methods) ||
	    (interface->event_count && !interface->events) ||
	    (interface->struct_count && !interface->structs) ||
	    (interface->enum_count && !interface->enums))
		return refuse(&place, "parts are counted but not there", NULL);
	return 0;
}

int interface_check(const struct corbel_interface *interface, struct corbel_error *error)
{
	int rc = check_head(interface, error);

	for (size_t i = 0; rc == 0 && i < interface->enum_count; i++)
		rc = check_enum(interface, &interface->enums[i], error);
	for (size_t i = 0; rc == 0 && i < interface->struct_count; i++)
		rc = check_struct(interface, &interface->structs[i], error);
	for (size_t i = 0; rc == 0 && i < interface->method_count; i++)
		rc = check_method(interface, &interface->methods[i], error);
	for (size_t i = 0; rc == 0 && i < interface->event_count; i++)
		rc = check_event(interface, &interface->events[i], error);
	return rc < 0 ? rc : check_nesting(interface, error);
}
