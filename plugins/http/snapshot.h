/* SPDX-License-Identifier: MIT */
/*
 * The host as corbel.monitor last told of it. The answer comes from the host's control side and may
 * take milliseconds, so one serves everybody for a while.
 */
#ifndef HTTP_SNAPSHOT_H
#define HTTP_SNAPSHOT_H

#include <corbel/plugin.h>

#include "corbel.monitor.h"

/* How old it may be; what is published as a change makes it old at once. */
#define SNAPSHOT_AGE (200 * CORBEL_MILLISECOND)

struct snapshot {
	struct corbel_context *context;
	struct corbel_monitor *monitor; /* borrowed */
	bool is_current;
	int64_t taken; /* by corbel_now() */
	int result;    /* of taking it; after a failure there is nothing in it */
	char *name, *version;
	int32_t pid;
	int64_t started; /* ns since the epoch */
	struct corbel_monitor_plugin *plugins;
	size_t plugin_count;
	struct corbel_monitor_service *services;
	size_t service_count;
	struct corbel_monitor_topic *topics;
	size_t topic_count;
};

void snapshot_init(struct snapshot *snapshot, struct corbel_context *context,
		   struct corbel_monitor *monitor);
void snapshot_fini(struct snapshot *snapshot);

/* Takes it anew if it is old: 0, or -errno and it is empty. */
int snapshot_take(struct snapshot *snapshot);

const char *snapshot_state(enum corbel_monitor_state state);
/* Whether the plugin runs, sleeps until it is asked, or was stopped on purpose. */
bool snapshot_is_well(const struct corbel_monitor_plugin *plugin);

#endif
