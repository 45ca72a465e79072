/* SPDX-License-Identifier: MIT */
/* Going through the folders of a plugin's author. */
#include "tree.h"

#include <fnmatch.h>
#include <fts.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool tree_is_made(const char *folder)
{
	static const char *const names[] = { ".*",     "build",         "build-*",       "builddir",
					     "_build", "cmake-build-*", "autom4te.cache" };
	static const char *const traces[] = { "build.ninja", "CMakeCache.txt", "config.status" };
	const char *slash = strrchr(folder, '/'), *name = slash ? slash + 1 : folder;
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (fnmatch(names[i], name, 0) == 0)
			return true;
	for (size_t i = 0; i < sizeof(traces) / sizeof(traces[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, traces[i]);
		if (access(path, F_OK) == 0)
			return true;
	}
	return false;
}

void tree_walk(const char *folder, bool with_made,
	       void (*visit)(void *data, const char *path, const struct stat *status), void *data)
{
	char *const roots[] = { (char *)folder, NULL };
	FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	FTSENT *entry;

	while (walk && (entry = fts_read(walk))) {
		bool is_folder = entry->fts_info == FTS_D;

		if (is_folder && !with_made && entry->fts_level > 0 &&
		    tree_is_made(entry->fts_path))
			fts_set(walk, entry, FTS_SKIP);
		else if (is_folder || entry->fts_info == FTS_F)
			visit(data, entry->fts_path, entry->fts_statp);
	}
	if (walk)
		fts_close(walk);
}
