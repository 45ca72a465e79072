/* SPDX-License-Identifier: MIT */
/* What an author's folder says of the plugin in it: its name, how it is built, its file. */
#ifndef CORBEL_TOOL_PROJECT_H
#define CORBEL_TOOL_PROJECT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "error.h"

struct project {
	char folder[PATH_MAX]; /* absolute, without symbolic links */
	char name[NAME_MAX + 1];
	char build[PATH_MAX]; /* a command for sh, run in the folder */
	const char *file;     /* as the author named it, relative to where he stands; NULL: found */
};

/*
 * Finds out what is NULL of `name` and `build`, which are borrowed as `file` is. 0, or -errno with
 * words.
 */
int project_open(struct project *project, const char *folder, const char *name, const char *build,
		 const char *file, struct corbel_error *error);
/* The path of the file that was built: the newest NAME.so below the folder. */
bool project_find_file(const struct project *project, char *path, size_t size);

#endif
