/* SPDX-License-Identifier: MIT */
/* What a plugin's section means to the plugin, and whether a new one differs from the old. */
#include <errno.h>
#include <string.h>

#include "host_schema.h"
#include "settings.h"

bool settings_reserves_key(const char *key)
{
	return host_section_has_key(HOST_SECTION_PLUGIN, key);
}

static int check_reserved(const struct plugin_settings *plugin, const struct schema *schema,
			  struct complaints *complaints)
{
	int code = 0;

	for (size_t i = 0; schema && i < schema->count; i++)
		if (settings_reserves_key(schema->keys[i].name))
			code = complaints_add(complaints, -EINVAL,
					      "plugin %s: its manifest declares "
					      "the key \"%s\", which is the host's (rename it in "
					      "its .plugin file)",
					      plugin->name, schema->keys[i].name);
	return code;
}

int settings_plugin_table(const struct plugin_settings *plugin, const struct schema *schema,
			  struct config_table **table, struct complaints *complaints)
{
	struct schema *host;
	struct schema own = { 0 };
	int code = check_reserved(plugin, schema, complaints);

	if (code < 0)
		return code;
	code = host_schema_new(HOST_SECTION_PLUGIN, &host);
	if (code < 0)
		return complaints_add(complaints, code, "out of memory");
	if (schema)
		own = *schema;
	/* A misspelt key of the host's looks like one of the plugin's: both are offered. */
	own.neighbour = host;
	code = config_table_new(&own, &plugin->own, table, complaints);
	schema_free(host);
	return code;
}

bool plugin_settings_equal(const struct plugin_settings *a, const struct plugin_settings *b)
{
	return strcmp(a->name, b->name) == 0 && config_table_equals(a->host, b->host) &&
	       a->on_fault == b->on_fault && a->start_timeout == b->start_timeout &&
	       a->stop_timeout == b->stop_timeout && a->reload_timeout == b->reload_timeout;
}
