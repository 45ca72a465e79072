/* SPDX-License-Identifier: MIT */
/* The configuration, judged whole and then applied. */
#include "reconfigure.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "graph.h"
#include "instance.h"
#include "lifecycle.h"
#include "steps.h"

static void complain_of_all(struct corbel_host *host, const struct complaints *complaints,
			    int result, struct corbel_error *error)
{
	for (size_t i = 0; i < complaints->count; i++)
		host_complain(host, complaints->texts[i]);
	complaints_report(complaints, error, result);
}

int reconfigure_load(struct corbel_host *host, struct settings **out, struct corbel_error *error)
{
	const char *const *overrides = (const char *const *)host->overrides;
	struct complaints complaints = { 0 };
	int result;

	if (host->text)
		result = settings_load_text("configuration", host->text, strlen(host->text),
					    overrides, host->override_count, out, &complaints);
	else
		result = settings_load(host->file, overrides, host->override_count, out,
				       &complaints);
	if (result < 0)
		complain_of_all(host, &complaints, result, error);
	complaints_fini(&complaints);
	return result;
}

void reconfigure_declare(struct plugin *plugin)
{
	const struct manifest *manifest = plugin->verdict.manifest;

	registry_forget(plugin->host->registry, plugin->name);
	if (!manifest || plugin->settings->activate != SETTINGS_ACTIVATE_DEMAND ||
	    !plugin->settings->enabled)
		return;
	for (size_t i = 0; i < manifest->provides.count; i++)
		registry_declare(plugin->host->registry, manifest->provides.items[i].name,
				 manifest->provides.items[i].version, plugin->name,
				 lifecycle_activate, plugin->host);
}

static bool starts_by_itself(const struct plugin *plugin)
{
	return plugin->settings->enabled && plugin->settings->activate == SETTINGS_ACTIVATE_AUTO;
}

static int add_plugin(struct corbel_host *host, const struct plugin_settings *settings)
{
	struct plugin **grown = NULL;
	struct plugin *plugin;
	int result = plugin_new(host, settings, &plugin);

	if (result < 0)
		return result;
	pthread_mutex_lock(&host->roster);
	grown = realloc(host->plugins, (host->plugin_count + 1) * sizeof(*grown));
	if (grown) {
		host->plugins = grown;
		host->plugins[host->plugin_count++] = plugin;
	}
	pthread_mutex_unlock(&host->roster);
	if (!grown) {
		plugin_free(plugin);
		return -ENOMEM;
	}
	plugin_judge(plugin);
	reconfigure_declare(plugin);
	plugin->wanted = host->is_started && starts_by_itself(plugin);
	return 0;
}

/* What was read but holds from the next start of the program on. */
static const struct fixed_key {
	size_t section;
	const char *key;
} fixed_keys[] = {
	{ 0, "runtime-dir" }, { 0, "workers" }, { 2, "enabled" }, { 2, "socket" }, { 2, "group" },
};

static bool is_same(const struct config_table *a, const struct config_table *b, const char *key)
{
	const struct config_value *before = config_table_find(a, key);
	const struct config_value *after = config_table_find(b, key);

	return before && after ? value_equals(before, after) : before == after;
}

static void tell_fixed(struct corbel_host *host, const struct settings *old)
{
	static const char *const sections[] = { "corbel", "log", "control" };

	for (size_t i = 0; i < sizeof(fixed_keys) / sizeof(*fixed_keys); i++) {
		const struct fixed_key *fixed = &fixed_keys[i];

		if (!is_same(old->tables[fixed->section], host->settings->tables[fixed->section],
			     fixed->key))
			log_host(&host->log, CORBEL_WARNING,
				 "%s in [%s] has changed, which only a new start can apply",
				 fixed->key, sections[fixed->section]);
	}
}

static void keep_sections(struct corbel_host *host)
{
	for (size_t i = 0; i < 3; i++) {
		entries_free(host->sections[i]);
		host->sections[i] = NULL;
		entries_new(host->settings->tables[i], false, &host->sections[i]);
	}
}

static void complain_of_unmet(const struct plugin *plugin)
{
	const struct manifest_interface *wanted = graph_find_unmet(plugin);
	struct corbel_error error;

	if (!wanted || !plugin->settings->enabled || plugin->state == CORBEL_PLUGIN_FAILED)
		return;
	graph_explain_missing(plugin, wanted, &error);
	error_prefix(&error, 0, "%s: ", plugin->name);
	host_complain(plugin->host, error.text);
}

int reconfigure_first(struct corbel_host *host, struct corbel_error *error)
{
	keep_sections(host);
	for (size_t i = 0; i < host->settings->plugin_count; i++) {
		int result = add_plugin(host, &host->settings->plugins[i]);

		if (result < 0)
			return error_set(error, result, "out of memory");
	}
	graph_refuse_cycles(host);
	for (size_t i = 0; i < host->plugin_count; i++)
		complain_of_unmet(host->plugins[i]);
	return 0;
}

/* What the plugin has been told, or will be. */
static const struct entries *newest(const struct plugin *plugin)
{
	if (plugin->next_entries)
		return plugin->next_entries;
	return plugin->instance && plugin->instance->offered ? plugin->instance->offered
							     : plugin->entries;
}

/* What new settings would do to a plugin that stays. */
static int judge_change(struct plugin *plugin, const struct plugin_settings *settings,
			struct complaints *complaints)
{
	struct plugin_change *change = &plugin->change;
	struct config_table *table = NULL;
	int result;

