/* SPDX-License-Identifier: MIT */
/*
 * Whether a payload is what its event's description says, before anything follows an offset in it.
 * /
 */
#include <errno.h>
#include <string.h>

#include "describe.h"

/*
 * What is left of `budget` bounds the work: each item of an array, and each byte of a string, is
 * paid for out of the payload's own size, so that overlapping arrays cannot multiply it.
 */
struct check {
	const struct corbel_interface *interface;
	const char *payload;
	size_t size;
	size_t budget;
};

static int pay(struct check *check, uint64_t bytes)
{
	if (bytes > check->budget)
		return -EBADMSG;
	check->budget -= (size_t)bytes;
	return 0;
}

/* What a flat reference points to lies within the payload, `after` more bytes included. */
static int check_range(struct check *check, const char *at, uint64_t width, uint64_t after,
		       uint32_t alignment, struct corbel_flat *flat)
{
	memcpy(flat, at, sizeof(*flat));
	if (flat->offset == 0)
		return flat->count == 0 ? 0 : -EBADMSG;
	if (flat->offset % alignment != 0 ||
	    flat->offset + flat->count * width + after > check->size)
		return -EBADMSG;
	return pay(check, flat->count * width);
}

static int check_string(struct check *check, const char *at)
{
	struct corbel_flat flat;
	int rc = check_range(check, at, 1, 1, 1, &flat);

	if (rc < 0 || flat.offset == 0)
		return rc;
	/*
	 * A NUL within would make the string end earlier for its reader than for its checker:
	 * harmless, but damage.
	 */
	return memchr(check->payload + flat.offset, 0, flat.count + (size_t)1) ==
			       check->payload + flat.offset + flat.count
		       ? 0
		       : -EBADMSG;
}

static int check_fields(struct check *check, const struct corbel_field *fields, size_t count,
			const char *base, size_t size);

static int check_item(struct check *check, const struct corbel_field *field, const char *at)
{
	const struct corbel_struct *type;
	struct corbel_flat flat;

	switch (field->kind) {
	case CORBEL_KIND_BOOL:
		return (unsigned char)*at <= 1 ? 0 : -EBADMSG;
	case CORBEL_KIND_STRING:
		return check_string(check, at);
	case CORBEL_KIND_BYTES:
		return check_range(check, at, 1, 0, 1, &flat);
	case CORBEL_KIND_STRUCT:
		type = &check->interface->structs[field->index];
		return check_fields(check, type->fields, type->field_count, at, type->flat_size);
	case CORBEL_KIND_REF:
		return -EBADMSG;
	default:
		return 0;
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

static int check_array(struct check *check, const struct corbel_field *field, const char *at)
{
	uint32_t width = item_flat_width(check->interface, field);
	struct corbel_flat flat;
	int rc = check_range(check, at, width, 0, alignment_of(field, width), &flat);

	for (uint32_t i = 0; rc == 0 && i < flat.count; i++)
		rc = check_item(check, field, check->payload + flat.offset + (size_t)i * width);
	return rc;
}

/* Fields beyond `size` are later than the publisher: not there, and no damage. */
static int check_fields(struct check *check, const struct corbel_field *fields, size_t count,
			const char *base, size_t size)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < count; i++) {
		const struct corbel_field *field = &fields[i];
		uint64_t end =
			(uint64_t)field->flat_offset + field_flat_width(check->interface, field);

		if (end > size)
			continue;
		if (field->array)
			rc = check_array(check, field, base + field->flat_offset);
		else
			rc = check_item(check, field, base + field->flat_offset);
	}
	return rc;
}

int event_check(const struct corbel_interface *interface, const struct corbel_event *event,
		const void *payload, size_t size)
{
	struct check check = { interface, payload, size, size };
	uint32_t fixed;

	if (!payload || size < sizeof(fixed) || size > UINT32_MAX)
		return -EBADMSG;
	memcpy(&fixed, payload, sizeof(fixed));
	if (fixed < sizeof(fixed) || fixed > size)
		return -EBADMSG;
	return check_fields(&check, event->fields, event->field_count, payload, fixed);
}
