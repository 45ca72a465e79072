/* SPDX-License-Identifier: MIT */
/* The lists in the values of an interface file: fields, enum values, errors. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "manifest.h"
#include "names.h"
#include "nearest.h"
#include "reading.h"

struct cursor {
	struct reading *reading;
	const char *start;
	const char *at;
	struct ini_origin origin; /* of start */
};

static const struct {
	const char *word;
	enum corbel_kind kind;
} scalars[] = {
	{ "bool", CORBEL_KIND_BOOL },     { "i32", CORBEL_KIND_I32 },
	{ "u32", CORBEL_KIND_U32 },       { "i64", CORBEL_KIND_I64 },
	{ "u64", CORBEL_KIND_U64 },       { "f64", CORBEL_KIND_F64 },
	{ "string", CORBEL_KIND_STRING }, { "bytes", CORBEL_KIND_BYTES },
};

/* The descriptions count in 16 bits, and the checks of names are quadratic. */
#define FIELD_MAX 256

#define SCALAR_COUNT (sizeof(scalars) / sizeof(scalars[0]))

static struct cursor cursor_at(struct reading *reading, const struct ini_entry *entry)
{
	return (struct cursor){ reading, entry->value, entry->value, ini_value_origin(entry) };
}

static struct ini_origin place(const struct cursor *cursor, const char *at)
{
	struct ini_origin origin = cursor->origin;

	origin.column += (unsigned int)(at - cursor->start);
	return origin;
}

static void spaces_skip(struct cursor *cursor)
{
	cursor->at += strspn(cursor->at, " \t");
}

static bool is_word_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '.' || c == '-' || c == '+';
}

/* What stands at the cursor, for the words of a complaint. */
static const char *found(const struct cursor *cursor, char *buffer, size_t size)
{
	size_t length = 0;

	while (is_word_byte(cursor->at[length]))
		length++;
	if (*cursor->at == '\0')
		snprintf(buffer, size, "found the end of the line");
	else
		snprintf(buffer, size, "found \"%.*s\"", (int)(length ? length : 1), cursor->at);
	return buffer;
}

static bool cursor_complain(const struct cursor *cursor, const char *expected)
{
	struct ini_origin origin = place(cursor, cursor->at);
	char buffer[300];

	ini_complain_to(&origin, cursor->reading->complaints, -EINVAL, "%s, expected %s",
			found(cursor, buffer, sizeof(buffer)), expected);
	return false;
}

/* The word at the cursor, or NULL with a complaint. */
static const char *word_take(struct cursor *cursor, const char *expected)
{
	size_t length = 0;

	spaces_skip(cursor);
	while (is_word_byte(cursor->at[length]))
		length++;
	if (length == 0) {
		cursor_complain(cursor, expected);
		return NULL;
	}
	const char *word = arena_copy(&cursor->reading->interface->arena, cursor->at, length);
	cursor->at += length;
	return word;
}

static bool byte_take(struct cursor *cursor, char byte)
{
	spaces_skip(cursor);
	if (*cursor->at != byte)
		return false;
	cursor->at++;
	return true;
}

/* Steps over a comma; false at the end of the list or, with a complaint, at anything else. */
static bool next_take(struct cursor *cursor, const char *expected)
{
	spaces_skip(cursor);
	if (*cursor->at == '\0')
		return false;
	return byte_take(cursor, ',') || cursor_complain(cursor, expected);
}

static bool list_begins(struct cursor *cursor)
{
	spaces_skip(cursor);
	return *cursor->at != '\0';
}

/* `since 1.2` behind an item. False when it is there and wrong. */
static bool since_take(struct cursor *cursor, unsigned int *since)
{
	spaces_skip(cursor);
	if (strncmp(cursor->at, "since", 5) != 0 || is_word_byte(cursor->at[5]))
		return true;
	cursor->at += 5;
	spaces_skip(cursor);
	struct ini_origin origin = place(cursor, cursor->at);
	const char *word = word_take(cursor, "a version behind since");
	return word && since_read(cursor->reading, &origin, word, since);
}

