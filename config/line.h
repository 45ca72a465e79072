/* SPDX-License-Identifier: MIT */
/* One line of INI text: what it is, its parts, and what is wrong with it. */
#ifndef CORBEL_CONFIG_LINE_H
#define CORBEL_CONFIG_LINE_H

#include <stddef.h>

#include "error.h"

enum line_kind { LINE_BLANK = 0, LINE_SECTION = 1, LINE_ENTRY = 2 };

struct line {
	enum line_kind kind;
	char *word;          /* the kind of a section, or a key */
	char *rest;          /* the name of a section or NULL, or a value */
	unsigned int column; /* of the key or the '['; of the fault if the line is refused */
	unsigned int value_column;
};

/* Longest key, kind or name, in bytes. */
#define INI_WORD_MAX 255

/* Reads a line of length bytes, without its line end. On -EINVAL line has only the column. */
int line_parse(const char *text, size_t length, struct line *line, struct corbel_error *error);
/* The value of `key=value` from the command line: all of text, unless it is quoted. */
int line_parse_value(const char *text, size_t length, struct line *line,
		     struct corbel_error *error);
/* Judges the bytes alone: UTF-8, no NUL, no control character but tab. */
int line_check_bytes(const char *text, size_t length, unsigned int *column,
		     struct corbel_error *error);
void line_fini(struct line *line);

#endif
