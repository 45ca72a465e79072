/* SPDX-License-Identifier: MIT */
/*
 * What a host shows of itself, and the handles it gives to the program around it: <corbel/host.h>.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "graph.h"
#include "host_context.h"
#include "instance.h"

size_t corbel_host_unfit(const struct corbel_host *host)
{
	size_t unfit = 0;

	for (size_t i = 0; i < host->plugin_count; i++)
		unfit +=
			host->plugins[i]->state == CORBEL_PLUGIN_FAILED ||
			(host->plugins[i]->settings->enabled && graph_find_unmet(host->plugins[i]));
	return unfit;
}

int corbel_host_print_config(struct corbel_host *host, FILE *out)
{
	struct config_table **tables = calloc(host->settings->plugin_count + 1, sizeof(*tables));
	int result;

	if (!tables)
		return -ENOMEM;
	for (size_t i = 0; i < host->settings->plugin_count; i++) {
		const struct plugin *plugin = host_find(host, host->settings->plugins[i].name);

		tables[i] = plugin && plugin->entries ? plugin->entries->table : NULL;
	}
	result = settings_print(host->settings, tables, out);
	free(tables);
	return result;
}

const struct corbel_config_entry *corbel_host_setting(struct corbel_host *host, const char *section,
						      const char *key)
{
	static const char *const names[] = { "corbel", "log", "control" };

	for (size_t i = 0; i < 3; i++)
		if (strcmp(names[i], section) == 0)
			return entries_find(host->sections[i], key);
	return NULL;
}

void corbel_host_plugins(struct corbel_host *host,
			 void (*visit)(void *data, const struct corbel_plugin_info *plugin),
			 void *data)
{
	for (size_t i = 0; i < host->plugin_count; i++)
		plugin_describe(host->plugins[i], visit, data);
}

int corbel_host_plugin(struct corbel_host *host, const char *name,
		       void (*visit)(void *data, const struct corbel_plugin_info *plugin),
		       void *data)
{
	struct plugin *plugin = host_find(host, name);

	if (!plugin)
		return -ENOENT;
	plugin_describe(plugin, visit, data);
	return 0;
}

void corbel_host_services(struct corbel_host *host,
			  void (*visit)(void *data, const struct corbel_service_info *service),
			  void *data)
{
	registry_list(host->registry, visit, data);
}

void corbel_host_topics(struct corbel_host *host,
			void (*visit)(void *data, const struct corbel_topic_info *topic),
			void *data)
{
	bus_list_topics(host->bus, visit, data);
}

int corbel_host_monitor_add(struct corbel_host *host,
			    void (*changed)(void *data, const struct corbel_plugin_info *plugin),
			    void *data, struct corbel_host_monitor **out)
{
	struct corbel_host_monitor *monitor = calloc(1, sizeof(*monitor));

	if (!monitor)
		return -ENOMEM;
	monitor->host = host;
	monitor->changed = changed;
	monitor->data = data;
	monitor->next = host->monitors;
	host->monitors = monitor;
	*out = monitor;
	return 0;
}

static void free_removed(struct corbel_host *host)
{
	for (struct corbel_host_monitor **at = &host->monitors; *at;) {
		struct corbel_host_monitor *monitor = *at;

		if (!monitor->is_removed) {
			at = &monitor->next;
			continue;
		}
		*at = monitor->next;
		free(monitor);
	}
}

void corbel_host_monitor_remove(struct corbel_host_monitor *monitor)
{
	if (!monitor)
		return;
	monitor->is_removed = true;
	if (monitor->host->telling == 0)
		free_removed(monitor->host);
}

void host_tell(struct corbel_host *host, struct plugin *plugin)
{
	host->telling++;
	for (struct corbel_host_monitor *monitor = host->monitors; monitor; monitor = monitor->next)
		if (!monitor->is_removed)
			plugin_describe(plugin, monitor->changed, monitor->data);
	if (--host->telling == 0)
		free_removed(host);
}

struct corbel_context *corbel_host_context(struct corbel_host *host)
{
	return &host->program->context;
}

int corbel_host_event_text(const struct corbel_delivery *delivery, char *text, size_t size)
{
	return event_text(delivery, text, size);
}

int corbel_host_set_level(struct corbel_host *host, const char *name, int level)
{
	struct plugin *plugin = name ? host_find(host, name) : NULL;

	if (level < CORBEL_ERROR || level > CORBEL_DEBUG)
		return -EINVAL;
	if (name && !plugin)
		return -ENOENT;
	if (plugin)
		__atomic_store_n(&plugin->level, level, __ATOMIC_RELAXED);
	else
		__atomic_store_n(&host->log.level, level, __ATOMIC_RELAXED);
	return 0;
}

void corbel_host_log(struct corbel_host *host, int level, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_write(&host->log, "", level, __atomic_load_n(&host->log.level, __ATOMIC_RELAXED),
		  format, arguments);
	va_end(arguments);
}
