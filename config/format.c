/* SPDX-License-Identifier: MIT */
/* Typed values as text, the way a person would write them into a file. */
#include "value.h"

#include <inttypes.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *format_float(double number)
{
	char *text = NULL;
	/* printf() would write a comma where the process has set such a locale. */
	locale_t plain = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);

	if (!plain)
		return NULL;
	locale_t before = uselocale(plain);
	if (asprintf(&text, "%.15g", number) < 0)
		text = NULL;
	/* 15 digits read well, 17 always come back as the same number. */
	if (text && strtod(text, NULL) != number) {
		free(text);
		if (asprintf(&text, "%.17g", number) < 0)
			text = NULL;
	}
	uselocale(before);
	freelocale(plain);
	return text;
}

static char *format_unit(uint64_t number, const char *const *names, const uint64_t *factors)
{
	char *text;
	size_t i = 0;

	while (factors[i] > 1 && (number == 0 || number % factors[i]))
		i++;
	return asprintf(&text, "%" PRIu64 "%s", number / factors[i], names[i]) < 0 ? NULL : text;
}

static char *format_duration(int64_t nanoseconds)
{
	static const char *const names[] = { "d", "h", "m", "s", "ms", "us", "ns" };
	static const uint64_t factors[] = {
		86400000000000, 3600000000000, 60000000000, 1000000000, 1000000, 1000, 1
	};

	return nanoseconds == 0 ? strdup("0s") : format_unit((uint64_t)nanoseconds, names, factors);
}

static char *format_size(uint64_t bytes)
{
	static const char *const names[] = { "T", "G", "M", "K", "" };
	static const uint64_t factors[] = { UINT64_C(1) << 40, UINT64_C(1) << 30, UINT64_C(1) << 20,
					    UINT64_C(1) << 10, 1 };

	return format_unit(bytes, names, factors);
}

static char *format_list(const struct config_value *value)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	for (size_t i = 0; i < value->list.count; i++)
		fprintf(out, "%s%s", i ? ", " : "", value->list.items[i]);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

char *value_format(const struct config_value *value)
{
	char *text;

	switch (value->type) {
	case VALUE_BOOL:
		return strdup(value->boolean ? "yes" : "no");
	case VALUE_INT:
		return asprintf(&text, "%" PRId64, value->integer) < 0 ? NULL : text;
	case VALUE_FLOAT:
		return format_float(value->real);
	case VALUE_DURATION:
		return format_duration(value->duration);
	case VALUE_SIZE:
		return format_size(value->size);
	case VALUE_LIST:
		return format_list(value);
	default:
		return strdup(value->string);
	}
}

static bool needs_quotes(const char *text)
{
	size_t length = strlen(text);

	if (length == 0)
		return false;
	return strpbrk(text, "\"\\\n\t#;") || text[0] == ' ' || text[length - 1] == ' ';
}

char *value_quote(const char *text)
{
	if (!needs_quotes(text))
		return strdup(text);
	char *quoted = malloc(strlen(text) * 2 + 3), *to = quoted;
	if (!quoted)
		return NULL;
	*to++ = '"';
	for (; *text; text++) {
		const char *escaped = strchr("\n\t\"\\", *text);
		if (escaped)
			*to++ = '\\';
		*to++ = *text == '\n' ? 'n' : *text == '\t' ? 't' : *text;
	}
	*to++ = '"';
	*to = '\0';
	return quoted;
}
