/* SPDX-License-Identifier: MIT */
/* The sources of a plugin, watched: who saves one is told of, once all is quiet again. */
#include "sources.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "content.h"
#include "tree.h"

#define SETTLE (POLLER_SECOND / 20)

/*
 * No IN_CREATE of files: what is being written is whole when it is closed. Editors that write a new
 * file and rename it are seen by IN_MOVED_TO.
 */
#define WATCHED \
	(IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CREATE | IN_ONLYDIR | \
	 IN_DONT_FOLLOW | IN_EXCL_UNLINK)

struct sources_folder {
	int watch;
	char *path;
};

struct sources_change {
	char *path;
	uint64_t content; /* as last seen */
	bool is_new;      /* not yet built */
	bool in_build;    /* it was saved while a build ran */
};

/* What the scanner makes of a file beside it. */
static bool is_generated(const char *path)
{
	const char *dot = strrchr(path, '.');
	size_t stem = (size_t)(dot - path);
	char origin[PATH_MAX];

	if (strcmp(dot, ".c") == 0 && stem > 7 && strncmp(dot - 7, ".plugin", 7) == 0)
		snprintf(origin, sizeof(origin), "%.*s", (int)stem, path);
	else if (strcmp(dot, ".h") == 0)
		snprintf(origin, sizeof(origin), "%.*s.interface", (int)stem, path);
	else
		return false;
	return access(origin, F_OK) == 0;
}

static bool is_source(const struct sources *sources, const char *path)
{
	static const char *const usual[] = {
		"*.[chSs]", "*.cc",
		"*.cpp",    "*.cxx",
		"*.hh",     "*.hpp",
		"*.hxx",    "*.inc",
		"*.plugin", "*.interface",
		"*.ld",     "*.map",
		"Makefile", "makefile",
		"*.mk",     "*.am",
		"*.ac",     "*.m4",
		"*.in",     "GNUmakefile",
		"*.cmake",  "meson.build",
		"*.meson",  "CMakeLists.txt",
		"*.gperf",  "meson_options.txt",
	};
	const char *name = strrchr(path, '/') + 1;

	for (size_t i = 0; i < sources->pattern_count; i++)
		if (fnmatch(sources->patterns[i], name, 0) == 0)
			return true;
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		if (fnmatch(usual[i], name, FNM_PERIOD) == 0)
			return !strrchr(name, '.') || !is_generated(path);
	return false;
}

static struct sources_change *change_of(struct sources *sources, const char *path)
{
	for (size_t i = 0; i < sources->change_count; i++)
		if (strcmp(sources->changes[i].path, path) == 0)
			return &sources->changes[i];
	struct sources_change *grown =
		reallocarray(sources->changes, sources->change_count + 1, sizeof(*grown));
	char *copy = strdup(path);

	if (grown)
		sources->changes = grown;
	if (!grown || !copy) {
		free(copy);
		return NULL;
	}
	grown[sources->change_count] = (struct sources_change){ .path = copy };
	return &grown[sources->change_count++];
}

static void note(struct sources *sources, const char *path)
{
	struct sources_change *change = change_of(sources, path);
	uint64_t content = content_hash(path);

	if (change && sources->is_building && change->content == content)
		return;
	if (change) {
		change->content = content;
		change->is_new = true;
		change->in_build |= sources->is_building;
	}
	poller_timer_set(sources->poller, &sources->settle, SETTLE);
}

static void add_folder(struct sources *sources, const char *path)
{
	int watch = inotify_add_watch(sources->watch.descriptor, path, WATCHED);
	char *copy = watch < 0 ? NULL : strdup(path);
	struct sources_folder *grown;

	if (watch < 0 && errno == ENOSPC)
		fprintf(stderr,
			"corbel dev: %s is not watched: there are too many watches (raise "
			"fs.inotify.max_user_watches)\n",
			path);
	if (!copy)
		return;
	for (size_t i = 0; i < sources->folder_count; i++) {
		if (sources->folders[i].watch != watch)
			continue;
		free(sources->folders[i].path);
		sources->folders[i].path = copy;
		return;
	}
	grown = reallocarray(sources->folders, sources->folder_count + 1, sizeof(*grown));
	if (!grown) {
		free(copy);
		return;
	}
	sources->folders = grown;
	grown[sources->folder_count++] = (struct sources_folder){ watch, copy };
}

static void visit_old(void *data, const char *path, const struct stat *status)
{
	if (S_ISDIR(status->st_mode))
		add_folder(data, path);
}

