/* SPDX-License-Identifier: MIT */
/*
 * The one reader of INI text: configuration, manifests and interface files.
 *
 * Grammar, line by line (LF or CRLF; UTF-8, a byte order mark is skipped):
 *
 *	[kind]			a section
 *	[kind NAME]		a section with a name (rest of the header, may hold spaces)
 *	key = value		an entry; the key has no space, quote, '=', '#', ';' or bracket
 *	# text, ; text		a comment, at the start of a line or after a space or tab
 *
 * Spaces before a key mean nothing: an indented line is an entry like any other, never a
 * continuation. A value reaches to the end of its line, whatever its length, without the spaces
 * around it; it may be empty. "..." around a whole value keeps spaces, '#' and ';', and knows
 * \" \\ \n \t. Refused, each with its place: text before a section, a line without '=', a quote
 * left open, a backslash at the end of a line, control characters, NUL, invalid UTF-8, a key or
 * a section that is there twice in one text (both places are named), a directory given as a file.
 *
 * Structure is found by inih, which is fed through ini_parse_stream() with one short line per
 * logical line, so that neither its line limit nor its build options can change a result.
 */
#ifndef CORBEL_CONFIG_INI_H
#define CORBEL_CONFIG_INI_H

#include <stdbool.h>
#include <stddef.h>

#include "line.h"
#include "origin.h"

/* Places and ini_complain(), which shows them, are in origin.h. */
struct ini_entry {
	char *key;
	char *value; /* unquoted; "" when empty, never NULL */
	struct ini_origin origin;
};

struct ini_section {
	char *kind;
	char *name;                /* NULL for [kind] */
	struct ini_entry *entries; /* in the order of their first appearance */
	size_t count;
	size_t capacity;
	struct ini_origin origin; /* of its first header */
};

struct ini_document {
	struct ini_section **sections; /* in the order of their first appearance */
	size_t count;
	size_t capacity;
	struct ini_source **sources;
	size_t source_count;
	void *section_index; /* search trees of document.c */
	void *entry_index;
};

/* An empty document, to add texts to; NULL when out of memory. */
struct ini_document *ini_document_new(void);
/* Frees everything, origins included. Accepts NULL. */
void ini_document_free(struct ini_document *document);

/*
 * Each adds a text to the document: sections of the same kind and name become one, and a key that
 * an earlier text has set gets the later value and origin. All complaints are collected. Returns
 * 0, or -errno: -EINVAL if the text is wrong (its good lines are then in the document), else
 * what opening said. The folder's *.ini and *.conf files are added in the order of strcmp; hidden
 * files are skipped; -ENOENT without a complaint if there is no such folder.
 */
int ini_add_file(struct ini_document *document, const char *path, struct complaints *complaints);
int ini_add_text(struct ini_document *document, const char *name, const char *text, size_t size,
		 struct complaints *complaints);
int ini_add_folder(struct ini_document *document, const char *path, struct complaints *complaints);
/* `section.key=value`, as in `plugin sensors.interval=200ms`: the first '.' ends the section. */
int ini_add_override(struct ini_document *document, const char *text,
		     struct complaints *complaints);

/* A whole document from one text. On failure nothing is made and error has the first complaint. */
int ini_read_file(const char *path, struct ini_document **document, struct corbel_error *error);
int ini_read_text(const char *name, const char *text, size_t size, struct ini_document **document,
		  struct corbel_error *error);

/* The section, or NULL. name NULL means the section without a name. */
struct ini_section *ini_find_section(const struct ini_document *document, const char *kind,
				     const char *name);
/* The entry, or NULL. section may be NULL. */
struct ini_entry *ini_find_entry(const struct ini_section *section, const char *key);
/* The value, or fallback. section may be NULL. */
const char *ini_find_value(const struct ini_section *section, const char *key,
			   const char *fallback);
/* The origin of the entry with its column moved to the value: the caret goes under the value. */
struct ini_origin ini_value_origin(const struct ini_entry *entry);

#endif
