/* SPDX-License-Identifier: MIT */
/* A plugin: a named unit of the configuration, its state, and what is told about it. */
#include "plugin.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "instance.h"

static const char *const state_names[] = {
	[CORBEL_PLUGIN_FOUND] = "found",     [CORBEL_PLUGIN_JUDGED] = "judged",
	[CORBEL_PLUGIN_LOADED] = "loaded",   [CORBEL_PLUGIN_STARTING] = "starting",
	[CORBEL_PLUGIN_RUNNING] = "running", [CORBEL_PLUGIN_DRAINING] = "draining",
	[CORBEL_PLUGIN_STOPPED] = "stopped", [CORBEL_PLUGIN_UNLOADED] = "unloaded",
	[CORBEL_PLUGIN_FAILED] = "failed",   [CORBEL_PLUGIN_QUARANTINED] = "quarantined",
	[CORBEL_PLUGIN_ZOMBIE] = "zombie",
};

const char *corbel_plugin_state_name(enum corbel_plugin_state state)
{
	return (size_t)state < sizeof(state_names) / sizeof(*state_names) ? state_names[state]
									  : "unknown";
}

int plugin_new(struct corbel_host *host, const struct plugin_settings *settings,
	       struct plugin **out)
{
	struct plugin *plugin = calloc(1, sizeof(*plugin));

	if (!plugin)
		return -ENOMEM;
	plugin->host = host;
	plugin->settings = settings;
	grants_init(&plugin->grants, settings);
	plugin->name = strdup(settings->name);
	plugin->level = settings->log_level;
	plugin->since = host_wall_clock();
	if (!plugin->name || commit_new(&plugin->commit) < 0) {
		grants_fini(&plugin->grants);
		free(plugin->name);
		free(plugin);
		return -ENOMEM;
	}
	*out = plugin;
	return 0;
}

static void forget_file(struct plugin *plugin)
{
	verdict_fini(&plugin->verdict);
	entries_free(plugin->entries);
	entries_free(plugin->next_entries);
	plugin->entries = plugin->next_entries = NULL;
}

void plugin_take(struct plugin *plugin, struct candidate *candidate, struct instance *instance)
{
	instance->judged = (struct candidate){ plugin->verdict, plugin->entries };
	if (instance->image->verdict == &plugin->verdict)
		instance->image->verdict = &instance->judged.verdict;
	plugin->verdict = candidate->verdict;
	plugin->entries = candidate->entries;
	*candidate = (struct candidate){ 0 };
}

static char *copy_of(const char *text)
{
	return text ? strdup(text) : NULL;
}

void plugin_keep_previous(struct plugin *plugin, const struct verdict *copy)
{
	struct plugin_previous *previous = &plugin->previous;

	if (previous->path)
		unlink(previous->path);
	free(previous->path);
	free(previous->version);
	free(previous->signature);
	*previous = (struct plugin_previous){ 0 };
	if (!copy)
		return;
	previous->path = copy_of(copy->path);
	previous->version = copy_of(copy->manifest->version);
	previous->signature = copy_of(copy->vouched.signature);
}

void plugin_free(struct plugin *plugin)
{
	if (!plugin)
		return;
	plugin_answer(plugin, -ECANCELED, "the plugin was removed from the configuration");
	timer_stop(plugin->deadline);
	timer_stop(plugin->idle);
	supervised_fini(plugin);
	plugin_keep_previous(plugin, NULL);
	forget_file(plugin);
	grants_fini(&plugin->grants);
	commit_free(plugin->commit);
	free(plugin->hang);
	free(plugin->name);
	free(plugin);
}

static void refuse(struct plugin *plugin, const struct complaints *complaints, int result)
{
	struct corbel_error error = { "" };

	for (size_t i = 0; i < complaints->count; i++)
		host_complain(plugin->host, complaints->texts[i]);
	complaints_report(complaints, &error, result);
	plugin_refuse(plugin, error.text);
}