	change->settings = settings;
	change->restart = !plugin_settings_equal(plugin->settings, settings);
	if (!plugin->verdict.manifest)
		return 0;
	result = settings_plugin_table(settings, plugin->verdict.manifest->schema, &table,
				       complaints);
	if (result < 0)
		return result;
	if (plugin->entries && config_table_equals(newest(plugin)->table, table)) {
		config_table_free(table);
		return 0;
	}
	return entries_new(table, true, &change->entries);
}

/*
 * A plugin that is new, or whose file may be another one now, must be fit before anything is
 * applied.
 */
static int judge_file_of(struct corbel_host *host, const struct settings *settings,
			 const struct plugin_settings *plugin, struct complaints *complaints)
{
	struct candidate candidate;
	int result = candidate_judge(host, settings, plugin, NULL, &candidate, complaints);

	if (result == 0)
		candidate_fini(&candidate);
	return result;
}

static int judge_changes(struct corbel_host *host, const struct settings *settings,
			 struct complaints *complaints)
{
	int result = 0;

	for (size_t i = 0; i < settings->plugin_count; i++) {
		struct plugin *plugin = host_find(host, settings->plugins[i].name);
		int judged = plugin ? judge_change(plugin, &settings->plugins[i], complaints) : 0;

		if (judged == 0 && (!plugin || plugin->change.restart))
			judged = judge_file_of(host, settings, &settings->plugins[i], complaints);
		if (judged < 0)
			result = judged;
	}
	return result;
}

static void apply_change(struct plugin *plugin)
{
	struct plugin_change change = plugin->change;

	plugin->change = (struct plugin_change){ 0 };
	plugin->is_gone = !change.settings;
	if (plugin->is_gone)
		return;
	plugin->settings = change.settings;
	grants_apply(plugin);
	__atomic_store_n(&plugin->level, (int)change.settings->log_level, __ATOMIC_RELAXED);
	if (change.restart) {
		reconfigure_declare(plugin);
		plugin->wanted =
			plugin->settings->enabled && (plugin->wanted || starts_by_itself(plugin));
		plugin->restarting = plugin_is_up(plugin);
	}
	if (change.entries)
		steps_configure(plugin, change.entries);
	if (change.restart || change.entries)
		supervisor_forgive(plugin);
	/* A zombie still reads its manifest. */
	if ((plugin->state == CORBEL_PLUGIN_FAILED && !*plugin->supervised.gave_up) ||
	    (change.restart && !plugin_is_up(plugin) && !plugin->instance))
		plugin_judge(plugin);
}

static void drop_changes(struct corbel_host *host)
{
	for (size_t i = 0; i < host->plugin_count; i++) {
		entries_free(host->plugins[i]->change.entries);
		host->plugins[i]->change = (struct plugin_change){ 0 };
	}
}

static void retire_settings(struct corbel_host *host, struct settings *settings)
{
	struct settings **grown =
		realloc(host->retired, (host->retired_count + 1) * sizeof(*grown));

	if (!grown)
		return; /* kept for ever: plugins that are gone still name it */
	host->retired = grown;
	host->retired[host->retired_count++] = settings;
}

static void apply(struct corbel_host *host, struct settings *settings)
{
	struct settings *old = host->settings;

	host->settings = settings;
	__atomic_store_n(&host->log.level, (int)settings->log.level, __ATOMIC_RELAXED);
	keep_sections(host);
	for (size_t i = 0; i < host->plugin_count; i++)
		apply_change(host->plugins[i]);
	for (size_t i = 0; i < settings->plugin_count; i++)
		if (!host_find(host, settings->plugins[i].name))
			add_plugin(host, &settings->plugins[i]);
	graph_refuse_cycles(host);
	tell_fixed(host, old);
	retire_settings(host, old);
	lifecycle_wake(host);
}

int corbel_host_reconfigure(struct corbel_host *host, struct corbel_error *error)
{
	struct complaints complaints = { 0 };
	struct settings *settings;
	int result = reconfigure_load(host, &settings, error);

	if (result < 0)
		return result;
	result = judge_changes(host, settings, &complaints);
	if (result < 0) {
		complain_of_all(host, &complaints, result, error);
		drop_changes(host);
		settings_free(settings);
	} else {
		apply(host, settings);
	}
	complaints_fini(&complaints);
	return result;
}

static bool is_among(const struct settings *settings, const struct plugin_settings *plugin)
{
	return plugin >= settings->plugins && plugin < settings->plugins + settings->plugin_count;
}

static bool is_named(const struct corbel_host *host, const struct settings *settings)
{
	for (size_t i = 0; i < host->plugin_count; i++) {
		const struct plugin *plugin = host->plugins[i];

		if (is_among(settings, plugin->settings) ||
		    (plugin->instance && is_among(settings, plugin->instance->settings)))
			return true;
	}
	return false;
}

void reconfigure_release(struct corbel_host *host)
{
	size_t kept = 0;

	/* Instances that start or end beside those that run name theirs, too. */
	if (!TAILQ_EMPTY(&host->reloads))
		return;
	for (size_t i = 0; i < host->plugin_count; i++)
		if (host->plugins[i]->retiring > 0)
			return;
	for (size_t i = 0; i < host->retired_count; i++) {
		if (is_named(host, host->retired[i]))
			host->retired[kept++] = host->retired[i];
		else
			settings_free(host->retired[i]);
	}
	host->retired_count = kept;
}

void reconfigure_free(struct corbel_host *host)
{
	for (size_t i = 0; i < host->retired_count; i++)
		settings_free(host->retired[i]);
	free(host->retired);
	for (size_t i = 0; i < 3; i++)
		entries_free(host->sections[i]);
	settings_free(host->settings);
}
