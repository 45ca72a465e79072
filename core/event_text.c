/* SPDX-License-Identifier: MIT */
/* An event's fields as one JSON object; nothing in the payload is followed before it is checked. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "describe.h"

/*
 * Text that is counted whole and kept as far as it fits, and the payload that it is made of. What
 * is left of `budget` bounds the work: each item of an array, and each byte of a string, is paid
 * for out of the payload's own size, so that overlapping arrays cannot multiply it.
 */
struct text {
	char *at;
	size_t size;
	size_t length;
	const struct corbel_interface *interface;
	const char *payload;
	size_t payload_size, budget;
	bool is_damaged;
};

static void put(struct text *text, const char *data, size_t length)
{
	if (text->length < text->size) {
		size_t room = text->size - text->length;

		memcpy(text->at + text->length, data, length < room ? length : room);
	}
	text->length += length;
}

static void put_text(struct text *text, const char *data)
{
	put(text, data, strlen(data));
}

/* What a flat reference points to lies within the payload, `after` more bytes included. */
static const char *follow(struct text *text, const char *at, uint32_t width, uint32_t after,
			  uint32_t alignment, uint32_t *count)
{
	struct corbel_flat flat;

	memcpy(&flat, at, sizeof(flat));
	*count = flat.count;
	if (flat.offset == 0 && flat.count == 0)
		return NULL;

	uint64_t bytes = (uint64_t)flat.count * width;

	if (flat.offset == 0 || flat.offset % alignment != 0 || bytes > text->budget ||
	    flat.offset + bytes + after > text->payload_size) {
		text->is_damaged = true;
		*count = 0;
		return NULL;
	}
	text->budget -= bytes;
	return text->payload + flat.offset;
}

/* Bytes of the UTF-8 character at `at`, of `left`; 0: it is none. */
static size_t character_length(const unsigned char *at, size_t left)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t length = at[0] < 0x80       ? 1
			: at[0] >> 5 == 6  ? 2
			: at[0] >> 4 == 14 ? 3
			: at[0] >> 3 == 30 ? 4
					   : 0;
	uint32_t value;

	if (length <= 1 || length > left)
		return length == 1;
	value = at[0] & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		if (at[i] >> 6 != 2)
			return 0;
		value = value << 6 | (at[i] & 0x3f);
	}
	if (value < least[length] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
		return 0;
	return length;
}

static void put_character(struct text *text, const char *at, size_t length)
{
	unsigned char first = (unsigned char)*at;
	char escape[8];

	if (length == 0)
		put_text(text, "\xef\xbf\xbd");
	else if (first == '"' || first == '\\')
		put(text, escape, (size_t)snprintf(escape, sizeof(escape), "\\%c", first));
	else if (first == '\n')
		put_text(text, "\\n");
	else if (first == '\t')
		put_text(text, "\\t");
	else if (first < 0x20 || first == 0x7f)
		put(text, escape, (size_t)snprintf(escape, sizeof(escape), "\\u%04x", first));
	else
		put(text, at, length);
}

static void put_quoted(struct text *text, const char *data, size_t size)
{
	put_text(text, "\"");
	for (size_t i = 0; i < size;) {
		size_t length = character_length((const unsigned char *)data + i, size - i);

		put_character(text, data + i, length);
		i += length ? length : 1;
	}
	put_text(text, "\"");
}

static void put_base64(struct text *text, const unsigned char *data, size_t size)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	put_text(text, "\"");
	for (size_t i = 0; i < size; i += 3) {
		size_t count = size - i < 3 ? size - i : 3;
		uint32_t bits = (uint32_t)data[i] << 16;
		char four[4];

		bits |= count > 1 ? (uint32_t)data[i + 1] << 8 : 0;
		bits |= count > 2 ? data[i + 2] : 0;
		for (size_t k = 0; k < 4; k++)
			four[k] = k <= count ? digits[bits >> (18 - 6 * k) & 63] : '=';
		put(text, four, sizeof(four));
	}
	put_text(text, "\"");
}

/* The shortest form that reads back as the same number; the locale's decimal point undone. */
static void put_double(struct text *text, double value)
{
	char number[40];

	if (!isfinite(value)) {
		put_text(text, "null");
		return;
	}
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(number, sizeof(number), "%.*g", digits, value);
		if (strtod(number, NULL) == value)
			break;
	}
	for (char *at = number; *at; at++) {
		if (!strchr("0123456789+-e", *at))
			*at = '.';
	}
	put_text(text, number);
}

static void put_enum(struct text *text, const struct corbel_field *field, int32_t value)
{
	const struct corbel_enum *type = &text->interface->enums[field->index];
	char number[16];

	for (size_t i = 0; i < type->value_count; i++) {
		if (type->values[i].value == value) {
			put_quoted(text, type->values[i].name, strlen(type->values[i].name));
			return;
		}
	}
	put(text, number, (size_t)snprintf(number, sizeof(number), "%" PRId32, value));
}

