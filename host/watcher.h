/* SPDX-License-Identifier: MIT */
/*
 * The watcher: reloads plugins with `reload = on-change` when their files change.
 *
 * A file is looked at once nothing has happened to it for a moment, and tried once: refused, it is
 * left alone until it changes again. That it is gone says nothing: builds do that. The host logs
 * what comes of it.
 */
#ifndef CORBEL_HOST_WATCHER_H
#define CORBEL_HOST_WATCHER_H

#include <time.h>

#include <corbel/host.h>

#include "poller.h"

struct watcher;

int watcher_new(struct poller *poller, struct corbel_host *host, struct watcher **out);
/* After the host is freed, which ends the reloads that are under way. NULL is allowed. */
void watcher_free(struct watcher *watcher);

/*
 * The host has read its configuration, beginning at `since` (CLOCK_REALTIME_COARSE, which is the
 * clock of files): what was changed later may not be what it has seen.
 */
void watcher_renew(struct watcher *watcher, const struct timespec *since);
/* A plugin has entered another state. */
void watcher_note(struct watcher *watcher, const struct corbel_plugin_info *plugin);
/* Begins nothing any more. */
void watcher_stop(struct watcher *watcher);

#endif
