/* SPDX-License-Identifier: MIT */
/* Grants: what a plugin's manifest declares and the configuration allows it. */
#include <errno.h>

#include "instance.h"

static bool listed(const struct settings_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (pattern_matches(list->items[i], name))
			return true;
	return false;
}

static bool declared(const struct manifest *manifest, enum grant grant, const char *name)
{
	switch (grant) {
	case GRANT_PROVIDE:
		return manifest_interface_find(&manifest->provides, name);
	case GRANT_BIND:
		return manifest_interface_find(&manifest->requires, name) ||
		       manifest_interface_find(&manifest->wants, name);
	case GRANT_PUBLISH:
		return manifest_topic_covers(&manifest->publishes, name);
	case GRANT_SUBSCRIBE:
		return manifest_topic_covers(&manifest->subscribes, name);
	case GRANT_CONTROL:
		return true;
	}
	return false;
}

static const struct {
	const char *verb, *section, *key;
} words[] = {
	[GRANT_PROVIDE] = { "provide", "provides", NULL },
	[GRANT_BIND] = { "use", "wants", "may-use" },
	[GRANT_PUBLISH] = { "publish", "publishes", "may-publish" },
	[GRANT_SUBSCRIBE] = { "subscribe to", "subscribes", "may-subscribe" },
	[GRANT_CONTROL] = { "control", NULL, "may-control" },
};

static const struct settings_list *granted(const struct plugin_settings *settings, enum grant grant)
{
	switch (grant) {
	case GRANT_BIND:
		return &settings->may_use;
	case GRANT_PUBLISH:
		return &settings->may_publish;
	case GRANT_SUBSCRIBE:
		return &settings->may_subscribe;
	case GRANT_CONTROL:
		return &settings->may_control;
	case GRANT_PROVIDE:
		break;
	}
	return NULL;
}

int grant_check(const struct instance *instance, enum grant grant, const char *name,
		struct corbel_error *error)
{
	const struct manifest *manifest = instance_manifest(instance);
	const struct plugin *plugin = instance->plugin;
	const struct settings_list *list;

	if (instance == instance->host->program)
		return 0;
	list = granted(instance->settings, grant);
	if (!declared(manifest, grant, name))
		return error_set(error, -EACCES,
				 "%s may not %s %s: its manifest does not say so (add it to [%s] "
				 "in %s.plugin)",
				 plugin->name, words[grant].verb, name, words[grant].section,
				 manifest->name);
	if (list && !listed(list, name))
		return error_set(
			error, -EACCES,
			"%s may not %s %s: the configuration does not grant it (add it to %s in "
			"[plugin %s])",
			plugin->name, words[grant].verb, name, words[grant].key, plugin->name);
	return 0;
}
