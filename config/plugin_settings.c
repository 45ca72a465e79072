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

/* Looked at when they are needed: a change of theirs is in force at once. */
static bool is_live(const char *key)
{
	static const char *const live[] = { "log-level", "when-busy", "start-timeout",
					    "stop-timeout", "reload-timeout" };

	for (size_t i = 0; i < sizeof(live) / sizeof(*live); i++)
		if (strcmp(live[i], key) == 0)
			return true;
	return false;
}

static bool has_all_of(const struct config_table *table, const struct config_table *other)
{
	for (size_t i = 0; i < other->count; i++) {
		const struct config_value *value = config_table_find(table, other->items[i].key);

		if (!is_live(other->items[i].key) &&
		    !(value && value_equals(value, &other->items[i].value)))
			return false;
	}
	return true;
}

bool plugin_settings_equal(const struct plugin_settings *a, const struct plugin_settings *b)
{
	return strcmp(a->name, b->name) == 0 && has_all_of(a->host, b->host) &&
	       has_all_of(b->host, a->host) && a->on_fault == b->on_fault;
}
