/* SPDX-License-Identifier: MIT */
/* Cutting a stream of bytes into messages that each end with a NUL. */
#include "framing.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 4096u

static void compact(struct framing *framing)
{
	if (framing->start == 0)
		return;
	memmove(framing->bytes, framing->bytes + framing->start, framing->size - framing->start);
	framing->size -= framing->start;
	framing->scanned -= framing->start;
	framing->start = 0;
}

static int grow(struct framing *framing, size_t needed)
{
	size_t capacity = framing->capacity ? framing->capacity : FIRST_CAPACITY;

	while (capacity < needed)
		capacity *= 2;
	if (capacity == framing->capacity)
		return 0;
	char *bytes = realloc(framing->bytes, capacity);

	if (!bytes)
		return -ENOMEM;
	framing->bytes = bytes;
	framing->capacity = capacity;
	return 0;
}

/* The message that is not yet whole may have grown too long. */
static bool is_too_long(const struct framing *framing)
{
	const char *last = framing->size ? memrchr(framing->bytes, '\0', framing->size) : NULL;
	size_t tail = last ? framing->size - (size_t)(last - framing->bytes) - 1 : framing->size;

	return tail > FRAMING_MESSAGE_MAX;
}

int framing_add(struct framing *framing, const void *bytes, size_t size)
{
	if (size == 0)
		return 0;
	compact(framing);
	if (size > SIZE_MAX / 4 - framing->size)
		return -ENOMEM;
	int code = grow(framing, framing->size + size);

	if (code < 0)
		return code;
	memcpy(framing->bytes + framing->size, bytes, size);
	framing->size += size;
	return is_too_long(framing) ? -EMSGSIZE : 0;
}

const char *framing_next(struct framing *framing, size_t *size)
{
	if (framing->scanned == framing->size)
		return NULL;
	char *from = framing->bytes + framing->scanned;
	char *end = memchr(from, '\0', framing->size - framing->scanned);

	if (!end) {
		framing->scanned = framing->size;
		return NULL;
	}
	const char *message = framing->bytes + framing->start;
	*size = (size_t)(end - message);
	framing->start += *size + 1;
	framing->scanned = framing->start;
	return message;
}

bool framing_is_empty(const struct framing *framing)
{
	return framing->start == framing->size;
}

void framing_fini(struct framing *framing)
{
	free(framing->bytes);
	*framing = (struct framing){ 0 };
}
