/* SPDX-License-Identifier: MIT */
/* Whether a consumer was compiled for what a provider offers, and where they first differ. */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "describe.h"

/* Two descriptions compared at one minor, and the words for their first difference. */
struct comparison {
	const struct corbel_interface *wanted;
	const struct corbel_interface *offered;
	char difference[512]; /* empty: none found */
};

static const char *const kind_names[] = {
	[CORBEL_KIND_BOOL] = "bool",     [CORBEL_KIND_I32] = "i32",     [CORBEL_KIND_U32] = "u32",
	[CORBEL_KIND_I64] = "i64",       [CORBEL_KIND_U64] = "u64",     [CORBEL_KIND_F64] = "f64",
	[CORBEL_KIND_STRING] = "string", [CORBEL_KIND_BYTES] = "bytes",
};

/* As an author writes it in the interface file: `array of string`, `ref corbel.store`. */
static const char *type_text(const struct corbel_interface *interface,
			     const struct corbel_field *field, char text[256])
{
	const char *before = "", *name;

	switch (field->kind) {
	case CORBEL_KIND_ENUM:
		name = interface->enums[field->index].name;
		break;
	case CORBEL_KIND_STRUCT:
		name = interface->structs[field->index].name;
		break;
	case CORBEL_KIND_REF:
		before = "ref ";
		name = field->reference;
		break;
	default:
		name = kind_names[field->kind];
	}
	snprintf(text, 256, "%s%s%s", field->array ? "array of " : "", before, name);
	return text;
}

static void field_text(const struct corbel_interface *interface, const struct corbel_field *field,
		       char text[512])
{
	char type[256];

	if (field)
		snprintf(text, 512, "\"%.200s: %s\"", field->name,
			 type_text(interface, field, type));
	else
		snprintf(text, 512, "nothing");
}

static void name_text(const char *name, char text[512])
{
	snprintf(text, 512, name ? "\"%.200s\"" : "nothing", name ? name : "");
}

static bool differ(struct comparison *comparison, const char *what, const char *of,
		   const char *wanted, const char *offered)
{
	snprintf(comparison->difference, sizeof(comparison->difference),
		 "%s%s%.80s: expected %.160s, found %.160s", what, *of ? " of " : "", of, wanted,
		 offered);
	return true;
}

static bool same_type(const struct comparison *comparison, const struct corbel_field *a,
		      const struct corbel_field *b)
{
	char wanted[256], offered[256];

	return a->kind == b->kind && a->array == b->array && strcmp(a->name, b->name) == 0 &&
	       strcmp(type_text(comparison->wanted, a, wanted),
		      type_text(comparison->offered, b, offered)) == 0;
}

/* The next field that is there at the minor compared, or NULL. */
static const struct corbel_field *next_field(const struct corbel_field **at, size_t *left,
					     unsigned minor)
{
	while (*left > 0) {
		const struct corbel_field *field = (*at)++;

		(*left)--;
		if (field->since <= minor)
			return field;
	}
	return NULL;
}

static bool fields_differ(struct comparison *comparison, const char *what, const char *of,
			  const struct corbel_field *wanted, size_t wanted_left,
			  const struct corbel_field *offered, size_t offered_left)
{
	char expected[512], found[512];

	for (;;) {
		unsigned minor = comparison->wanted->minor;
		const struct corbel_field *a = next_field(&wanted, &wanted_left, minor);
		const struct corbel_field *b = next_field(&offered, &offered_left, minor);

		if (!a && !b)
			return false;
		if (a && b && same_type(comparison, a, b))
			continue;
		field_text(comparison->wanted, a, expected);
		field_text(comparison->offered, b, found);
		return differ(comparison, what, of, expected, found);
	}
}

static bool names_differ(struct comparison *comparison, const char *what, const char *wanted,
			 const char *offered)
{
	char expected[512], found[512];

	if (wanted && offered && strcmp(wanted, offered) == 0)
		return false;
	name_text(wanted, expected);
	name_text(offered, found);
	return differ(comparison, what, "", expected, found);
}

static bool methods_differ(struct comparison *comparison, const void *wanted, const void *offered)
{
	const struct corbel_method *a = wanted, *b = offered;

	return fields_differ(comparison, "in-parameter", a->name, a->in, a->in_count, b->in,
			     b->in_count) ||
	       fields_differ(comparison, "out-parameter", a->name, a->out, a->out_count, b->out,
			     b->out_count);
}

static bool events_differ(struct comparison *comparison, const void *wanted, const void *offered)
{
	const struct corbel_event *a = wanted, *b = offered;

	return fields_differ(comparison, "field", a->name, a->fields, a->field_count, b->fields,
			     b->field_count);
}

