/* SPDX-License-Identifier: MIT */
/*
 * The interface files of a plugin as its users know them, and whether those of now would break
 * them.
 */
#ifndef CORBEL_TOOL_INTERFACES_H
#define CORBEL_TOOL_INTERFACES_H

#include <stdbool.h>
#include <stddef.h>

struct interfaces_copy;

struct interfaces_list {
	struct interfaces_copy *copies;
	size_t count;
};

/* A zeroed struct knows no files. */
struct interfaces {
	struct interfaces_list known; /* to users */
	struct interfaces_list seen;  /* at the last comparison */
	bool is_blind;                /* there is no scanner, and that was told */
};

/*
 * Compares each file in `folder` with what users know, by `corbel-scanner check`, whose words go to
 * standard error. Whether users can go on; a file that is gone is the manifest's matter.
 */
bool interfaces_compare(struct interfaces *interfaces, const char *folder);
/* From now on users know what was last compared. */
void interfaces_keep(struct interfaces *interfaces);
void interfaces_fini(struct interfaces *interfaces);

#endif
