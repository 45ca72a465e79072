/* SPDX-License-Identifier: MIT */
/* Who needs whom, from manifests alone: cycles, missing providers, and the words for both. */
#include "graph.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Depth-first search: `path` holds the plugins on the way, `via` what each requires of the next. */
struct search {
	struct corbel_host *host;
	struct plugin **path;
	const char **via;
	size_t depth;
	unsigned char *seen; /* 1: on the path, 2: done */
	size_t refused;
};

static size_t index_of(const struct corbel_host *host, const struct plugin *plugin)
{
	for (size_t i = 0; i < host->plugin_count; i++)
		if (host->plugins[i] == plugin)
			return i;
	return host->plugin_count;
}

static bool takes_part(const struct plugin *plugin)
{
	return plugin->is_judged && !plugin->is_gone && plugin->state != CORBEL_PLUGIN_ZOMBIE;
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

/* Whether all of a circle have been told before, or run. */
static bool is_refused(const struct search *search, size_t first)
{
	for (size_t i = first; i < search->depth; i++)
		if (may_refuse(search->path[i]))
			return false;
	return true;
}

static void refuse(struct search *search, size_t first)
{
	char words[768];
	size_t used = 0;

	if (is_refused(search, first))
		return;
	for (size_t i = first; i < search->depth; i++) {
		const struct plugin *next = search->path[i + 1 < search->depth ? i + 1 : first];

		used += (size_t)snprintf(words + used, sizeof(words) - used,
					 "%s%s requires %s of %s", i > first ? ", " : "",
					 search->path[i]->name, search->via[i], next->name);
		if (used >= sizeof(words))
			break;
	}
	for (size_t i = first; i < search->depth; i++) {
		char reason[1024];

		snprintf(reason, sizeof(reason),
			 "the requirements go round in a circle: %s; make one of them a wish "
			 "([wants])",
			 words);
		if (i == first)
			host_complain(search->host, reason);
		if (!may_refuse(search->path[i]))
			continue;
		plugin_refuse(search->path[i], reason);
		search->refused++;
	}
}

static void visit(struct search *search, struct plugin *plugin)
{
	const struct manifest_interfaces *requires = &plugin->verdict.manifest->requires;
	size_t index = index_of(search->host, plugin);

	search->seen[index] = 1;
	search->path[search->depth++] = plugin;
	for (size_t i = 0; i < requires->count && takes_part(plugin); i++) {
		struct plugin *provider = only_provider(search->host, &requires->items[i]);
		size_t at = provider ? index_of(search->host, provider) : 0;

		search->via[search->depth - 1] = requires->items[i].name;
		if (!provider || search->seen[at] == 2)
			continue;
		if (search->seen[at] == 0) {
			visit(search, provider);
			continue;
		}
		for (size_t first = 0; first < search->depth; first++)
			if (search->path[first] == provider)
				refuse(search, first);
	}
	search->depth--;
	search->seen[index] = 2;
}

size_t graph_refuse_cycles(struct corbel_host *host)
{
	struct search search = {
		.host = host,
		.path = calloc(host->plugin_count + 1, sizeof(*search.path)),
		.via = calloc(host->plugin_count + 1, sizeof(*search.via)),
		.seen = calloc(host->plugin_count + 1, 1),
	};

	for (size_t i = 0; search.path && search.via && search.seen && i < host->plugin_count; i++)
		if (takes_part(host->plugins[i]) && search.seen[i] == 0)
			visit(&search, host->plugins[i]);
	free(search.path);
	free(search.via);
	free(search.seen);
	return search.refused;
}

int graph_explain_missing(const struct plugin *plugin, const struct manifest_interface *wanted,
			  struct corbel_error *error)
{
	const struct corbel_host *host = plugin->host;
	const struct plugin *other = NULL;

	for (size_t i = 0; i < host->plugin_count; i++) {
		const struct plugin *provider = host->plugins[i];

		if (plugin_provides(provider, wanted))
			return error_set(error, -EAGAIN, "waits for %s %u.%u of %s, which is %s%s",
					 wanted->name, wanted->version.major, wanted->version.minor,
					 provider->name, corbel_plugin_state_name(provider->state),
					 provider->wanted || provider->settings->activate
						 ? ""
						 : " and not wanted");
		if (provider->is_judged &&
		    manifest_interface_find(&provider->verdict.manifest->provides, wanted->name))
			other = provider;
	}
	if (other) {
		struct version has =
			manifest_interface_find(&other->verdict.manifest->provides, wanted->name)
				->version;

		return error_set(error, -EPROTONOSUPPORT,
				 "requires %s %u.%u, and %s provides %u.%u (install a fitting "
				 "version of one)",
				 wanted->name, wanted->version.major, wanted->version.minor,
				 other->name, has.major, has.minor);
	}
	return error_set(
		error, -ENOENT,
		"requires %s %u.%u, and no plugin of the configuration provides it (add a [plugin] "
		"that does)",
		wanted->name, wanted->version.major, wanted->version.minor);
}

const struct manifest_interface *graph_find_unmet(const struct plugin *plugin)
{
	const struct corbel_host *host = plugin->host;
	const struct manifest *manifest = plugin_manifest(plugin);

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
