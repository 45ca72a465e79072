/* SPDX-License-Identifier: MIT */
/* Typed values: what the text of a configuration entry means. */
#include "value.h"

#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of a wrong value that an error repeats. */
#define SHOWN_MAX 60

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit duration_units[] = {
	{ "d", 86400000000000 }, { "h", 3600000000000 }, { "m", 60000000000 }, { "s", 1000000000 },
	{ "ms", 1000000 },       { "us", 1000 },         { "ns", 1 },          { NULL, 0 },
};

static const struct unit size_units[] = {
	{ "T", UINT64_C(1) << 40 },
	{ "G", UINT64_C(1) << 30 },
	{ "M", UINT64_C(1) << 20 },
	{ "K", UINT64_C(1) << 10 },
	{ "", 1 },
	{ NULL, 0 },
};

static const struct {
	const char *word;
	bool value;
} bool_words[] = {
	{ "yes", true }, { "true", true },   { "on", true },   { "1", true },
	{ "no", false }, { "false", false }, { "off", false }, { "0", false },
};

static const char *const type_names[] = {
	[VALUE_BOOL] = "bool",     [VALUE_INT] = "int",           [VALUE_FLOAT] = "float",
	[VALUE_STRING] = "string", [VALUE_DURATION] = "duration", [VALUE_SIZE] = "size",
	[VALUE_PATH] = "path",     [VALUE_CHOICE] = "choice",     [VALUE_LIST] = "list",
};

#define TYPE_COUNT (sizeof(type_names) / sizeof(type_names[0]))

const char *value_type_name(enum value_type type)
{
	return (size_t)type < TYPE_COUNT ? type_names[type] : "unknown";
}

int value_type_parse(const char *word, enum value_type *type)
{
	for (size_t i = 0; i < TYPE_COUNT; i++) {
		if (strcmp(word, type_names[i]) == 0) {
			*type = (enum value_type)i;
			return 0;
		}
	}
	return -EINVAL;
}

/* How much of text an error shows: not all of a megabyte, and no half character. */
static int shown(const char *text)
{
	size_t length = strnlen(text, SHOWN_MAX);

	if (text[length])
		while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80)
			length--;
	return (int)length;
}

static int refuse(const char *expected, const char *text, struct corbel_error *error)
{
	int length = shown(text);

	return error_set(error, -EINVAL, "expected %s, found \"%.*s%s\"", expected, length, text,
			 text[length] ? "..." : "");
}

static int parse_bool(const char *text, struct config_value *value, struct corbel_error *error)
{
	for (size_t i = 0; i < sizeof(bool_words) / sizeof(bool_words[0]); i++) {
		if (strcmp(text, bool_words[i].word) == 0) {
			value->boolean = bool_words[i].value;
			return 0;
		}
	}
	return refuse("yes or no", text, error);
}

static int parse_int(const char *text, struct config_value *value, struct corbel_error *error)
{
	const char *digits = text + (*text == '-' || *text == '+');
	bool hexadecimal = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
	const char *first = digits + (hexadecimal ? 2 : 0);
	const char *allowed = hexadecimal ? "0123456789abcdefABCDEF" : "0123456789";

	if (!*first || first[strspn(first, allowed)])
		return refuse("a whole number", text, error);
	errno = 0;
	long long number = strtoll(text, NULL, hexadecimal ? 16 : 10);
	if (errno == ERANGE)
		return refuse("a whole number of 64 bits", text, error);
	value->integer = number;
	return 0;
}

static int parse_float(const char *text, struct config_value *value, struct corbel_error *error)
{
	char *end;

	/* Keeps out what strtod() also knows: inf, nan, hexadecimal, space. */
	if (!*text || text[strspn(text, "0123456789+-.eE")])
		return refuse("a number as in 0.25", text, error);
	/* strtod() would want a comma where the process has set such a locale. */
	locale_t plain = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
	if (!plain)
		return error_set(error, -ENOMEM, "out of memory");
	double number = strtod_l(text, &end, plain);
	freelocale(plain);
	if (*end || end == text || !isfinite(number))
		return refuse("a number as in 0.25", text, error);
	value->real = number;
	return 0;
}

