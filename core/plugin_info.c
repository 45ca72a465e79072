/* SPDX-License-Identifier: MIT */
/* What the outside is shown of a plugin. */
#include <stdlib.h>
#include <string.h>

#include "instance.h"
#include "plugin.h"
#include "usage.h"

/* "NAME MAJOR.MINOR" for each, in one block to free; NULL for none. */
static const char *const *spell(const struct manifest_interfaces *list, size_t *count)
{
	size_t size = list->count * sizeof(char *);

	for (size_t i = 0; i < list->count; i++)
		size += strlen(list->items[i].name) + 16;
	const char **words = list->count ? malloc(size) : NULL;
	if (!words)
		return NULL;
	char *at = (char *)(words + list->count);
	for (; *count < list->count; ++*count) {
		const struct manifest_interface *item = &list->items[*count];

		words[*count] = at;
		at += sprintf(at, "%s %u.%u", item->name, item->version.major,
			      item->version.minor) +
		      1;
	}
	return words;
}

/* The names of the plugins that run and require what it provides; borrowed but for the array. */
static const char *const *users_of(const struct plugin *plugin, size_t *count)
{
	const struct corbel_host *host = plugin->host;
	const char **users = calloc(host->plugin_count + 1, sizeof(*users));

	for (size_t i = 0; users && i < host->plugin_count; i++) {
		const struct plugin *other = host->plugins[i];

		if (other != plugin && plugin_is_up(other) && plugin_is_required_by(plugin, other))
			users[(*count)++] = other->name;
	}
	return users;
}

static int plugin_level(const struct plugin *plugin)
{
	int level = __atomic_load_n(&plugin->level, __ATOMIC_RELAXED);

	return level >= 0 ? level : __atomic_load_n(&plugin->host->log.level, __ATOMIC_RELAXED);
}

/* The file, or what the configuration says of one that was not found fit. */
static const char *path_of(const struct plugin *plugin)
{
	if (plugin->verdict.path)
		return plugin->verdict.path;
	return plugin->settings->path ? plugin->settings->path : "";
}

/* In development that is the default. */
static bool is_on_change(const struct plugin *plugin)
{
	size_t cursor = 0;
	const struct config_item *item =
		config_table_next(plugin->settings->host, "reload", &cursor);

	if (plugin->host->flags & CORBEL_HOST_DEVELOP && item && !item->file)
		return true;
	return plugin->settings->reload == SETTINGS_RELOAD_ON_CHANGE;
}

/* Of all its versions that are there. */
static void add_usage(const struct plugin *plugin, struct corbel_plugin_info *info)
{
	struct instance *instance;

	LIST_FOREACH(instance, &plugin->instances, of_plugin)
	{
		info->memory += usage_of(instance->usage, USAGE_MEMORY);
		info->threads += usage_of(instance->usage, USAGE_THREADS);
		info->descriptors += usage_of(instance->usage, USAGE_DESCRIPTORS);
		info->cpu_time += instance_cpu_time(instance);
	}
}

static const char *const *recovery_of(const struct plugin *plugin)
{
	const struct settings_list *words = &plugin->settings->recovery;

	return words->count > 0 ? (const char *const *)words->items : NULL;
}

static void fill(const struct plugin *plugin, struct corbel_plugin_info *info)
{
	const struct supervised *supervised = &plugin->supervised;

	*info = (struct corbel_plugin_info){
		.size = sizeof(*info),
		.state = plugin->state,
		.name = plugin->name,
		.version = plugin_version(plugin),
		.summary = plugin->verdict.manifest ? plugin->verdict.manifest->summary : "",
		.path = path_of(plugin),
		.reason = plugin->reason,
		.since = plugin->since,
		.starts = plugin->starts,
		.holdings = plugin->instance ? ledger_size(&plugin->instance->ledger) : 0,
		.log_level = plugin_level(plugin),
		.wanted = plugin->wanted,
		.generation = plugin->generation,
		.previous = plugin->previous.version ? plugin->previous.version : "",
		.lingering = plugin->lingering,
		.vouched = plugin->verdict.vouched.words ? plugin->verdict.vouched.words : "",
		.owner = plugin->verdict.stamp.st_uid,
		.limit_memory = plugin->settings->limit_memory,
		.limit_threads = plugin->settings->limit_threads,
		.limit_descriptors = plugin->settings->limit_fds,
		.cpu_time = plugin->counts.cpu_time,
		.hangs = plugin->hangs,
		.given_up = plugin->given_up,
		.hang = plugin->hang ? plugin->hang : "",
		.on_demand = plugin->settings->activate == SETTINGS_ACTIVATE_DEMAND,
		.on_change = is_on_change(plugin),
		.faults = supervised->faults,
		.restarts = supervised->restarts,
		.restart_at = supervised->next,
		.fault_time = supervised->last.time,
		.fault_words = supervised->last.words,
		.fault_report = supervised->last.report ? supervised->last.report : "",
		.group = supervisor_group(plugin),
		.recovery = recovery_of(plugin),
		.essential = plugin->settings->essential,
		.gave_up = *plugin->supervised.gave_up,
	};
	add_usage(plugin, info);
	bus_count(plugin->host->bus, plugin->name, &info->events_published, &info->events_delivered,
		  &info->events_dropped, &info->events_queued);
	info->events_published += plugin->counts.published;
	info->events_delivered += plugin->counts.delivered;
	info->events_dropped += plugin->counts.dropped;
}

int plugin_unload(struct plugin *plugin, struct instance *instance, struct corbel_error *error)
{
	struct corbel_plugin_info before, after;

	fill(plugin, &before);
	int result = instance_free(instance, error);
	fill(plugin, &after);
	plugin->counts.published += before.events_published - after.events_published;
	plugin->counts.delivered += before.events_delivered - after.events_delivered;
	plugin->counts.cpu_time += before.cpu_time - after.cpu_time;
	plugin->counts.dropped += before.events_dropped - after.events_dropped;
	return result;
}

void plugin_describe(struct plugin *plugin,
		     void (*visit)(void *data, const struct corbel_plugin_info *info), void *data)
{
	const struct manifest *manifest = plugin->verdict.manifest;
	struct corbel_plugin_info info;

	fill(plugin, &info);
	if (manifest) {
		info.provides = spell(&manifest->provides, &info.provide_count);
		info.needs = spell(&manifest->requires, &info.need_count);
		info.wishes = spell(&manifest->wants, &info.wish_count);
	}
	info.users = users_of(plugin, &info.user_count);
	visit(data, &info);
	free((void *)info.provides);
	free((void *)info.needs);
	free((void *)info.wishes);
	free((void *)info.users);
}