static enum corbel_kind scalar_kind(const char *word)
{
	for (size_t i = 0; i < SCALAR_COUNT; i++)
		if (strcmp(scalars[i].word, word) == 0)
			return scalars[i].kind;
	return (enum corbel_kind)0;
}

static bool reference_take(struct cursor *cursor, struct type *type)
{
	spaces_skip(cursor);
	struct ini_origin origin = place(cursor, cursor->at);
	const char *word = word_take(cursor, "the name of an interface behind ref");

	if (!word)
		return false;
	type->kind = CORBEL_KIND_REF;
	type->word = word;
	if (!manifest_names_interface(word)) {
		ini_complain_to(&origin, cursor->reading->complaints, -EINVAL,
				"ref %s, expected the name of an interface such as corbel.sensors",
				word);
		return false;
	}
	return true;
}

static bool type_take(struct cursor *cursor, struct type *type)
{
	const char *word =
		word_take(cursor, "a type: bool, i32, u32, i64, u64, f64, string, bytes, "
				  "an enum, a struct, TYPE[] or ref INTERFACE");

	if (!word)
		return false;
	if (strcmp(word, "ref") == 0 && !reference_take(cursor, type))
		return false;
	if (type->kind != CORBEL_KIND_REF) {
		type->word = word;
		type->kind = scalar_kind(word);
	}
	if (!byte_take(cursor, '['))
		return true;
	if (!byte_take(cursor, ']'))
		return cursor_complain(cursor, "] as in TYPE[]");
	type->array = true;
	spaces_skip(cursor);
	return *cursor->at != '[' || cursor_complain(cursor, "no array of arrays: use a struct");
}

static bool field_take(struct cursor *cursor, struct field *field)
{
	spaces_skip(cursor);
	field->origin = place(cursor, cursor->at);
	field->name = word_take(cursor, "NAME: TYPE");
	if (!field->name)
		return false;
	if (!byte_take(cursor, ':'))
		return cursor_complain(cursor, ": and a type");
	return type_take(cursor, &field->type);
}

static void field_judge(struct cursor *cursor, const struct list_rules *rules,
			const struct field *field, bool has_since)
{
	struct complaints *complaints = cursor->reading->complaints;
	unsigned int major = cursor->reading->interface->major;

	name_judge(cursor->reading, &field->origin, rules->what, field->name);
	if (has_since && !rules->grows)
		ini_complain_to(
			&field->origin, complaints, -EINVAL,
			"%s %s of %s says since, expected none: only events and enums grow, "
			"make a new method or struct",
			rules->what, field->name, rules->whose);
	else if (field->since < rules->since)
		ini_complain_to(&field->origin, complaints, -EINVAL,
				"%s %s is since %u.%u, expected %u.%u or later as %s itself",
				rules->what, field->name, major, field->since, major, rules->since,
				rules->whose);
}

/* Whether one more item was read; after a fault in the grammar the rest of the list is given up. */
static bool field_append(struct cursor *cursor, const struct list_rules *rules,
			 struct fields *fields)
{
	struct arena *arena = &cursor->reading->interface->arena;
	struct field field = { .since = rules->since };

	if (fields->count == FIELD_MAX)
		return cursor_complain(cursor, "no more than 256 of them: use a struct");
	if (!field_take(cursor, &field))
		return false;
	const char *before = cursor->at;
	spaces_skip(cursor);
	bool has_since = strncmp(cursor->at, "since", 5) == 0;
	cursor->at = before;
	if (!since_take(cursor, &field.since))
		return false;
	field_judge(cursor, rules, &field, has_since);
	fields->items = arena_grow(arena, fields->items, fields->count, sizeof(field));
	fields->items[fields->count++] = field;
	return true;
}