/* What was put into a folder before it was watched has not been told. */
static void visit_new(void *data, const char *path, const struct stat *status)
{
	if (S_ISDIR(status->st_mode))
		add_folder(data, path);
	else if (is_source(data, path))
		note(data, path);
}

static void remove_folder(struct sources *sources, size_t index)
{
	free(sources->folders[index].path);
	sources->folders[index] = sources->folders[--sources->folder_count];
}

/* A folder that was moved away goes with all below it; the watches would follow it. */
static void folder_has_gone(struct sources *sources, const char *path)
{
	size_t length = strlen(path);

	for (size_t i = sources->folder_count; i-- > 0;) {
		const char *other = sources->folders[i].path;

		if (strncmp(other, path, length) != 0 || (other[length] && other[length] != '/'))
			continue;
		inotify_rm_watch(sources->watch.descriptor, sources->folders[i].watch);
		remove_folder(sources, i);
	}
	poller_timer_set(sources->poller, &sources->settle, SETTLE);
}

static void take_event(struct sources *sources, const struct inotify_event *event)
{
	char path[PATH_MAX];
	size_t i = 0;

	if (event->mask & IN_Q_OVERFLOW) {
		tree_walk(sources->folder, false, visit_new, sources);
		return;
	}
	while (i < sources->folder_count && sources->folders[i].watch != event->wd)
		i++;
	if (i == sources->folder_count)
		return;
	if (event->mask & IN_IGNORED) {
		remove_folder(sources, i);
		if (sources->folder_count == 0)
			poller_timer_set(sources->poller, &sources->settle, SETTLE);
		return;
	}
	if (event->len == 0 || snprintf(path, sizeof(path), "%s/%s", sources->folders[i].path,
					event->name) >= (int)sizeof(path))
		return;
	if (!(event->mask & IN_ISDIR)) {
		if (!(event->mask & IN_CREATE) && is_source(sources, path))
			note(sources, path);
	} else if (event->mask & IN_MOVED_FROM) {
		folder_has_gone(sources, path);
	} else if (event->mask & (IN_CREATE | IN_MOVED_TO) && !tree_is_made(path)) {
		tree_walk(path, false, visit_new, sources);
	}
}

/* Takes of what has happened what fits; whether there was something. */
static bool read_events(struct sources *sources)
{
	_Alignas(struct inotify_event) char bytes[16384];
	ssize_t size = read(sources->watch.descriptor, bytes, sizeof(bytes));

	for (ssize_t at = 0; at < size;) {
		const struct inotify_event *event = (const struct inotify_event *)(bytes + at);

		take_event(sources, event);
		at += (ssize_t)(sizeof(*event) + event->len);
	}
	return size > 0;
}

static void ready(void *data, uint32_t events)
{
	(void)events;
	read_events(data);
}

void sources_init(struct sources *sources)
{
	sources->watch = (struct poller_watch){ -1, ready, sources };
	sources->settle = (struct poller_timer){ .fire = sources->changed, .data = sources->data };
}

int sources_open(struct sources *sources)
{
	int descriptor = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	int code = descriptor < 0
			   ? -errno
			   : poller_add(sources->poller, &sources->watch, descriptor, EPOLLIN);

	if (code < 0) {
		if (descriptor >= 0)
			close(descriptor);
		return code;
	}
	tree_walk(sources->folder, false, visit_old, sources);
	return sources->folder_count ? 0 : -ENOENT;
}

void sources_fini(struct sources *sources)
{
	int descriptor = sources->watch.descriptor;

	poller_timer_clear(sources->poller, &sources->settle);
	poller_remove(sources->poller, &sources->watch);
	if (descriptor >= 0)
		close(descriptor);
	while (sources->folder_count)
		remove_folder(sources, 0);
	for (size_t i = 0; i < sources->change_count; i++)
		free(sources->changes[i].path);
	free(sources->folders);
	free(sources->changes);
}

bool sources_are_gone(const struct sources *sources)
{
	return sources->folder_count == 0;
}

const char *sources_build_begins(struct sources *sources)
{
	const char *late = NULL;

	while (read_events(sources))
		;
	poller_timer_clear(sources->poller, &sources->settle);
	for (size_t i = 0; i < sources->change_count; i++) {
		struct sources_change *change = &sources->changes[i];

		if (change->is_new && change->in_build && change->content != CONTENT_GONE) {
			utimensat(AT_FDCWD, change->path, NULL, 0);
			late = change->path;
		}
		change->is_new = change->in_build = false;
	}
	sources->is_building = true;
	return late;
}

void sources_build_ended(struct sources *sources)
{
	/* What happened while it ran is told before the end of its process is. */
	while (read_events(sources))
		;
	sources->is_building = false;
}