static const struct unit *find_unit(const struct unit *units, const char *name)
{
	for (; units->name; units++)
		if (strcmp(units->name, name) == 0)
			return units;
	return NULL;
}

/* digits[.digits] times factor; false if it does not fit below limit. */
static bool scale(const char *number, uint64_t factor, uint64_t limit, uint64_t *result)
{
	unsigned __int128 whole = 0, part = 0, place = 1;

	for (; *number >= '0' && *number <= '9'; number++) {
		whole = whole * 10 + (unsigned int)(*number - '0');
		if (whole > limit)
			return false;
	}
	if (*number == '.')
		for (number++; *number >= '0' && *number <= '9' && place < 1000000000000000;
		     number++) {
			part = part * 10 + (unsigned int)(*number - '0');
			place *= 10;
		}
	whole = whole * factor + part * factor / place;
	*result = (uint64_t)whole;
	return whole <= limit;
}

/* Finds where the number ends; false if there is none. */
static bool split_number(const char *text, const char **unit)
{
	size_t whole = strspn(text, "0123456789"), part = 0;

	if (whole == 0)
		return false;
	*unit = text + whole;
	if (text[whole] != '.')
		return true;
	part = strspn(text + whole + 1, "0123456789");
	*unit = text + whole + 1 + part;
	return part > 0;
}

static int parse_duration(const char *text, struct config_value *value, struct corbel_error *error)
{
	const char *name;
	uint64_t result;

	if (!split_number(text, &name))
		return refuse("a duration as in 250ms, 1s, 5m, 2h or 1d", text, error);
	const struct unit *unit = find_unit(duration_units, name);
	if (!*name && strspn(text, "0.") == strlen(text))
		unit = find_unit(duration_units, "s");
	if (!*name && !unit)
		return error_set(error, -EINVAL,
				 "a duration needs a unit: write %.*ss for seconds or "
				 "%.*sms for milliseconds (units: ns, us, ms, s, m, h, d)",
				 shown(text), text, shown(text), text);
	if (!unit)
		return refuse("a duration with one of the units ns, us, ms, s, m, h, d", text,
			      error);
	if (!scale(text, unit->factor, INT64_MAX, &result))
		return refuse("a duration below 292 years", text, error);
	value->duration = (int64_t)result;
	return 0;
}

static int parse_size(const char *text, struct config_value *value, struct corbel_error *error)
{
	const char *name;
	uint64_t result;

	if (!split_number(text, &name))
		return refuse("a size as in 512, 64K, 1M or 1G", text, error);
	const struct unit *unit = find_unit(size_units, name);
	if (!unit)
		return refuse("a size in bytes or with one of the units K, M, G, T", text, error);
	if (!*name && strchr(text, '.'))
		return refuse("a whole number of bytes", text, error);
	if (!scale(text, unit->factor, UINT64_MAX, &result))
		return refuse("a size of 64 bits", text, error);
	value->size = result;
	return 0;
}

static int parse_string(const char *text, struct config_value *value, struct corbel_error *error)
{
	value->string = strdup(text);
	return value->string ? 0 : error_set(error, -ENOMEM, "out of memory");
}

static void free_list(struct config_value *value)
{
	for (size_t i = 0; i < value->list.count; i++)
		free(value->list.items[i]);
	free(value->list.items);
}

/* Adds the word between from and to without the spaces around it. */
static int add_word(struct config_value *value, const char *from, const char *to)
{
	while (from < to && (*from == ' ' || *from == '\t'))
		from++;
	while (to > from && (to[-1] == ' ' || to[-1] == '\t'))
		to--;
	if (from == to)
		return -EINVAL;
	char *word = strndup(from, (size_t)(to - from));
	if (!word)
		return -ENOMEM;
	value->list.items[value->list.count++] = word;
	return 0;
}

