/* SPDX-License-Identifier: MIT */
/* Going through the folders of a plugin's author. */
#ifndef CORBEL_TOOL_TREE_H
#define CORBEL_TOOL_TREE_H

#include <stdbool.h>
#include <sys/stat.h>

/* Whether nobody writes sources there: a hidden folder, or one that a build fills. */
bool tree_is_made(const char *folder);

/*
 * Visits all folders (each before what is in it) and files from `folder` down, and follows no
 * symbolic links; `with_made` those that tree_is_made(), too. What cannot be read is left out.
 */
void tree_walk(const char *folder, bool with_made,
	       void (*visit)(void *data, const char *path, const struct stat *status), void *data);

#endif
