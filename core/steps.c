/* SPDX-License-Identifier: MIT */
/*
 * The steps of a plugin's life: each begins here, goes on when something ended, and has a deadline.
 */
#include "steps.h"

#include <errno.h>
#include <string.h>

#include "instance.h"
#include "lifecycle.h"

static double seconds(int64_t nanoseconds)
{
	return (double)nanoseconds / (double)CORBEL_SECOND;
}

static void start_is_late(void *data)
{
	struct plugin *plugin = data;

	timer_stop(plugin->deadline);
	plugin->deadline = NULL;
	instance_report(plugin->instance);
	plugin_explain(plugin,
		       "start() has not returned after %.3g s (start-timeout); still waiting",
		       seconds(plugin->settings->start_timeout));
	plugin_answer(plugin, -ETIMEDOUT, plugin->reason);
}

static void configure_is_late(void *data)
{
	struct plugin *plugin = data;

	timer_stop(plugin->deadline);
	plugin->deadline = NULL;
	plugin_explain(plugin,
		       "configure() has not returned after %.3g s (start-timeout); still waiting",
		       seconds(plugin->settings->start_timeout));
}

static void stop_is_late(void *data)
{
	struct plugin *plugin = data;
	bool is_draining = plugin->state != CORBEL_PLUGIN_STOPPED;
	char reason[256];

	instance_report(plugin->instance);
	snprintf(reason, sizeof(reason),
		 is_draining
			 ? "%zu threads have not left it after %.3g s (stop-timeout); they are "
			   "named in the log"
			 : "stop() has not returned: %zu thread inside after %.3g s (stop-timeout)",
		 is_draining ? instance_inside(plugin->instance) : (size_t)1,
		 seconds(plugin->settings->stop_timeout));
	steps_abandon(plugin, reason);
	lifecycle_wake(plugin->host);
}

static void set_deadline(struct plugin *plugin, int64_t after, void (*late)(void *data))
{
	timer_stop(plugin->deadline);
	plugin->deadline = NULL;
	if (timer_start(loop_control(plugin->host->loop), NULL, after, 0, late, plugin,
			&plugin->deadline) < 0)
		log_host(&plugin->host->log, CORBEL_WARNING, "%s: no timer for its deadline",
			 plugin->name);
}

static void end_deadline(struct plugin *plugin)
{
	timer_stop(plugin->deadline);
	plugin->deadline = NULL;
}

void steps_abandon(struct plugin *plugin, const char *reason)
{
	end_deadline(plugin);
	plugin->host->abandoned++;
	plugin_enter(plugin, CORBEL_PLUGIN_ZOMBIE, reason);
	registry_activation_failed(plugin->host->registry, plugin->name);
}

/* Settings that came while it ran and that it could not take are for the next start. */
static void take_next_entries(struct plugin *plugin)
{
	if (plugin->instance && plugin->instance->offered) {
		if (plugin->next_entries)
			entries_free(plugin->instance->offered);
		else
			plugin->next_entries = plugin->instance->offered;
		plugin->instance->offered = NULL;
	}
	if (!plugin->next_entries)
		return;
	entries_free(plugin->entries);
	plugin->entries = plugin->next_entries;
	plugin->next_entries = NULL;
}

static void unload(struct plugin *plugin, enum corbel_plugin_state state, const char *reason)
{
	struct corbel_error error = { "" };
	int result;

	take_next_entries(plugin);
	plugin_keep_counts(plugin);
	result = instance_free(plugin->instance, &error);
	plugin->instance = NULL;
	end_deadline(plugin);
	if (result < 0)
		plugin_enter(plugin, CORBEL_PLUGIN_ZOMBIE, error.text);
	else
		plugin_enter(plugin, state, reason);
	if (plugin->state != CORBEL_PLUGIN_UNLOADED)
		registry_activation_failed(plugin->host->registry, plugin->name);
	lifecycle_wake(plugin->host);
}

static void idle_check(void *data)
{
	struct plugin *plugin = data;

	if (plugin->state != CORBEL_PLUGIN_RUNNING)
		return;
	if (!registry_was_asked(plugin->host->registry, &plugin->instance->party)) {
		plugin->wanted = false;
		lifecycle_wake(plugin->host);
		return;
	}
	registry_ask(plugin->host->registry, &plugin->instance->party);
}

static void watch_idleness(struct plugin *plugin)
{
	int64_t idle = plugin->settings->idle;

	if (plugin->settings->activate != SETTINGS_ACTIVATE_DEMAND || idle <= 0)
		return;
	registry_ask(plugin->host->registry, &plugin->instance->party);
	timer_start(loop_control(plugin->host->loop), NULL, idle, idle, idle_check, plugin,
		    &plugin->idle);
}

static void tell_misfit(void *data, const char *words)
{
	struct corbel_host *host = data;

	log_host(&host->log, CORBEL_WARNING, "%s", words);
}

/* Settings that came while it could not be asked. */
static void configure_next(struct plugin *plugin)
{
	struct entries *entries = plugin->next_entries;

	plugin->next_entries = NULL;
	if (entries)
		steps_configure(plugin, entries);
}

