/* SPDX-License-Identifier: MIT */
/* A text that grows, and words quoted for it. */
#include "text.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void text_fini(struct text *text)
{
	free(text->bytes);
	*text = (struct text){ 0 };
}

/* Room for `more` bytes and a NUL. */
static bool reserve(struct text *text, size_t more)
{
	size_t capacity = text->capacity ? text->capacity : 512;
	char *bytes;

	while (capacity < text->length + more + 1)
		capacity *= 2;
	if (capacity == text->capacity)
		return true;
	bytes = realloc(text->bytes, capacity);
	if (!bytes) {
		text->failed = true;
		return false;
	}
	text->bytes = bytes;
	text->capacity = capacity;
	return true;
}

static void add(struct text *text, const char *bytes, size_t count)
{
	if (!reserve(text, count))
		return;
	memcpy(text->bytes + text->length, bytes, count);
	text->length += count;
	text->bytes[text->length] = '\0';
}

void text_add(struct text *text, const char *words)
{
	add(text, words, strlen(words));
}

void text_printf(struct text *text, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (length < 0 || !reserve(text, (size_t)length)) {
		text->failed = true;
		return;
	}
	va_start(arguments, format);
	vsnprintf(text->bytes + text->length, (size_t)length + 1, format, arguments);
	va_end(arguments);
	text->length += (size_t)length;
}

/* Bytes of the character at `at`; 0: it is none of UTF-8, or a control character. */
static size_t character(const unsigned char *at)
{
	/* The second byte of some is bounded further: no overlong forms, no surrogates. */
	unsigned char low = 0x80, high = 0xbf;
	size_t size;

	if (*at < 0x80)
		return *at >= 0x20 && *at != 0x7f;
	if (*at < 0xc2 || *at > 0xf4)
		return 0;
	size = *at < 0xe0 ? 2 : *at < 0xf0 ? 3 : 4;
	if (*at == 0xe0)
		low = 0xa0;
	else if (*at == 0xed)
		high = 0x9f;
	else if (*at == 0xf0)
		low = 0x90;
	else if (*at == 0xf4)
		high = 0x8f;
	if (at[1] < low || at[1] > high)
		return 0;
	for (size_t i = 2; i < size; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	return size;
}

void text_quote(struct text *text, const char *words)
{
	const char *at = words ? words : "";

	add(text, "\"", 1);
	while (*at) {
		size_t size = character((const unsigned char *)at);

		if (*at == '\n')
			add(text, "\\n", 2);
		else if (size == 0)
			text_add(text, "\xef\xbf\xbd");
		else if (*at == '"' || *at == '\\')
			text_printf(text, "\\%c", *at);
		else
			add(text, at, size);
		at += size ? size : 1;
	}
	add(text, "\"", 1);
}

void text_number(struct text *text, double number)
{
	if (isfinite(number))
		text_printf(text, "%.15g", number);
	else
		text_add(text, "null");
}

void text_seconds(struct text *text, int64_t time)
{
	text_printf(text, "%" PRId64 ".%03" PRId64, time / 1000000000, time % 1000000000 / 1000000);
}
