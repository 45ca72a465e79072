/* SPDX-License-Identifier: MIT */
/* The watcher: reloads plugins whose files change. */
#include "watcher.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/stat.h>

#include <corbel/plugin.h>

#include "folder_watch.h"

/* From the last event to a look at the file. */
#define SETTLE_TIME (POLLER_SECOND / 20)

/* A path at which a plugin's file is, or may come to be. */
struct file {
	LIST_ENTRY(file) link;
	struct watcher *watcher;
	struct poller_timer settle;
	struct stat tried; /* as it was when it was judged last; zeros: never */
	bool is_unfit;     /* it was refused for itself or for who needs it */
	bool is_under_way; /* in a reload */
	bool is_wanted;    /* named in the configuration; else freed once it is not under way */
	bool is_chosen;    /* for the next reload */
	char *plugin;
	char path[];
};

struct watcher {
	struct poller *poller;
	struct corbel_host *host;
	bool is_stopped;
	struct timespec since;
	struct folder_watch *folders;
	LIST_HEAD(, file) files;
};

/* One reload, of one file or of several. */
struct attempt {
	struct watcher *watcher;
	size_t count;
	struct file *files[];
};

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static void look(void *data);

static void settle(struct file *file)
{
	if (!file->watcher->is_stopped)
		poller_timer_set(file->watcher->poller, &file->settle, SETTLE_TIME);
}

static void free_file(struct file *file)
{
	poller_timer_clear(file->watcher->poller, &file->settle);
	LIST_REMOVE(file, link);
	free(file->plugin);
	free(file);
}

struct relation {
	const char *other;
	bool is_user;
};

static void find_user(void *data, const struct corbel_plugin_info *plugin)
{
	struct relation *relation = data;

	for (size_t i = 0; i < plugin->user_count; i++)
		relation->is_user |= strcmp(plugin->users[i], relation->other) == 0;
}

/* Whether one requires what the other provides. */
static bool are_related(const struct file *a, const struct file *b)
{
	struct relation to_a = { a->plugin, false }, to_b = { b->plugin, false };

	corbel_host_plugin(a->watcher->host, b->plugin, find_user, &to_a);
	corbel_host_plugin(a->watcher->host, a->plugin, find_user, &to_b);
	return to_a.is_user || to_b.is_user;
}

/* Whether to choose it, too; another path of a plugin that is chosen is not. */
static bool belongs_to_chosen(const struct file *file)
{
	const struct file *other;
	bool is_related = false;

	for (other = LIST_FIRST(&file->watcher->files); other; other = LIST_NEXT(other, link)) {
		if (other->is_chosen && strcmp(other->plugin, file->plugin) == 0)
			return false;
		is_related |= other->is_chosen && are_related(file, other);
	}
	return is_related;
}

static void reloaded(void *data, const struct corbel_reload_report *report);

/* Reloads the files that are chosen. */
static void reload_chosen(struct watcher *watcher, size_t count)
{
	struct attempt *attempt = malloc(sizeof(*attempt) + count * sizeof(*attempt->files));
	const char **names = calloc(count, sizeof(*names));
	struct file *file;

	if (attempt)
		*attempt = (struct attempt){ .watcher = watcher };
	for (file = LIST_FIRST(&watcher->files); file; file = LIST_NEXT(file, link)) {
		if (attempt && names && file->is_chosen) {
			names[attempt->count] = file->plugin;
			attempt->files[attempt->count++] = file;
			file->is_under_way = true;
		}
		file->is_chosen = false;
	}
	if (attempt && names)
		corbel_host_reload(watcher->host, names, count, NULL, reloaded, attempt);
	else
		free(attempt);
	free(names);
}

