/* SPDX-License-Identifier: MIT */
/* The host as corbel.monitor last told of it. */
#include "snapshot.h"

void snapshot_init(struct snapshot *snapshot, struct corbel_context *context,
		   struct corbel_monitor *monitor)
{
	*snapshot = (struct snapshot){ .context = context, .monitor = monitor };
}

void snapshot_fini(struct snapshot *snapshot)
{
	struct corbel_context *context = snapshot->context;

	corbel_free(context, snapshot->name);
	corbel_free(context, snapshot->version);
	corbel_monitor_plugins_free(context, snapshot->plugins, snapshot->plugin_count);
	corbel_monitor_services_free(context, snapshot->services, snapshot->service_count);
	corbel_monitor_topics_free(context, snapshot->topics, snapshot->topic_count);
	snapshot_init(snapshot, context, snapshot->monitor);
}

static int ask(struct snapshot *snapshot)
{
	struct corbel_monitor *monitor = snapshot->monitor;
	int result = corbel_monitor_information(monitor, &snapshot->name, &snapshot->version,
						&snapshot->pid, &snapshot->started);

	if (result == 0)
		result = corbel_monitor_plugins(monitor, &snapshot->plugins,
						&snapshot->plugin_count);
	if (result == 0)
		result = corbel_monitor_services(monitor, &snapshot->services,
						 &snapshot->service_count);
	if (result == 0)
		result = corbel_monitor_topics(monitor, &snapshot->topics, &snapshot->topic_count);
	return result;
}

int snapshot_take(struct snapshot *snapshot)
{
	int64_t now = corbel_now(snapshot->context);
	int result;

	if (snapshot->is_current && now - snapshot->taken < SNAPSHOT_AGE)
		return snapshot->result;
	snapshot_fini(snapshot);
	result = ask(snapshot);
	if (result < 0)
		snapshot_fini(snapshot);
	snapshot->result = result;
	snapshot->taken = now;
	snapshot->is_current = true;
	return result;
}

const char *snapshot_state(enum corbel_monitor_state state)
{
	static const char *const names[] = { "found",   "judged",      "loaded",  "starting",
					     "running", "draining",    "stopped", "unloaded",
					     "failed",  "quarantined", "zombie" };
	size_t index = (size_t)state;

	return index < sizeof(names) / sizeof(names[0]) ? names[index] : "unknown";
}

/* One that failed need not be wanted any more, but has a reason. */
bool snapshot_is_well(const struct corbel_monitor_plugin *plugin)
{
	if (plugin->state == CORBEL_MONITOR_STATE_RUNNING)
		return true;
	return (!plugin->wanted || plugin->dormant) && plugin->reason[0] == '\0';
}
