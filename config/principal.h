/* SPDX-License-Identifier: MIT */
/* A user, or all members of a group, as the configuration names them. */
#ifndef CORBEL_CONFIG_PRINCIPAL_H
#define CORBEL_CONFIG_PRINCIPAL_H

#include <stdbool.h>
#include <sys/types.h>

struct principal {
	bool is_group;
	id_t id;
};

/*
 * A user by name or number, a group by '@' and either; a name goes before a number that looks the
 * same, as with chown(1). -ENOENT: this machine has none of that name.
 */
int principal_parse(const char *word, struct principal *principal);

#endif