/* Others that were refused may be what this one needs, or what needs it: then all together. */
static void reload_with_related(struct file *first)
{
	struct watcher *watcher = first->watcher;
	struct file *file;
	size_t count = 1;
	bool has_grown = true;

	first->is_chosen = true;
	while (has_grown) {
		has_grown = false;
		for (file = LIST_FIRST(&watcher->files); file; file = LIST_NEXT(file, link)) {
			if (!file->is_unfit || file->is_under_way || !belongs_to_chosen(file))
				continue;
			file->is_chosen = has_grown = true;
			count++;
		}
	}
	if (count > 1)
		reload_chosen(watcher, count);
	first->is_chosen = false;
}

static void end(struct file *file, const struct corbel_reload_report *report, bool was_alone)
{
	file->is_under_way = false;
	file->is_unfit = was_alone ? report->outcome == CORBEL_RELOAD_UNFIT
				   : report->outcome != CORBEL_RELOAD_DONE;
	/* It is being written, or the plugin is at something else: that passes. */
	if (report->result == -ESTALE || report->outcome == CORBEL_RELOAD_NOT_NOW)
		file->tried = (struct stat){ 0 };
	if (file->is_wanted)
		settle(file); /* what has changed meanwhile comes after */
	else
		free_file(file);
}

static void reloaded(void *data, const struct corbel_reload_report *report)
{
	struct attempt *attempt = data;
	struct watcher *watcher = attempt->watcher;
	struct file *alone =
		attempt->count == 1 && attempt->files[0]->is_wanted ? attempt->files[0] : NULL;

	for (size_t i = 0; i < attempt->count; i++)
		end(attempt->files[i], report, attempt->count == 1);
	free(attempt);
	if (alone && alone->is_unfit && !watcher->is_stopped)
		reload_with_related(alone);
}

struct condition {
	enum corbel_plugin_state state;
	bool is_wanted;
};

static void find_condition(void *data, const struct corbel_plugin_info *plugin)
{
	*(struct condition *)data = (struct condition){ plugin->state, plugin->wanted };
}

/*
 * Nothing has happened to the file for a while. One that changes while its plugin starts or stops
 * is looked at again after that.
 */
static void look(void *data)
{
	struct file *file = data;
	struct watcher *watcher = file->watcher;
	struct condition plugin = { CORBEL_PLUGIN_UNLOADED, false };
	struct stat now;

	if (file->is_under_way || stat(file->path, &now) < 0 || is_same(&now, &file->tried))
		return;
	corbel_host_plugin(watcher->host, file->plugin, find_condition, &plugin);
	if (plugin.state == CORBEL_PLUGIN_RUNNING) {
		file->tried = now;
		file->is_chosen = true;
		reload_chosen(watcher, 1);
	} else if (plugin.state == CORBEL_PLUGIN_FAILED && plugin.is_wanted) {
		file->tried = now;
		corbel_host_log(watcher->host, CORBEL_NOTICE, "%s: starts again with another file",
				file->plugin);
		corbel_host_request(watcher->host, CORBEL_REQUEST_START, file->plugin, NULL, NULL);
	}
}

static void note_path(void *data, const char *path)
{
	struct watcher *watcher = data;
	struct file *file;

	for (file = LIST_FIRST(&watcher->files); file; file = LIST_NEXT(file, link))
		if (!path || strcmp(file->path, path) == 0)
			settle(file);
}

static bool is_before(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

static struct file *find(const struct watcher *watcher, const char *plugin, const char *path)
{
	struct file *file;

	for (file = LIST_FIRST(&watcher->files); file; file = LIST_NEXT(file, link))
		if (strcmp(file->plugin, plugin) == 0 && strcmp(file->path, path) == 0)
			break;
	return file;
}

static struct file *make(struct watcher *watcher, const char *plugin, const char *path)
{
	size_t size = strlen(path) + 1;
	struct file *file = calloc(1, sizeof(*file) + size);
	struct stat now;

	if (!file)
		return NULL;
	file->plugin = strdup(plugin);
	if (!file->plugin) {
		free(file);
		return NULL;
	}
	memcpy(file->path, path, size);
	file->watcher = watcher;
	file->settle = (struct poller_timer){ .fire = look, .data = file };
	if (stat(path, &now) == 0 && is_before(&now.st_ctim, &watcher->since))
		file->tried = now;
	LIST_INSERT_HEAD(&watcher->files, file, link);
	return file;
}

static int watch_folder_of(struct watcher *watcher, const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX];
	int result = 0;

	if (!watcher->folders)
		result = folder_watch_new(watcher->poller, note_path, watcher, &watcher->folders);
	if (result < 0)
		return result;
	snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);
	return folder_watch_add(watcher->folders, *folder ? folder : "/");
}

