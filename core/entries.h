/* SPDX-License-Identifier: MIT */
/* A checked configuration section in the form that plugins read (<corbel/config.h>). */
#ifndef CORBEL_CORE_ENTRIES_H
#define CORBEL_CORE_ENTRIES_H

#include <corbel/config.h>

#include "schema.h"

struct entries {
	struct config_table *table; /* the entries' texts are its */
	bool is_owned;              /* the table is freed with this */
	struct corbel_config_entry *items;
	size_t count;
};

/*
 * is_owned: takes the table over, also on failure; else borrows it for as long as the entries live.
 */
int entries_new(struct config_table *table, bool is_owned, struct entries **out);
void entries_free(struct entries *entries);
/* entries may be NULL. */
const struct corbel_config_entry *entries_find(const struct entries *entries, const char *key);
const struct corbel_config_entry *entries_next(const struct entries *entries, const char *prefix,
					       const struct corbel_config_entry *after);

#endif
