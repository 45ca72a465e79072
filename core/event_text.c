/* SPDX-License-Identifier: MIT */
/* An event's fields as one JSON object, for logs, monitors and records. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "describe.h"

/* Text that is counted whole and kept as far as it fits. */
struct text {
	char *at;
	size_t size;
	size_t length;
	const struct corbel_interface *interface;
	const char *payload;
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
	switch (field->kind) {
	case CORBEL_KIND_I32:
		snprintf(number, sizeof(number), "%" PRId32, value.i32);
		break;
	case CORBEL_KIND_U32:
		snprintf(number, sizeof(number), "%" PRIu32, value.u32);
		break;
	case CORBEL_KIND_I64:
		snprintf(number, sizeof(number), "%" PRId64, value.i64);
		break;
	case CORBEL_KIND_U64:
		snprintf(number, sizeof(number), "%" PRIu64, value.u64);
		break;
	case CORBEL_KIND_ENUM:
		put_enum(text, field, value.i32);
		return;
	default:
		put_double(text, value.f64);
		return;
	}
	put_text(text, number);
}

static void put_fields(struct text *text, const struct corbel_field *fields, size_t count,
		       const char *base, size_t size);

static void put_item(struct text *text, const struct corbel_field *field, const char *at)
{
	const struct corbel_struct *type;
	struct corbel_flat flat;

	switch (field->kind) {
	case CORBEL_KIND_BOOL:
		put_text(text, *at ? "true" : "false");
		break;
	case CORBEL_KIND_STRING:
		memcpy(&flat, at, sizeof(flat));
		if (flat.offset)
			put_quoted(text, text->payload + flat.offset, flat.count);
		else
			put_text(text, "null");
		break;
	case CORBEL_KIND_BYTES:
		memcpy(&flat, at, sizeof(flat));
		put_base64(text, (const unsigned char *)text->payload + flat.offset, flat.count);
		break;
	case CORBEL_KIND_STRUCT:
		type = &text->interface->structs[field->index];
		put_fields(text, type->fields, type->field_count, at, type->flat_size);
		break;
	default:
		put_number(text, field, at);
	}
}

static void put_array(struct text *text, const struct corbel_field *field, const char *at)
{
	uint32_t width = item_flat_width(text->interface, field);
	struct corbel_flat flat;

	memcpy(&flat, at, sizeof(flat));
	put_text(text, "[");
	for (uint32_t i = 0; i < flat.count; i++) {
		if (i > 0)
			put_text(text, ",");
		put_item(text, field, text->payload + flat.offset + (size_t)i * width);
	}
	put_text(text, "]");
}

static void put_fields(struct text *text, const struct corbel_field *fields, size_t count,
		       const char *base, size_t size)
{
	bool first = true;

	put_text(text, "{");
	for (size_t i = 0; i < count; i++) {
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
	struct text out = { .at = text,
			    .size = size,
			    .interface = delivery->interface,
			    .payload = delivery->payload };
	uint32_t fixed;

	if (event_check(delivery->interface, event, delivery->payload, delivery->size) < 0)
		return -EBADMSG;
	memcpy(&fixed, delivery->payload, sizeof(fixed));
	put_fields(&out, event->fields, event->field_count, delivery->payload, fixed);
	if (size > 0)
		text[out.length < size ? out.length : size - 1] = '\0';
	return out.length > INT32_MAX ? -EOVERFLOW : (int)out.length;
}
