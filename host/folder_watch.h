/* SPDX-License-Identifier: MIT */
/*
 * Tells of changes in folders, by inotify; in folders that are not there yet, too.
 *
 * Folders and not files are watched, since a build replaces a file as often as it writes to it.
 */
#ifndef CORBEL_HOST_FOLDER_WATCH_H
#define CORBEL_HOST_FOLDER_WATCH_H

#include "poller.h"

struct folder_watch;

/*
 * `changed` gets the path of what came, went, was written or changed its owner or mode: the folder
 * as it was added, a slash and a name; or NULL: anything may have changed.
 */
int folder_watch_new(struct poller *poller, void (*changed)(void *data, const char *path),
		     void *data, struct folder_watch **out);
void folder_watch_free(struct folder_watch *watch);

/*
 * Watches a folder, as long as it is missing by its nearest parent that exists. Not a second time.
 * -ENOSPC: the user has too many watches (see inotify(7)), and so on.
 */
int folder_watch_add(struct folder_watch *watch, const char *path);
/* Forgets all folders. */
void folder_watch_clear(struct folder_watch *watch);

#endif
