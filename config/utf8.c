/* SPDX-License-Identifier: MIT */
/* Characters of UTF-8 text, for those who must not trust it. */
#include "utf8.h"

static size_t size_by_lead(unsigned char lead)
{
	if (lead < 0x80)
		return 1;
	if (lead < 0xC2)
		return 0;
	if (lead < 0xE0)
		return 2;
	if (lead < 0xF0)
		return 3;
	return lead < 0xF5 ? 4 : 0;
}

size_t utf8_size(const char *text, size_t left)
{
	static const unsigned int least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t size = size_by_lead((unsigned char)text[0]);

	if (size > left)
		return 0;
	if (size <= 1)
		return size;
	unsigned int code = (unsigned char)text[0] & (0x7Fu >> size);
	for (size_t i = 1; i < size; i++) {
		if (((unsigned char)text[i] & 0xC0) != 0x80)
			return 0;
		code = code << 6 | ((unsigned char)text[i] & 0x3Fu);
	}
	bool surrogate = code >= 0xD800 && code <= 0xDFFF;
	return code < least[size] || code > 0x10FFFF || surrogate ? 0 : size;
}

bool utf8_is_control(const char *text, size_t size)
{
	unsigned char first = (unsigned char)text[0];

	if (size == 1)
		return first < 0x20 || first == 0x7F;
	return size == 2 && first == 0xC2 && (unsigned char)text[1] < 0xA0;
}
