/* SPDX-License-Identifier: MIT */
/* Reading numbers and words out of the kernel's texts. */
#include "scan.h"

#include <stdbool.h>
#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_end(char c)
{
	return c == '\0' || c == '\n' || is_blank(c);
}

static const char *skip_blanks(const char *at)
{
	while (at && is_blank(*at))
		at++;
	return at;
}

const char *scan_word(const char *at, char *word, size_t size)
{
	size_t length = 0;

	at = skip_blanks(at);
	if (!at)
		return NULL;
	while (!is_end(at[length]))
		length++;
	if (length == 0 || length >= size)
		return NULL;
	memcpy(word, at, length);
	word[length] = '\0';
	return at + length;
}

/* The digits at `at` without a look at what follows them. */
static const char *take_digits(const char *at, uint64_t *value)
{
	uint64_t number = 0;

	if (!is_digit(*at))
		return NULL;
	for (; is_digit(*at); at++) {
		if (__builtin_mul_overflow(number, UINT64_C(10), &number) ||
		    __builtin_add_overflow(number, (uint64_t)(*at - '0'), &number))
			return NULL;
	}
	*value = number;
	return at;
}

const char *scan_unsigned(const char *at, uint64_t *value)
{
	uint64_t number;

	at = skip_blanks(at);
	at = at ? take_digits(at, &number) : NULL;
	if (!at || !is_end(*at))
		return NULL;
	*value = number;
	return at;
}

const char *scan_signed(const char *at, int64_t *value)
{
	uint64_t number;

	at = skip_blanks(at);
	if (!at)
		return NULL;

	bool negative = *at == '-';

	at = scan_unsigned(at + negative, &number);
	if (!at || number > INT64_MAX)
		return NULL;
	*value = negative ? -(int64_t)number : (int64_t)number;
	return at;
}

const char *scan_decimal(const char *at, double *value)
{
	uint64_t whole, part = 0;
	double scale = 1.0;

	at = skip_blanks(at);
	at = at ? take_digits(at, &whole) : NULL;
	if (at && *at == '.') {
		const char *point = at;

		at = take_digits(at + 1, &part);
		for (const char *digit = point + 1; at && digit < at; digit++)
			scale *= 10.0;
	}
	if (!at || !is_end(*at))
		return NULL;
	/* One division of two whole numbers gives the nearest double, as strtod() would. */
	*value = ((double)whole * scale + (double)part) / scale;
	return at;
}

size_t scan_row(const char *at, uint64_t *values, size_t count)
{
	size_t found = 0;

	while (found < count && (at = scan_unsigned(at, &values[found])))
		found++;
	return found;
}

const char *scan_line(const char *at)
{
	at = strchr(at, '\n');
	return at && at[1] != '\0' ? at + 1 : NULL;
}

const char *scan_prefix(const char *at, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncmp(at, prefix, length) == 0 ? at + length : NULL;
}
