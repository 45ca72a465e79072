/* SPDX-License-Identifier: MIT */
/* The graph of requirements. */
#include "graph.h"

#include <errno.h>
#include <string.h>

/* plugin.mark, in a depth-first search. */
enum mark { UNSEEN, ON_PATH, DONE };

static bool takes_part(const struct plugin *plugin)
{
	return plugin->verdict.manifest && !plugin->is_gone &&
	       plugin->state != CORBEL_PLUGIN_ZOMBIE;
}

/*
 * The one plugin that can provide it, or NULL when there is none, or a choice, or one that sleeps.
 */
static struct plugin *only_provider(const struct corbel_host *host,
				    const struct manifest_interface *wanted)
{
	struct plugin *found = NULL;

	for (size_t i = 0; i < host->plugin_count; i++) {
		struct plugin *plugin = host->plugins[i];

		if (!takes_part(plugin) || !plugin_provides(plugin, wanted))
			continue;
		if (found || plugin->settings->activate == SETTINGS_ACTIVATE_DEMAND)
			return NULL;
		found = plugin;
	}
	return found;
}

/* One that runs is left alone: it goes when a requirement does, and is judged again then. */
static bool may_refuse(const struct plugin *plugin)
{
	return plugin->state != CORBEL_PLUGIN_FAILED && !plugin_is_up(plugin);
}

/* Follows `towards` from a plugin on a circle, back to it. */
static void refuse_circle(struct plugin *first)
{
	char words[768] = "", reason[1024];
	struct plugin *plugin = first;
	bool is_news = false; /* else all have been told before, or run */
	size_t used = 0;

	do {
		if (used < sizeof(words))
			used += (size_t)snprintf(words + used, sizeof(words) - used,
						 "%s%s requires %s of %s", used ? ", " : "",
						 plugin->name, plugin->via, plugin->towards->name);
		is_news |= may_refuse(plugin);
		plugin = plugin->towards;
	} while (plugin != first);
	if (!is_news)
		return;
	snprintf(reason, sizeof(reason),
		 "the requirements go round in a circle: %s; make one of them a wish ([wants])",
		 words);
	host_complain(first->host, reason);
	do {
		if (may_refuse(plugin))
			plugin_refuse(plugin, reason);
		plugin = plugin->towards;
	} while (plugin != first);
}

static void visit(struct plugin *plugin)
{
	const struct manifest_interfaces *requires = &plugin->verdict.manifest->requires;

	plugin->mark = ON_PATH;
	for (size_t i = 0; i < requires->count; i++) {
		struct plugin *provider = only_provider(plugin->host, &requires->items[i]);

		if (!provider || provider->mark == DONE)
			continue;
		plugin->via = requires->items[i].name;
		plugin->towards = provider;
		if (provider->mark == ON_PATH)
			refuse_circle(provider);
		else
			visit(provider);
	}
	plugin->mark = DONE;
}

void graph_refuse_cycles(struct corbel_host *host)
{
	for (size_t i = 0; i < host->plugin_count; i++)
		host->plugins[i]->mark = UNSEEN;
	for (size_t i = 0; i < host->plugin_count; i++)
		if (takes_part(host->plugins[i]) && host->plugins[i]->mark == UNSEEN)
			visit(host->plugins[i]);
}

int graph_explain_missing(const struct plugin *plugin, const struct manifest_interface *wanted,
			  struct corbel_error *error)
{
	const struct corbel_host *host = plugin->host;
	const struct manifest_interface *offered = NULL;
	const struct plugin *other = NULL;
	const struct version version = wanted->version;

	for (size_t i = 0; i < host->plugin_count; i++) {
		const struct plugin *provider = host->plugins[i];

		if (plugin_provides(provider, wanted))
			return error_set(error, -EAGAIN, "waits for %s %u.%u of %s, which is %s%s",
					 wanted->name, version.major, version.minor, provider->name,
					 corbel_plugin_state_name(provider->state),
					 provider->wanted || provider->settings->activate
						 ? ""
						 : " and not wanted");
		if (plugin_offer(provider, wanted->name)) {
			offered = plugin_offer(provider, wanted->name);
			other = provider;
		}
	}
	if (offered)
		return error_set(error, -EPROTONOSUPPORT,
				 "requires %s %u.%u, and %s provides %u.%u (install a fitting "
				 "version of one)",
				 wanted->name, version.major, version.minor, other->name,
				 offered->version.major, offered->version.minor);
	return error_set(
		error, -ENOENT,
		"requires %s %u.%u, and no plugin of the configuration provides it (add a [plugin] "
		"that does)",
		wanted->name, version.major, version.minor);
}

const struct manifest_interface *graph_find_unmet(const struct plugin *plugin)
{
	const struct corbel_host *host = plugin->host;
	const struct manifest *manifest = plugin->verdict.manifest;

	for (size_t i = 0; manifest && i < manifest->requires.count; i++) {
		bool is_met = false;

		for (size_t j = 0; j < host->plugin_count && !is_met; j++)
			is_met = host->plugins[j] != plugin &&
				 host->plugins[j]->settings->enabled &&
				 plugin_provides(host->plugins[j], &manifest->requires.items[i]);
		if (!is_met)
			return &manifest->requires.items[i];
	}
	return NULL;
}
