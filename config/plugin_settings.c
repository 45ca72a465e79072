/* SPDX-License-Identifier: MIT */
/* What a plugin's section means to the plugin, and whether a new one differs from the old. */
#include <errno.h>
#include <string.h>

#include "host_schema.h"
#include "settings_lookup.h"

static const char *const activate_words[] = { "auto", "demand", NULL };
static const char *const reload_words[] = { "on-request", "on-change", NULL };
static const char *const busy_words[] = { "abandon", "refuse", "retry", NULL };
static const char *const restart_words[] = { "never", "on-fault", "always", NULL };
static const char *const guard_words[] = { "dispatch", "calls", NULL };
static const char *const heap_words[] = { "shared", "private", NULL };
static const char *const hang_words[] = { "report", "restart", NULL };

bool plugin_settings_set(const struct plugin_settings *plugin, const char *key)
{
	const struct config_item *item = config_table_item(plugin->host, key);

	return item && item->file;
}

static void read_faults(struct plugin_settings *plugin, const struct settings *settings)
{
	const struct config_table *table = plugin->host;

	plugin->essential = answer_of(table, "essential");
	plugin->recovery = list_of(table, "recovery");
	plugin->on_fault = (enum settings_fault)choice_of(table, "on-fault", settings_fault_words,
							  (int)settings->on_fault);
	plugin->guard = (enum settings_guard)choice_of(table, "guard", guard_words, 0);
	plugin->heap = (enum settings_heap)choice_of(table, "heap", heap_words, 0);
	plugin->hang_timeout = duration_of(table, "hang-timeout", settings->hang_timeout);
	plugin->on_hang = (enum settings_hang)choice_of(table, "on-hang", hang_words, 0);
	plugin->limit_memory = size_of(table, "limit-memory");
	plugin->limit_fds = number_of(table, "limit-fds");
	plugin->limit_threads = number_of(table, "limit-threads");
}

static void read_grants(struct plugin_settings *plugin, const struct settings *settings)
{
	const struct config_table *table = plugin->host;

	plugin->may_use = list_of(table, "may-use");
	plugin->may_publish = list_of(table, "may-publish");
	plugin->may_subscribe = list_of(table, "may-subscribe");
	plugin->may_control = list_of(table, "may-control");
	plugin->fs_read = list_of(table, "fs-read");
	plugin->fs_write = list_of(table, "fs-write");
	plugin->net = answer_of(table, "net");
	plugin->syscalls = list_of(table, "syscalls");
	plugin->sha256 = text_of(table, "sha256");
	plugin->require_signature = plugin_settings_set(plugin, "require-signature")
					    ? answer_of(table, "require-signature")
					    : settings->require_signature;
	plugin->public_key = plugin->require_signature ? settings->public_key : NULL;
}

static void read_life(struct plugin_settings *plugin, const struct settings *settings)
{
	const struct config_table *table = plugin->host;

	plugin->path = text_of(table, "path");
	plugin->enabled = answer_of(table, "enabled");
	plugin->activate = (enum settings_activate)choice_of(table, "activate", activate_words, 0);
	plugin->idle = duration_of(table, "idle", 0);
	plugin->rank = number_of(table, "rank");
	plugin->reload = (enum settings_reload)choice_of(table, "reload", reload_words, 0);
	plugin->when_busy = (enum settings_busy)choice_of(table, "when-busy", busy_words, 0);
	plugin->restart = (enum settings_restart)choice_of(table, "restart", restart_words, 0);
	plugin->restart_intensity = number_of(table, "restart-intensity");
	plugin->restart_period = duration_of(table, "restart-period", 0);
	plugin->restart_backoff = duration_of(table, "restart-backoff", 0);
	plugin->restart_backoff_limit = duration_of(table, "restart-backoff-limit", 0);
	plugin->log_level = level_of(table, "log-level", SETTINGS_LEVEL_INHERIT);
	plugin->start_timeout = duration_of(table, "start-timeout", settings->start_timeout);
	plugin->stop_timeout = duration_of(table, "stop-timeout", settings->stop_timeout);
	plugin->reload_timeout = duration_of(table, "reload-timeout", settings->reload_timeout);
}

void plugin_settings_read(struct plugin_settings *plugin, const struct settings *settings)
{
	read_life(plugin, settings);
	read_faults(plugin, settings);
	read_grants(plugin, settings);
}

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
	static const char *const live[] = {
		"log-level",         "when-busy",      "start-timeout",   "stop-timeout",
		"reload-timeout",    "hang-timeout",   "on-hang",         "restart",
		"restart-intensity", "restart-period", "restart-backoff", "restart-backoff-limit",
		"essential",         "recovery",       "may-use",         "may-publish",
		"may-subscribe",     "may-control"
	};

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

static bool is_same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

bool plugin_settings_equal(const struct plugin_settings *a, const struct plugin_settings *b)
{
	return strcmp(a->name, b->name) == 0 && has_all_of(a->host, b->host) &&
	       has_all_of(b->host, a->host) && a->on_fault == b->on_fault &&
	       a->require_signature == b->require_signature &&
	       is_same_text(a->public_key, b->public_key);
}