static void start_ended(struct plugin *plugin)
{
	struct instance *instance = plugin->instance;

	end_deadline(plugin);
	if (instance->result == 0) {
		plugin->order = ++plugin->host->order;
		registry_show(plugin->host->registry, &instance->party, true);
		registry_misfits(plugin->host->registry, &instance->party, tell_misfit,
				 plugin->host);
		plugin_enter(plugin, CORBEL_PLUGIN_RUNNING, "");
		watch_idleness(plugin);
		configure_next(plugin);
		lifecycle_wake(plugin->host);
		return;
	}
	snprintf(plugin->reason, sizeof(plugin->reason), "%s",
		 *instance->words.text ? instance->words.text : strerror(-instance->result));
	error_set(&instance->words, 0, "start() failed: %s", plugin->reason);
	snprintf(plugin->reason, sizeof(plugin->reason), "%s", instance->words.text);
	plugin->stop_reason = CORBEL_STOP_FAILED;
	set_deadline(plugin, plugin->settings->stop_timeout, stop_is_late);
	instance_close(instance);
	source_wake(&instance->step);
}

static void drained(struct plugin *plugin)
{
	if (plugin->stop_reason == CORBEL_STOP_FAILED) {
		unload(plugin, CORBEL_PLUGIN_FAILED, plugin->reason);
		return;
	}
	plugin_enter(plugin, CORBEL_PLUGIN_STOPPED, plugin->reason);
	instance_call(plugin->instance, INSTANCE_STOP);
}

static void configure_ended(struct plugin *plugin)
{
	struct instance *instance = plugin->instance;
	struct entries *offered = instance->offered;

	end_deadline(plugin);
	instance->call = INSTANCE_IDLE;
	instance->offered = NULL;
	if (instance->result == 0) {
		entries_free(plugin->entries);
		plugin->entries = offered;
		log_host(&plugin->host->log, CORBEL_NOTICE, "%s took its new settings over",
			 plugin->name);
	} else {
		entries_free(offered);
		log_host(&plugin->host->log, CORBEL_ERROR, "%s keeps its old settings: %s",
			 plugin->name,
			 *instance->words.text ? instance->words.text
					       : strerror(-instance->result));
	}
	configure_next(plugin);
}

/* A configure() that was asked for before the gates closed comes before stop(). */
static bool is_drained(struct instance *instance)
{
	return instance->is_draining &&
	       (instance->call == INSTANCE_IDLE || instance_has_ended(instance)) &&
	       instance_inside(instance) == 0;
}

/* Something of this instance ended, or somebody left it. */
static void step(struct source *source)
{
	struct instance *instance = container_of(source, struct instance, step);
	struct plugin *plugin = instance->plugin;

	if (plugin->state == CORBEL_PLUGIN_STARTING && !instance->is_draining &&
	    instance_has_ended(instance))
		start_ended(plugin);
	else if (plugin->state == CORBEL_PLUGIN_STOPPED && instance_has_ended(instance))
		unload(plugin, CORBEL_PLUGIN_UNLOADED, plugin->reason);
	else if (plugin->state == CORBEL_PLUGIN_RUNNING && instance->call == INSTANCE_CONFIGURE &&
		 instance_has_ended(instance))
		configure_ended(plugin);
	else if ((plugin->state == CORBEL_PLUGIN_DRAINING ||
		  plugin->state == CORBEL_PLUGIN_STARTING) &&
		 is_drained(instance))
		drained(plugin);
}

void steps_start(struct plugin *plugin)
{
	struct corbel_error error = { "" };
	int result;

	take_next_entries(plugin);
	result = instance_new(plugin, step, &plugin->instance, &error);
	if (result < 0) {
		plugin_enter(plugin, CORBEL_PLUGIN_FAILED, error.text);
		registry_activation_failed(plugin->host->registry, plugin->name);
		return;
	}
	plugin_enter(plugin, CORBEL_PLUGIN_LOADED, "");
	plugin->starts++;
	plugin_enter(plugin, CORBEL_PLUGIN_STARTING, "");
	set_deadline(plugin, plugin->settings->start_timeout, start_is_late);
	instance_call(plugin->instance, INSTANCE_START);
}

void steps_stop(struct plugin *plugin)
{
	timer_stop(plugin->idle);
	plugin->idle = NULL;
	plugin_enter(plugin, CORBEL_PLUGIN_DRAINING, plugin->reason);
	set_deadline(plugin, plugin->settings->stop_timeout, stop_is_late);
	instance_close(plugin->instance);
	source_wake(&plugin->instance->step);
}

void steps_configure(struct plugin *plugin, struct entries *entries)
{
	struct instance *instance = plugin->instance;

	if (!instance->image->entry.configure || instance->call == INSTANCE_CONFIGURE) {
		/*
		 * The running instance reads the old entries until it has stopped, or ended the
		 * configure() under way.
		 */
		plugin->restarting |= !instance->image->entry.configure;
		entries_free(plugin->next_entries);
		plugin->next_entries = entries;
		return;
	}
	instance->offered = entries;
	set_deadline(plugin, plugin->settings->start_timeout, configure_is_late);
	instance_call(instance, INSTANCE_CONFIGURE);
}