int plugin_judge(struct plugin *plugin)
{
	struct complaints complaints = { 0 };
	struct candidate candidate;
	int result = candidate_judge(plugin->host, plugin->host->settings, plugin->settings, NULL,
				     &candidate, &complaints);

	forget_file(plugin);
	if (result < 0) {
		refuse(plugin, &complaints, result);
		complaints_fini(&complaints);
		return result;
	}
	plugin->verdict = candidate.verdict;
	plugin->entries = candidate.entries;
	for (size_t i = 0; i < plugin->verdict.warnings.count; i++)
		log_host(&plugin->host->log, CORBEL_WARNING, "%s",
			 plugin->verdict.warnings.texts[i]);
	plugin_enter(plugin, CORBEL_PLUGIN_JUDGED, "");
	return 0;
}

static void enter(struct plugin *plugin, enum corbel_plugin_state state, const char *reason,
		  int level)
{
	plugin->state = state;
	plugin->since = host_wall_clock();
	if (reason != plugin->reason)
		snprintf(plugin->reason, sizeof(plugin->reason), "%s", reason);
	log_host(&plugin->host->log, level, "%s%s%s %s%s%s", plugin->name,
		 plugin->verdict.manifest ? " " : "", plugin_version(plugin),
		 state == CORBEL_PLUGIN_ZOMBIE ? "stays in memory"
					       : corbel_plugin_state_name(state),
		 *reason ? ": " : "", reason);
	host_tell(plugin->host, plugin);
}

void plugin_enter(struct plugin *plugin, enum corbel_plugin_state state, const char *reason)
{
	bool is_bad = state == CORBEL_PLUGIN_FAILED || state == CORBEL_PLUGIN_ZOMBIE ||
		      state == CORBEL_PLUGIN_QUARANTINED;

	enter(plugin, state, reason, is_bad ? CORBEL_ERROR : CORBEL_DEBUG);
}

void plugin_refuse(struct plugin *plugin, const char *reason)
{
	enter(plugin, CORBEL_PLUGIN_FAILED, reason, CORBEL_DEBUG);
}

void plugin_explain(struct plugin *plugin, const char *format, ...)
{
	char reason[sizeof(plugin->reason)];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	if (strcmp(reason, plugin->reason) == 0)
		return;
	memcpy(plugin->reason, reason, sizeof(reason));
	if (*reason)
		log_host(&plugin->host->log, CORBEL_NOTICE, "%s: %s", plugin->name, reason);
	host_tell(plugin->host, plugin);
}

bool plugin_is_up(const struct plugin *plugin)
{
	return plugin->state >= CORBEL_PLUGIN_LOADED && plugin->state <= CORBEL_PLUGIN_STOPPED;
}

const char *plugin_version(const struct plugin *plugin)
{
	return plugin->verdict.manifest ? plugin->verdict.manifest->version : "";
}

const struct manifest_interface *plugin_offer(const struct plugin *plugin, const char *interface)
{
	const struct manifest *manifest = plugin->verdict.manifest;

	return manifest ? manifest_interface_find(&manifest->provides, interface) : NULL;
}

bool plugin_provides(const struct plugin *plugin, const struct manifest_interface *wanted)
{
	const struct manifest_interface *offered = plugin_offer(plugin, wanted->name);

	return offered && version_satisfies(offered->version, wanted->version);
}

bool plugin_is_required_by(const struct plugin *plugin, const struct plugin *user)
{
	const struct manifest *manifest = user->verdict.manifest;

	for (size_t i = 0; manifest && i < manifest->requires.count; i++)
		if (plugin_provides(plugin, &manifest->requires.items[i]))
			return true;
	return false;
}

void plugin_answer(struct plugin *plugin, int result, const char *words)
{
	struct plugin_waiter *waiter = plugin->waiter;

	/* Who is told may ask again, and then waits for another answer. */
	plugin->waiter = NULL;
	if (!waiter)
		return;
	waiter->done(waiter->data, result, words);
	free(waiter);
}
