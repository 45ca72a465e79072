/* SPDX-License-Identifier: MIT */
/*
 * What keys a section may have, and its entries as typed values.
 *
 * A schema is itself INI, as it stands in a plugin's manifest:
 *
 *	[config interval]
 *	type     = duration	bool int float string duration size path choice list
 *	default  = 1s		absent: the key has no value unless it is set
 *	range    = 100ms..1h	int float duration size; either end may be left out
 *	values   = a, b		the words of a choice, or those allowed in a list
 *	required = yes		instead of a default
 *	summary  = Time between two samples
 *
 * A KEY that ends in '*' accepts every key with that prefix (the longest prefix wins, an exact
 * key wins over all).
 */
#ifndef CORBEL_CONFIG_SCHEMA_H
#define CORBEL_CONFIG_SCHEMA_H

#include "ini.h"
#include "table.h"
#include "value.h"

struct schema_key {
	char *name; /* "interval", "rule.*" */
	bool wildcard;
	enum value_type type;
	bool required;
	bool has_default;
	bool has_low;
	bool has_high;
	struct config_value default_value;
	struct config_value low; /* both ends belong to the range */
	struct config_value high;
	struct config_value words; /* a list; empty: any word */
	char *summary;             /* never NULL */
};

struct schema {
	struct schema_key *keys;
	size_t count;
	const struct schema
		*neighbour; /* its keys are offered too when one is unknown; may be NULL */
};

/* From all [config KEY] sections of the document; other sections are not looked at. */
int schema_parse(const struct ini_document *document, struct schema **schema,
		 struct complaints *complaints);
void schema_free(struct schema *schema);

/* The key that rules an entry of this name, or NULL. */
const struct schema_key *schema_find(const struct schema *schema, const char *key);

/*
 * Judges every entry: unknown key, wrong type, out of range, not one of the words, missing.
 * schema NULL accepts no key. Returns 0 or -EINVAL.
 */
int schema_check(const struct schema *schema, const struct ini_section *section,
		 struct complaints *complaints);

/* The entry's value as its key says, or complaints under it. */
int schema_read_value(const struct schema_key *key, const struct ini_entry *entry,
		      struct config_value *value, struct complaints *complaints);

#endif
