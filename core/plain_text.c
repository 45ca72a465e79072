/* SPDX-License-Identifier: MIT */
/* Text without locale, locks or memory. */
#include "plain_text.h"

static const char digits[] = "0123456789abcdef";

static void put(struct plain_text *to, char character)
{
	if (to->length + 1 < to->size) {
		to->text[to->length] = character;
		to->text[to->length + 1] = '\0';
	}
	to->length++;
}

void plain_put(struct plain_text *to, const char *text)
{
	if (to->length == 0 && to->size > 0)
		to->text[0] = '\0';
	while (*text)
		put(to, *text++);
}

static void put_number(struct plain_text *to, uint64_t number, unsigned base, int width)
{
	char text[24], *at = text + sizeof(text) - 1;

	*at = '\0';
	do {
		*--at = digits[number % base];
		number /= base;
		width--;
	} while ((number != 0 || width > 0) && at > text);
	plain_put(to, at);
}

void plain_put_decimal(struct plain_text *to, int64_t number)
{
	if (number < 0)
		put(to, '-');
	put_number(to, number < 0 ? -(uint64_t)number : (uint64_t)number, 10, 1);
}

void plain_put_hex(struct plain_text *to, uint64_t number, int width)
{
	plain_put(to, "0x");
	put_number(to, number, 16, width);
}

void plain_put_bytes(struct plain_text *to, const unsigned char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		put_number(to, bytes[i], 16, 2);
}