static bool structs_differ(struct comparison *comparison, const void *wanted, const void *offered)
{
	const struct corbel_struct *a = wanted, *b = offered;

	return fields_differ(comparison, "member", a->name, a->fields, a->field_count, b->fields,
			     b->field_count);
}

static const struct corbel_enum_value *next_value(const struct corbel_enum *type, size_t *at,
						  unsigned minor)
{
	while (*at < type->value_count) {
		const struct corbel_enum_value *value = &type->values[(*at)++];

		if (value->since <= minor)
			return value;
	}
	return NULL;
}

static bool values_differ(struct comparison *comparison, const void *wanted, const void *offered)
{
	const struct corbel_enum *a = wanted, *b = offered;
	size_t at_a = 0, at_b = 0;

	for (;;) {
		const struct corbel_enum_value *x = next_value(a, &at_a, comparison->wanted->minor);
		const struct corbel_enum_value *y = next_value(b, &at_b, comparison->wanted->minor);
		char expected[256] = "nothing", found[256] = "nothing";

		if (!x && !y)
			return false;
		if (x && y && x->value == y->value && strcmp(x->name, y->name) == 0)
			continue;
		if (x)
			snprintf(expected, sizeof(expected), "\"%.200s %" PRId32 "\"", x->name,
				 x->value);
		if (y)
			snprintf(found, sizeof(found), "\"%.200s %" PRId32 "\"", y->name, y->value);
		return differ(comparison, "value", a->name, expected, found);
	}
}

/* Methods, events, structs and enums: things of `size` bytes, each with its name first. */
static bool things_differ(struct comparison *comparison, const char *what, size_t size,
			  const void *wanted, size_t wanted_count, const void *offered,
			  size_t offered_count,
			  bool (*differ_within)(struct comparison *comparison, const void *wanted,
						const void *offered))
{
	for (size_t i = 0; i < wanted_count; i++) {
		const void *a = (const char *)wanted + i * size;
		const void *b = i < offered_count ? (const char *)offered + i * size : NULL;

		if (names_differ(comparison, what, *(const char *const *)a,
				 b ? *(const char *const *)b : NULL) ||
		    differ_within(comparison, a, b))
			return true;
	}
	return false;
}

static bool interfaces_differ(struct comparison *comparison)
{
	const struct corbel_interface *a = comparison->wanted, *b = comparison->offered;

	return things_differ(comparison, "method", sizeof(*a->methods), a->methods, a->method_count,
			     b->methods, b->method_count, methods_differ) ||
	       things_differ(comparison, "event", sizeof(*a->events), a->events, a->event_count,
			     b->events, b->event_count, events_differ) ||
	       things_differ(comparison, "struct", sizeof(*a->structs), a->structs, a->struct_count,
			     b->structs, b->struct_count, structs_differ) ||
	       things_differ(comparison, "enum", sizeof(*a->enums), a->enums, a->enum_count,
			     b->enums, b->enum_count, values_differ);
}

int interface_compatible(const struct corbel_interface *wanted,
			 const struct corbel_interface *offered, struct corbel_error *error)
{
	struct comparison comparison = { .wanted = wanted, .offered = offered };

	if (strcmp(wanted->name, offered->name) != 0)
		return error_set(error, -ENOENT, "expected interface %s, found %s", wanted->name,
				 offered->name);
	if (wanted->major != offered->major || wanted->minor > offered->minor)
		return error_set(
			error, -EPROTONOSUPPORT,
			"%s: expected version %u.%u or a later minor, found %u.%u "
			"(install a plugin that offers it, or build against the older one)",
			wanted->name, wanted->major, wanted->minor, offered->major, offered->minor);
	if (wanted->fingerprints[wanted->minor] == offered->fingerprints[wanted->minor])
		return 0;
	if (!interfaces_differ(&comparison))
		snprintf(comparison.difference, sizeof(comparison.difference),
			 "fingerprint: expected %016" PRIx64 ", found %016" PRIx64,
			 wanted->fingerprints[wanted->minor], offered->fingerprints[wanted->minor]);
	return error_set(error, -EPROTO,
			 "%s %u.%u: two layouts under one version: %s (build both from the same "
			 "interface file; a change that is not an addition needs a new major)",
			 wanted->name, wanted->major, wanted->minor, comparison.difference);
}

int interfaces_agree(const struct corbel_interface *a, const struct corbel_interface *b,
		     struct corbel_error *error)
{
	return a->minor <= b->minor ? interface_compatible(a, b, error)
				    : interface_compatible(b, a, error);
}
