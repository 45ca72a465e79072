/* SPDX-License-Identifier: MIT */
/* Numbers as text, with a point whatever the locale of the process is. */
#include "number.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool number_read(const char *text, double *number, const char **end)
{
	/* Keeps out what strtod() also knows: inf, nan, hexadecimal, space. */
	size_t length = strspn(text, "0123456789+-.eE");
	char digits[64], *stop;

	if (length == 0 || length >= sizeof(digits))
		return false;
	memcpy(digits, text, length);
	digits[length] = '\0';

	locale_t plain = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);

	if (!plain)
		return false;

	double found = strtod_l(digits, &stop, plain);

	freelocale(plain);
	if (stop == digits || !isfinite(found))
		return false;
	*number = found;
	*end = text + (stop - digits);
	return true;
}

void number_write(double number, char text[NUMBER_TEXT_MAX])
{
	double again;
	const char *end;

	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, NUMBER_TEXT_MAX, "%.*g", digits, number);

		char *comma = strchr(text, ',');

		if (comma)
			*comma = '.';
		if (number_read(text, &again, &end) && again == number)
			return;
	}
}
