/* SPDX-License-Identifier: MIT */
/* A section's entries as typed values, with defaults, to look up and to compare. */
#ifndef CORBEL_CONFIG_TABLE_H
#define CORBEL_CONFIG_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "value.h"

struct ini_section;
struct schema;

/* A checked section with its defaults filled in. Independent of the document and the schema. */
struct config_item {
	char *key;
	struct config_value value;
	char *text;        /* the value as it was written */
	char *file;        /* where it was set, or "command line"; NULL: the default */
	unsigned int line; /* 0 if it was not set in a file */
};

struct config_table {
	struct config_item *items; /* by strcmp of key */
	size_t count;
};

/* Checks, then makes the table. section may be NULL (defaults only). */
int config_table_new(const struct schema *schema, const struct ini_section *section,
		     struct config_table **table, struct complaints *complaints);
void config_table_free(struct config_table *table);

/* Value and where it came from, or NULL if the key has none. Owned by the table, as below. */
const struct config_item *config_table_item(const struct config_table *table, const char *key);
/* The value, or NULL if the key has none. Owned by the table. table may be NULL. */
const struct config_value *config_table_find(const struct config_table *table, const char *key);
/*
 * Iterates the keys that begin with prefix, in order: start with *cursor = 0; NULL at the end. The
 * prefix is without the '*'.
 */
const struct config_item *config_table_next(const struct config_table *table, const char *prefix,
					    size_t *cursor);
/* Same keys with equal values; where they came from does not count. NULL equals an empty table. */
bool config_table_equals(const struct config_table *a, const struct config_table *b);

/*
 * Lookups by type: 0, -ENOENT if the key has no value, -EINVAL if it is of another type. Strings
 * and lists are borrowed from the table. config_get_string() takes string, path and choice.
 */
int config_get_bool(const struct config_table *table, const char *key, bool *value);
int config_get_int(const struct config_table *table, const char *key, int64_t *value);
int config_get_float(const struct config_table *table, const char *key, double *value);
int config_get_string(const struct config_table *table, const char *key, const char **value);
int config_get_duration(const struct config_table *table, const char *key, int64_t *nanoseconds);
int config_get_size(const struct config_table *table, const char *key, uint64_t *bytes);
int config_get_list(const struct config_table *table, const char *key, char *const **items,
		    size_t *count);

#endif