static int parse_list(const char *text, struct config_value *value, struct corbel_error *error)
{
	size_t commas = 0;

	value->list.items = NULL;
	value->list.count = 0;
	if (!text[strspn(text, " \t")])
		return 0;
	for (const char *at = text; (at = strchr(at, ',')); at++)
		commas++;
	value->list.items = calloc(commas + 2, sizeof(char *));
	int code = value->list.items ? 0 : -ENOMEM;
	for (const char *at = text; code == 0;) {
		const char *end = strchrnul(at, ',');
		code = add_word(value, at, end);
		if (!*end)
			break;
		at = end + 1;
	}
	if (code == 0)
		return 0;
	free_list(value);
	if (code == -EINVAL)
		return refuse("words between commas, none of them empty", text, error);
	return error_set(error, code, "out of memory");
}

int value_parse(enum value_type type, const char *text, struct config_value *value,
		struct corbel_error *error)
{
	static int (*const parsers[])(const char *, struct config_value *,
				      struct corbel_error *) = {
		[VALUE_BOOL] = parse_bool,         [VALUE_INT] = parse_int,
		[VALUE_FLOAT] = parse_float,       [VALUE_STRING] = parse_string,
		[VALUE_DURATION] = parse_duration, [VALUE_SIZE] = parse_size,
		[VALUE_PATH] = parse_string,       [VALUE_CHOICE] = parse_string,
		[VALUE_LIST] = parse_list,
	};
	struct config_value parsed = { .type = type };

	if ((size_t)type >= TYPE_COUNT)
		return error_set(error, -EINVAL, "unknown type of value %d", (int)type);
	if (type == VALUE_PATH && !*text)
		return refuse("a path", text, error);
	int code = parsers[type](text, &parsed, error);
	if (code == 0)
		*value = parsed;
	return code;
}

static bool is_text(enum value_type type)
{
	return type == VALUE_STRING || type == VALUE_PATH || type == VALUE_CHOICE;
}

void value_fini(struct config_value *value)
{
	if (!value)
		return;
	if (is_text(value->type))
		free(value->string);
	if (value->type == VALUE_LIST)
		free_list(value);
	*value = (struct config_value){ 0 };
}

static int copy_list(const struct config_value *from, struct config_value *to)
{
	struct config_value copy = { .type = VALUE_LIST };

	copy.list.items = calloc(from->list.count + 1, sizeof(char *));
	for (size_t i = 0; copy.list.items && i < from->list.count; i++) {
		copy.list.items[i] = strdup(from->list.items[i]);
		if (!copy.list.items[i])
			break;
		copy.list.count++;
	}
	if (copy.list.items && copy.list.count == from->list.count) {
		*to = copy;
		return 0;
	}
	value_fini(&copy);
	return -ENOMEM;
}

int value_copy(const struct config_value *from, struct config_value *to)
{
	if (from->type == VALUE_LIST)
		return copy_list(from, to);
	if (!is_text(from->type)) {
		*to = *from;
		return 0;
	}
	char *string = strdup(from->string);
	if (!string)
		return -ENOMEM;
	*to = *from;
	to->string = string;
	return 0;
}

static bool lists_equal(const struct config_value *a, const struct config_value *b)
{
	if (a->list.count != b->list.count)
		return false;
	for (size_t i = 0; i < a->list.count; i++)
		if (strcmp(a->list.items[i], b->list.items[i]) != 0)
			return false;
	return true;
}

bool value_equals(const struct config_value *a, const struct config_value *b)
{
	if (a->type != b->type)
		return false;
	if (a->type == VALUE_BOOL)
		return a->boolean == b->boolean;
	if (a->type == VALUE_LIST)
		return lists_equal(a, b);
	if (is_text(a->type))
		return strcmp(a->string, b->string) == 0;
	return value_compare(a, b) == 0;
}

int value_compare(const struct config_value *a, const struct config_value *b)
{
	switch (a->type) {
	case VALUE_INT:
		return (a->integer > b->integer) - (a->integer < b->integer);
	case VALUE_FLOAT:
		return (a->real > b->real) - (a->real < b->real);
	case VALUE_DURATION:
		return (a->duration > b->duration) - (a->duration < b->duration);
	case VALUE_SIZE:
		return (a->size > b->size) - (a->size < b->size);
	default:
		return 0;
	}
}
