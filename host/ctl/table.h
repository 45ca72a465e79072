/* SPDX-License-Identifier: MIT */
/* Tables for people: fitted to the terminal and coloured there, plain and aligned elsewhere. */
#ifndef CORBEL_CTL_TABLE_H
#define CORBEL_CTL_TABLE_H

#include <stdint.h>

#include <jansson.h>
#include <libsmartcols.h>

struct table_column {
	const char *name; /* NULL ends the list */
	int flags;        /* SCOLS_FL_* */
};

/* NULL: out of memory; the others accept it. */
struct libscols_table *table_new(const struct table_column *columns);
/* Adds a row below parent (NULL: none); `cells` has one text a column. */
struct libscols_line *table_add(struct libscols_table *table, struct libscols_line *parent,
				const char *const *cells);
/* Colours a cell by what a plugin's state means. */
void table_color_state(struct libscols_table *table, struct libscols_line *line, size_t column,
		       const char *state);
/* Prints and frees it. Returns enum ctl_exit. */
int table_print(struct libscols_table *table);

/* Prints JSON: over several lines, or (in a stream) on one. Returns CTL_OK. */
int table_print_json(const json_t *value);
int table_print_json_line(const json_t *value);

/* "12.5 KiB", into text, which is returned. */
const char *table_size(int64_t bytes, char text[24]);
/* "3m 12s" since a time in ns of the epoch, into text. */
void table_age(int64_t since, char *text, size_t size);
/* The same until one to come. */
void table_until(int64_t time_to_come, char *text, size_t size);

#endif
