/* SPDX-License-Identifier: MIT */
/* Typed values: what the text of a configuration entry means. */
#ifndef CORBEL_CONFIG_VALUE_H
#define CORBEL_CONFIG_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

enum value_type {
	VALUE_BOOL = 0,  /* true, false, yes, no, on, off, 1, 0 */
	VALUE_INT = 1,   /* decimal, or hexadecimal after 0x */
	VALUE_FLOAT = 2, /* finite, always with a point whatever the locale */
	VALUE_STRING = 3,
	VALUE_DURATION = 4, /* 100us 250ms 1s 1.5m 2h 1d; 0 needs no unit, all others do */
	VALUE_SIZE = 5,     /* bytes: 512, 64K, 1M, 1G, 1T; multiples of 1024 */
	VALUE_PATH = 6,     /* not empty; as written */
	VALUE_CHOICE = 7,   /* one of the words of the schema */
	VALUE_LIST = 8,     /* words between commas; empty text is the empty list */
};

struct config_value {
	enum value_type type;
	union {
		bool boolean;
		int64_t integer;
		double real;
		char *string;     /* VALUE_STRING, VALUE_PATH, VALUE_CHOICE; never NULL */
		int64_t duration; /* nanoseconds, not negative */
		uint64_t size;    /* bytes */
		struct {
			char **items;
			size_t count;
		} list;
	};
};

/* "duration" and so on; value_type_parse() gives -EINVAL for an unknown word. */
const char *value_type_name(enum value_type type);
int value_type_parse(const char *word, enum value_type *type);

/* Reads text as type. The error says what was found and what is expected, without a place. */
int value_parse(enum value_type type, const char *text, struct config_value *value,
		struct corbel_error *error);
int value_copy(const struct config_value *from, struct config_value *to);
bool value_equals(const struct config_value *a, const struct config_value *b);
/*
 * Negative, 0 or positive for two values of one type that has an order (int, float, duration,
 * size).
 */
int value_compare(const struct config_value *a, const struct config_value *b);
/*
 * Writes the value as it would be written in a file, unquoted; returns a string to free, or NULL. /
 */
char *value_format(const struct config_value *value);
void value_fini(struct config_value *value);

/*
 * text as the right side of an entry: quoted and escaped when it must be; to free; NULL: no memory.
 * /
 */
char *value_quote(const char *text);

#endif