static void put_number(struct text *text, const struct corbel_field *field, const char *at)
{
	char number[32];
	union {
		int32_t i32;
		uint32_t u32;
		int64_t i64;
		uint64_t u64;
		double f64;
	} value = { .u64 = 0 };

	memcpy(&value, at, item_flat_width(text->interface, field));
	if (field->kind == CORBEL_KIND_ENUM) {
		put_enum(text, field, value.i32);
		return;
	}
	if (field->kind == CORBEL_KIND_F64) {
		put_double(text, value.f64);
		return;
	}
	if (field->kind == CORBEL_KIND_I32 || field->kind == CORBEL_KIND_I64)
		snprintf(number, sizeof(number), "%" PRId64,
			 field->kind == CORBEL_KIND_I32 ? value.i32 : value.i64);
	else
		snprintf(number, sizeof(number), "%" PRIu64,
			 field->kind == CORBEL_KIND_U32 ? value.u32 : value.u64);
	put_text(text, number);
}

static void put_string(struct text *text, const char *at)
{
	uint32_t length;
	const char *string = follow(text, at, 1, 1, 1, &length);

	/* A NUL within ends it earlier for its reader than for its checker: harmless, but damage.
	 */
	if (string && memchr(string, 0, length + (size_t)1) != string + length)
		text->is_damaged = true;
	else if (string)
		put_quoted(text, string, length);
	else
		put_text(text, "null");
}

static void put_fields(struct text *text, const struct corbel_field *fields, size_t count,
		       const char *base, size_t size);

static void put_item(struct text *text, const struct corbel_field *field, const char *at)
{
	const struct corbel_struct *type;
	const char *bytes;
	uint32_t count;

	switch (field->kind) {
	case CORBEL_KIND_BOOL:
		text->is_damaged |= (unsigned char)*at > 1;
		put_text(text, *at ? "true" : "false");
		break;
	case CORBEL_KIND_STRING:
		put_string(text, at);
		break;
	case CORBEL_KIND_BYTES:
		bytes = follow(text, at, 1, 0, 1, &count);
		put_base64(text, (const unsigned char *)bytes, count);
		break;
	case CORBEL_KIND_STRUCT:
		type = &text->interface->structs[field->index];
		put_fields(text, type->fields, type->field_count, at, type->flat_size);
		break;
	case CORBEL_KIND_REF: /* services do not travel */
		text->is_damaged = true;
		break;
	default:
		put_number(text, field, at);
	}
}

static uint32_t alignment_of(const struct corbel_field *field, uint32_t width)
{
	if (field->kind == CORBEL_KIND_STRUCT)
		return 8;
	if (field->kind == CORBEL_KIND_STRING || field->kind == CORBEL_KIND_BYTES)
		return _Alignof(struct corbel_flat);
	return width;
}

static void put_array(struct text *text, const struct corbel_field *field, const char *at)
{
	uint32_t width = item_flat_width(text->interface, field), count;
	const char *items = follow(text, at, width, 0, alignment_of(field, width), &count);

	put_text(text, "[");
	for (uint32_t i = 0; i < count && !text->is_damaged; i++) {
		if (i > 0)
			put_text(text, ",");
		put_item(text, field, items + (size_t)i * width);
	}
	put_text(text, "]");
}

/* Fields beyond `size` are later than the publisher: not there, and no damage. */
static void put_fields(struct text *text, const struct corbel_field *fields, size_t count,
		       const char *base, size_t size)
{
	bool first = true;

	put_text(text, "{");
	for (size_t i = 0; i < count && !text->is_damaged; i++) {
		const struct corbel_field *field = &fields[i];

		if ((uint64_t)field->flat_offset + field_flat_width(text->interface, field) > size)
			continue;
		if (!first)
			put_text(text, ",");
		first = false;
		put_quoted(text, field->name, strlen(field->name));
		put_text(text, ":");
		if (field->array)
			put_array(text, field, base + field->flat_offset);
		else
			put_item(text, field, base + field->flat_offset);
	}
	put_text(text, "}");
}

int event_text(const struct corbel_delivery *delivery, char *text, size_t size)
{
	const struct corbel_event *event = delivery->event;
	struct text out = {
		.at = text,
		.size = size,
		.interface = delivery->interface,
		.payload = delivery->payload,
		.payload_size = delivery->size,
		.budget = delivery->size,
	};
	uint32_t fixed;

	if (!out.payload || out.payload_size < sizeof(fixed) || out.payload_size > UINT32_MAX)
		return -EBADMSG;
	memcpy(&fixed, out.payload, sizeof(fixed));
	if (fixed < sizeof(fixed) || fixed > out.payload_size)
		return -EBADMSG;
	put_fields(&out, event->fields, event->field_count, out.payload, fixed);
	if (size > 0)
		text[out.length < size ? out.length : size - 1] = '\0';
	if (out.is_damaged)
		return -EBADMSG;
	return out.length > INT32_MAX ? -EOVERFLOW : (int)out.length;
}