static void add(struct watcher *watcher, const char *plugin, const char *path)
{
	struct file *file = find(watcher, plugin, path);
	int result = watch_folder_of(watcher, path);

	if (!file)
		file = make(watcher, plugin, path);
	if (file) {
		file->is_wanted = true;
		settle(file);
	}
	if (result < 0)
		corbel_host_log(watcher->host, CORBEL_WARNING,
				"%s cannot be watched: %s (see inotify(7) for the limits of a "
				"user); `corbelctl reload %s` works without",
				path, strerror(-result), plugin);
}

/* The places where the host looks for one that it has not found. */
static void add_in_folders(struct watcher *watcher, const struct corbel_plugin_info *plugin)
{
	const struct corbel_config_entry *folders =
		corbel_host_setting(watcher->host, "corbel", "plugin-path");
	bool is_named = *plugin->path;
	char path[PATH_MAX];

	for (size_t i = 0; folders && i < folders->item_count; i++) {
		int length =
			snprintf(path, sizeof(path), "%s/%s%s", folders->items[i],
				 is_named ? plugin->path : plugin->name, is_named ? "" : ".so");

		if (length < (int)sizeof(path))
			add(watcher, plugin->name, path);
	}
}

static void add_plugin(void *data, const struct corbel_plugin_info *plugin)
{
	struct watcher *watcher = data;

	if (!plugin->on_change)
		return;
	if (*plugin->path == '/')
		add(watcher, plugin->name, plugin->path);
	else
		add_in_folders(watcher, plugin);
}

/* Its file may be another one than when the configuration was read. */
void watcher_note(struct watcher *watcher, const struct corbel_plugin_info *plugin)
{
	if (!watcher->is_stopped &&
	    (plugin->state == CORBEL_PLUGIN_RUNNING || plugin->state == CORBEL_PLUGIN_FAILED))
		add_plugin(watcher, plugin);
}

void watcher_renew(struct watcher *watcher, const struct timespec *since)
{
	struct file *file, *next;

	watcher->since = *since;
	if (watcher->folders)
		folder_watch_clear(watcher->folders);
	for (file = LIST_FIRST(&watcher->files); file; file = LIST_NEXT(file, link))
		file->is_wanted = false;
	corbel_host_plugins(watcher->host, add_plugin, watcher);
	for (file = LIST_FIRST(&watcher->files); file; file = next) {
		next = LIST_NEXT(file, link);
		if (!file->is_wanted && !file->is_under_way)
			free_file(file);
	}
}

int watcher_new(struct poller *poller, struct corbel_host *host, struct watcher **out)
{
	struct watcher *watcher = calloc(1, sizeof(*watcher));

	if (!watcher)
		return -ENOMEM;
	*watcher = (struct watcher){ .poller = poller, .host = host };
	*out = watcher;
	return 0;
}

void watcher_stop(struct watcher *watcher)
{
	struct file *file;

	watcher->is_stopped = true;
	for (file = LIST_FIRST(&watcher->files); file; file = LIST_NEXT(file, link))
		poller_timer_clear(watcher->poller, &file->settle);
}

void watcher_free(struct watcher *watcher)
{
	if (!watcher)
		return;
	while (!LIST_EMPTY(&watcher->files))
		free_file(LIST_FIRST(&watcher->files));
	folder_watch_free(watcher->folders);
	free(watcher);
}