struct fields list_read_fields(struct reading *reading, const struct ini_entry *entry,
			       const struct list_rules *rules)
{
	struct fields fields = { NULL, 0 };

	if (!entry)
		return fields;
	struct cursor cursor = cursor_at(reading, entry);
	if (!list_begins(&cursor))
		return fields;
	while (field_append(&cursor, rules, &fields) &&
	       next_take(&cursor,
			 rules->grows ? "a comma, since or the end" : "a comma or the end"))
		;
	return fields;
}

static bool number_take(struct cursor *cursor, int32_t *value)
{
	char *end;

	spaces_skip(cursor);
	errno = 0;
	long long number = strtoll(cursor->at, &end, 0);
	if (end == cursor->at || is_word_byte(*end) || errno || number < INT32_MIN ||
	    number > INT32_MAX)
		return cursor_complain(cursor, "a number of 32 bits behind the value's name");
	*value = (int32_t)number;
	cursor->at = end;
	return true;
}

static void value_judge(struct cursor *cursor, const struct enumeration *enumeration,
			const struct enum_value *value)
{
	struct complaints *complaints = cursor->reading->complaints;
	unsigned int major = cursor->reading->interface->major;

	name_judge(cursor->reading, &value->origin, "value", value->name);
	if (value->since < enumeration->member.since)
		ini_complain_to(&value->origin, complaints, -EINVAL,
				"value %s is since %u.%u, expected %u.%u or later as %s itself",
				value->name, major, value->since, major, enumeration->member.since,
				enumeration->member.name);
	for (size_t i = 0; i < enumeration->value_count; i++) {
		const struct enum_value *other = &enumeration->values[i];

		if (strcmp(other->name, value->name) == 0)
			ini_complain_to(&value->origin, complaints, -EINVAL,
					"value %s is there twice, expected once", value->name);
		else if (other->value == value->value)
			ini_complain_to(&value->origin, complaints, -EINVAL,
					"value %s is %d as is %s, expected a number of its own",
					value->name, (int)value->value, other->name);
	}
}

static bool value_append(struct cursor *cursor, struct enumeration *enumeration)
{
	struct arena *arena = &cursor->reading->interface->arena;
	struct enum_value value = { .since = enumeration->member.since };

	spaces_skip(cursor);
	value.origin = place(cursor, cursor->at);
	value.name = word_take(cursor, "NAME NUMBER");
	if (!value.name || !number_take(cursor, &value.value) || !since_take(cursor, &value.since))
		return false;
	value_judge(cursor, enumeration, &value);
	enumeration->values =
		arena_grow(arena, enumeration->values, enumeration->value_count, sizeof(value));
	enumeration->values[enumeration->value_count++] = value;
	return true;
}

void list_read_values(struct reading *reading, const struct ini_entry *entry,
		      struct enumeration *enumeration)
{
	struct cursor cursor = cursor_at(reading, entry);

	do {
		if (!value_append(&cursor, enumeration))
			return;
	} while (next_take(&cursor, "a comma, since or the end"));
}

static bool error_append(struct cursor *cursor, struct method *method)
{
	struct arena *arena = &cursor->reading->interface->arena;

	spaces_skip(cursor);
	struct ini_origin origin = place(cursor, cursor->at);
	const char *name = word_take(cursor, "the name of an errno value such as ENOENT");
	if (!name)
		return false;
	if (!name_errno(name))
		ini_complain_to(
			&origin, cursor->reading->complaints, -EINVAL,
			"%s is no errno value, expected a name from errno(3) such as ENOENT", name);
	for (size_t i = 0; i < method->error_count; i++)
		if (strcmp(method->errors[i], name) == 0)
			ini_complain_to(&origin, cursor->reading->complaints, -EINVAL,
					"%s is there twice, expected once", name);
	method->errors = arena_grow(arena, method->errors, method->error_count, sizeof(name));
	method->errors[method->error_count++] = name;
	return true;
}

void list_read_errors(struct reading *reading, const struct ini_entry *entry, struct method *method)
{
	if (!entry)
		return;
	struct cursor cursor = cursor_at(reading, entry);
	if (!list_begins(&cursor))
		return;
	while (error_append(&cursor, method) && next_take(&cursor, "a comma or the end"))
		;
}
