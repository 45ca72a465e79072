/* SPDX-License-Identifier: MIT */
/* Printing C text about an interface: templates, comments, strings, types. */
#ifndef SCANNER_EMIT_H
#define SCANNER_EMIT_H

#include <stdio.h>

#include "interface.h"

struct writing {
	FILE *to;
	struct interface *interface;
};

/*
 * Prints `text` with @p replaced by the prefix (corbel_sensors), @u by it in upper case, @i by the
 * interface's name, @n by `name`.
 */
void emit(const struct writing *writing, const char *name, const char *text);

/* As fprintf(3). */
void emit_format(const struct writing *writing, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The text as it may stand in a comment. */
void emit_comment_text(const struct writing *writing, const char *text);

/* A comment on a line of its own: "summary; since 1.2". Nothing when there is nothing to say. */
void emit_summary(const struct writing *writing, const char *indent, const char *summary,
		  unsigned int since);

/* The text as a C string literal, NULL when it is empty. */
void emit_string(FILE *to, const char *text);

/* The C type of one value as a member, with a space at the end unless it ends in `*`. */
char *emit_type(const struct writing *writing, const struct type *type);

/*
 * A parameter as it stands in a function's declaration, "const char *name"; of an array two, with
 * `between` between them.
 */
void emit_parameter(const struct writing *writing, const struct field *field, bool out,
		    const char *between);

/* ", name" of each parameter with its count, in before out; `before` is put before each name. */
void emit_arguments(const struct writing *writing, const struct method *method, const char *before);

/* ", const char *name, double *value": all parameters of a method. */
void emit_parameters(const struct writing *writing, const struct method *method);

#endif
