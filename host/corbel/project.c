/* SPDX-License-Identifier: MIT */
/* What an author's folder says of the plugin in it: its name, how it is built, its file. */
#include "project.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tree.h"

/* The only *.plugin in the folder names it. */
static int find_name(struct project *project, struct corbel_error *error)
{
	char pattern[PATH_MAX + 16];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s/*.plugin", project->folder);
	int code = glob(pattern, 0, NULL, &found);

	if (code != 0)
		return error_set(error, -ENOENT,
				 "%s: there is no NAME.plugin in it; name the plugin by --plugin",
				 project->folder);
	const char *name = strrchr(found.gl_pathv[0], '/') + 1;

	snprintf(project->name, sizeof(project->name), "%.*s", (int)(strrchr(name, '.') - name),
		 name);
	size_t count = found.gl_pathc;

	globfree(&found);
	if (count == 1)
		return 0;
	return error_set(error, -EINVAL,
			 "%s: there are %zu plugins in it, %s the first; choose one by --plugin",
			 project->folder, count, project->name);
}

static int find_build(struct project *project, struct corbel_error *error)
{
	static const char *const folders[] = { ".", "build", "builddir", "_build" };
	static const struct {
		const char *file, *command;
	} tools[] = {
		{ "build.ninja", "ninja" },
		{ "GNUmakefile", "make" },
		{ "makefile", "make" },
		{ "Makefile", "make" },
	};
	char path[PATH_MAX + 64];

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		for (size_t j = 0; j < sizeof(tools) / sizeof(tools[0]); j++) {
			snprintf(path, sizeof(path), "%s/%s/%s", project->folder, folders[i],
				 tools[j].file);
			if (access(path, R_OK) < 0)
				continue;
			snprintf(project->build, sizeof(project->build), "%s%s%s", tools[j].command,
				 i ? " -C " : "", i ? folders[i] : "");
			return 0;
		}
	}
	return error_set(
		error, -ENOENT,
		"%s: nothing says how it is built: no Makefile and no build.ninja in it or "
		"in its build/; make a build folder (meson setup build, cmake -B build), "
		"or say --build COMMAND",
		project->folder);
}

static int take(char *to, size_t size, const char *from, struct corbel_error *error)
{
	if (snprintf(to, size, "%s", from) < (int)size)
		return 0;
	return error_set(error, -ENAMETOOLONG, "%.40s...: it has more than %zu bytes", from,
			 size - 1);
}

int project_open(struct project *project, const char *folder, const char *name, const char *build,
		 const char *file, struct corbel_error *error)
{
	*project = (struct project){ .file = file };
	if (!realpath(folder, project->folder))
		return error_set(error, -errno, "%s: %s", folder, strerror(errno));
	int code = name ? take(project->name, sizeof(project->name), name, error)
			: find_name(project, error);

	if (code < 0)
		return code;
	return build ? take(project->build, sizeof(project->build), build, error)
		     : find_build(project, error);
}

struct search {
	const char *name;
	char *path;
	size_t size;
	struct timespec time;
	bool found;
};

static void visit(void *data, const char *path, const struct stat *status)
{
	struct search *search = data;
	const struct timespec *time = &status->st_mtim;
	const char *name = strrchr(path, '/') + 1;
	size_t length = strlen(search->name);
	bool is_newer =
		!search->found || time->tv_sec > search->time.tv_sec ||
		(time->tv_sec == search->time.tv_sec && time->tv_nsec > search->time.tv_nsec);

	if (!S_ISREG(status->st_mode) || strncmp(name, search->name, length) != 0 ||
	    strcmp(name + length, ".so") != 0 || !is_newer)
		return;
	search->found = true;
	search->time = *time;
	snprintf(search->path, search->size, "%s", path);
}

bool project_find_file(const struct project *project, char *path, size_t size)
{
	struct search search = { project->name, path, size, { 0 }, false };

	if (project->file)
		return snprintf(path, size, "%s", project->file) < (int)size &&
		       access(path, R_OK) == 0;
	tree_walk(project->folder, true, visit, &search);
	return search.found;
}
