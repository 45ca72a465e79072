/* SPDX-License-Identifier: MIT */
/* Places in texts that were read, and complaints that show them. */
#ifndef CORBEL_CONFIG_ORIGIN_H
#define CORBEL_CONFIG_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"

/* A text that was read, kept so that diagnostics can show its lines. */
struct ini_source {
	char *name;
	char *text; /* size bytes and a NUL */
	size_t size;
	size_t *starts; /* offset of each line */
	size_t line_count;
};

/* A place. Lines and columns count from 1, columns in bytes. Valid as long as the document. */
struct ini_origin {
	const char *file; /* as it is printed; "command line" for an override */
	unsigned int line;
	unsigned int column;             /* of the key, or of the '[' of a section */
	unsigned int value_column;       /* of the value's first byte (its quote, if quoted) */
	const struct ini_source *source; /* NULL: no line can be shown */
};

/* The name that overrides have; they are printed without line and column. */
#define INI_COMMAND_LINE "command line"
/* Largest text accepted. */
#define INI_SIZE_MAX (16u << 20)

/* Copies name and text. */
int source_new(const char *name, const char *text, size_t size, struct ini_source **source,
	       struct corbel_error *error);
/* Reads a file; refuses directories and what is larger than INI_SIZE_MAX. */
int source_read(const char *path, struct ini_source **source, struct corbel_error *error);
void source_free(struct ini_source *source);
/* Line number (from 1) without its line end; NULL if there is no such line. */
const char *source_line(const struct ini_source *source, unsigned int number, size_t *length);

/*
 * Writes `file:line:column: message`, the line and a caret under the column; returns code. A long
 * line is shown around the column only. origin may be NULL (message alone).
 */
int ini_complain(const struct ini_origin *origin, struct corbel_error *error, int code,
		 const char *format, ...) __attribute__((format(printf, 4, 5)));
/* The same, collected. */
int ini_complain_to(const struct ini_origin *origin, struct complaints *complaints, int code,
		    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Not so for an override, nor for a place without a line. */
bool ini_origin_is_file(const struct ini_origin *origin);
/* "file:line", or "command line"; returns buffer. */
const char *ini_origin_format(const struct ini_origin *origin, char *buffer, size_t size);

#endif
