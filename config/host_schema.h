/* SPDX-License-Identifier: MIT */
/* The keys of the host's own sections, as schemas in the same form as a plugin's. */
#ifndef CORBEL_CONFIG_HOST_SCHEMA_H
#define CORBEL_CONFIG_HOST_SCHEMA_H

#include "schema.h"

enum host_section {
	HOST_SECTION_CORBEL = 0,
	HOST_SECTION_LOG = 1,
	HOST_SECTION_CONTROL = 2,
	HOST_SECTION_PLUGIN = 3,
	HOST_SECTION_GROUP = 4,
	HOST_SECTION_COUNT = 5,
};

/* "corbel" and so on. */
const char *host_section_kind(enum host_section section);
/* [plugin NAME] and [group NAME], not [corbel]. */
bool host_section_is_named(enum host_section section);
int host_section_find(const char *kind, enum host_section *section);

/* Judges the header: a kind that there is, with a name if it has one, and a good one. */
int host_section_check(const struct ini_section *section, struct complaints *complaints);
/* Whether that section has this key. */
bool host_section_has_key(enum host_section section, const char *key);
/* A new schema of that section, to free; -ENOMEM. */
int host_schema_new(enum host_section section, struct schema **schema);

#endif
