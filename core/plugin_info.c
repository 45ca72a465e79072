/* SPDX-License-Identifier: MIT */
/* What the outside is shown of a plugin. */
#include <stdlib.h>
#include <string.h>

#include "instance.h"
#include "plugin.h"

/* "NAME MAJOR.MINOR" for each, in one block to free; NULL for none. */
static char **spell(const struct manifest_interfaces *list)
{
	size_t size = list->count * sizeof(char *);

	for (size_t i = 0; i < list->count; i++)
		size += strlen(list->items[i].name) + 16;
	char **words = list->count ? malloc(size) : NULL;
	if (!words)
		return NULL;
	char *at = (char *)(words + list->count);
	for (size_t i = 0; i < list->count; i++) {
		words[i] = at;
		at += sprintf(at, "%s %u.%u", list->items[i].name, list->items[i].version.major,
			      list->items[i].version.minor) +
		      1;
	}
	return words;
}

/* The names of the plugins that run and require what it provides; borrowed but for the array. */
static char **users_of(const struct plugin *plugin, size_t *count)
{
	const struct corbel_host *host = plugin->host;
	char **users = calloc(host->plugin_count + 1, sizeof(*users));

	*count = 0;
	for (size_t i = 0; users && i < host->plugin_count; i++) {
		const struct plugin *other = host->plugins[i];
		const struct manifest *manifest = plugin_manifest(other);

		for (size_t j = 0; manifest && plugin_is_up(other) && j < manifest->requires.count;
		     j++)
			if (other != plugin &&
			    plugin_provides(plugin, &manifest->requires.items[j])) {
				users[(*count)++] = other->name;
				break;
			}
	}
	return users;
}

static int plugin_level(const struct plugin *plugin)
{
	int level = __atomic_load_n(&plugin->level, __ATOMIC_RELAXED);

	return level >= 0 ? level : __atomic_load_n(&plugin->host->log.level, __ATOMIC_RELAXED);
}

static void fill(const struct plugin *plugin, struct corbel_plugin_info *info)
{
	*info = (struct corbel_plugin_info){
		.size = sizeof(*info),
		.state = plugin->state,
		.name = plugin->name,
		.version = plugin_version(plugin),
		.summary = plugin->is_judged ? plugin->verdict.manifest->summary : "",
		.path = plugin->is_judged ? plugin->verdict.path : "",
		.reason = plugin->reason,
		.since = plugin->since,
		.starts = plugin->starts,
		.holdings = plugin->instance ? ledger_size(&plugin->instance->ledger) : 0,
		.log_level = plugin_level(plugin),
		.wanted = plugin->wanted,
		.on_demand = plugin->settings->activate == SETTINGS_ACTIVATE_DEMAND,
	};
	bus_count(plugin->host->bus, plugin->name, &info->events_published, &info->events_delivered,
		  &info->events_dropped, &info->events_queued);
	info->events_published += plugin->counts.published;
	info->events_delivered += plugin->counts.delivered;
	info->events_dropped += plugin->counts.dropped;
}

void plugin_keep_counts(struct plugin *plugin)
{
	uint64_t published, delivered, dropped, queued;

	bus_count(plugin->host->bus, plugin->name, &published, &delivered, &dropped, &queued);
	plugin->counts.published += published;
	plugin->counts.delivered += delivered;
	plugin->counts.dropped += dropped;
}

void plugin_describe(struct plugin *plugin,
		     void (*visit)(void *data, const struct corbel_plugin_info *info), void *data)
{
	const struct manifest *manifest = plugin_manifest(plugin);
	char **provides = manifest ? spell(&manifest->provides) : NULL;
	char **needs = manifest ? spell(&manifest->requires) : NULL;
	char **wishes = manifest ? spell(&manifest->wants) : NULL;
	struct corbel_plugin_info info;
	char **users;

	fill(plugin, &info);
	users = users_of(plugin, &info.user_count);
	info.provides = (const char *const *)provides;
	info.provide_count = provides ? manifest->provides.count : 0;
	info.needs = (const char *const *)needs;
	info.need_count = needs ? manifest->requires.count : 0;
	info.wishes = (const char *const *)wishes;
	info.wish_count = wishes ? manifest->wants.count : 0;
	info.users = (const char *const *)users;
	visit(data, &info);
	free(provides);
	free(needs);
	free(wishes);
	free(users);
}
