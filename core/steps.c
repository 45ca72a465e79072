/* SPDX-License-Identifier: MIT */
/* Beginning, going on, and giving up. */
#include "steps.h"

#include <errno.h>
#include <string.h>

#include "instance.h"
#include "lifecycle.h"
#include "reload.h"

static double seconds(int64_t nanoseconds)
{
	return (double)nanoseconds / (double)CORBEL_SECOND;
}

static void end_deadline(struct plugin *plugin)
{
	timer_stop(plugin->deadline);
	plugin->deadline = NULL;
}

/* Of start() or configure(). */
static void call_is_late(void *data)
{
	struct plugin *plugin = data;
	bool is_starting = plugin->state == CORBEL_PLUGIN_STARTING;

	end_deadline(plugin);
	if (is_starting)
		instance_tell(plugin->instance);
	plugin_explain(plugin, "%s() has not returned after %.3g s (start-timeout); still waiting",
		       is_starting ? "start" : "configure",
		       seconds(plugin->settings->start_timeout));
	if (is_starting)
		plugin_answer(plugin, -ETIMEDOUT, plugin->reason);
}

static void set_deadline(struct plugin *plugin, int64_t after, void (*late)(void *data))
{
	end_deadline(plugin);
	if (timer_start(loop_control(plugin->host->loop), NULL, after, 0, late, plugin,
			&plugin->deadline) < 0)
		log_host(&plugin->host->log, CORBEL_WARNING, "%s: no timer for its deadline",
			 plugin->name);
}

/* Who waits for what it would offer is told that it will not come. */
static void give_up(struct plugin *plugin, enum corbel_plugin_state state, const char *reason)
{
	plugin_enter(plugin, state, reason);
	registry_activation_failed(plugin->host->registry, plugin->name);
}

void steps_abandon(struct plugin *plugin, const char *reason)
{
	end_deadline(plugin);
	plugin->host->abandoned++;
	give_up(plugin, CORBEL_PLUGIN_ZOMBIE, reason);
}

/* Settings that came while it ran and that it could not take are for the next start. */
static void take_next_entries(struct plugin *plugin)
{
	struct instance *instance = plugin->instance;

	if (instance && !plugin->next_entries)
		plugin->next_entries = instance->offered;
	else if (instance)
		entries_free(instance->offered);
	if (instance)
		instance->offered = NULL;
	if (!plugin->next_entries)
		return;
	entries_free(plugin->entries);
	plugin->entries = plugin->next_entries;
	plugin->next_entries = NULL;
}

static void unload(struct plugin *plugin, enum corbel_plugin_state state, const char *reason)
{
	struct instance *instance = plugin->instance;
	struct corbel_error error = { "" };
	int result;

	take_next_entries(plugin);
	/* Whatever it had to do, it has done in stop(). */
	if (state == CORBEL_PLUGIN_UNLOADED)
		commit_clear(plugin->commit);
	/* It is told that nobody starts it again, not that it was stopped for that. */
	if (*plugin->supervised.gave_up) {
		state = CORBEL_PLUGIN_FAILED;
		reason = plugin->supervised.gave_up;
	}
	plugin->instance = NULL;
	result = plugin_unload(plugin, instance, &error);
	end_deadline(plugin);
	if (result < 0)
		give_up(plugin, CORBEL_PLUGIN_ZOMBIE, error.text);
	else if (state == CORBEL_PLUGIN_FAILED)
		give_up(plugin, state, reason);
	else
		plugin_enter(plugin, state, reason);
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

/* A stop that may be taken back: nothing but the plugin itself hangs on it. */
static bool may_refuse(const struct plugin *plugin)
{
	return plugin->state == CORBEL_PLUGIN_DRAINING && !plugin->instance->is_dismissed &&
	       !plugin->is_gone && plugin->settings->when_busy == SETTINGS_BUSY_REFUSE &&
	       (plugin->stop_reason == CORBEL_STOP_REQUESTED ||
		plugin->stop_reason == CORBEL_STOP_IDLE);
}

static void refuse_stop(struct plugin *plugin)
{
	char words[LOG_LINE_MAX];
	int used = snprintf(words, sizeof(words),
			    "it goes on (when-busy = refuse): %zu threads are inside after %.3g s "
			    "(stop-timeout)\n",
			    instance_inside(plugin->instance),
			    seconds(plugin->settings->stop_timeout));

	end_deadline(plugin);
	instance_report(plugin->instance, words + used, sizeof(words) - (size_t)used);
	instance_reopen(plugin->instance);
	plugin->wanted = true;
	plugin->restarting = false;
	plugin_enter(plugin, CORBEL_PLUGIN_RUNNING, "");
	watch_idleness(plugin);
	plugin_answer(plugin, -EBUSY, words);
	lifecycle_wake(plugin->host);
}

/* Why a stop goes on; who is inside is named once. */
static const char retries[] = "waits until the threads inside, named in the log, have left "
			      "(when-busy = retry)";

static void stop_is_late(void *data)
{
	struct plugin *plugin = data;
	bool is_draining = plugin->state != CORBEL_PLUGIN_STOPPED;
	char reason[256];

	if (strcmp(plugin->reason, retries) != 0)
		instance_tell(plugin->instance);
	if (may_refuse(plugin)) {
		refuse_stop(plugin);
		return;
	}
	if (is_draining && !plugin->host->is_stopping &&
	    plugin->settings->when_busy == SETTINGS_BUSY_RETRY) {
		plugin_explain(plugin, "%s", retries);
		set_deadline(plugin, plugin->settings->stop_timeout, stop_is_late);
		return;
	}
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

static void tell_misfit(void *data, const char *words)
{
	struct corbel_host *host = data;

	log_host(&host->log, CORBEL_WARNING, "%s", words);
}

void steps_configure_next(struct plugin *plugin)
{
	struct entries *entries = plugin->next_entries;

	plugin->next_entries = NULL;
	if (entries)
		steps_configure(plugin, entries);
}

static void run(struct plugin *plugin)
{
	struct instance *instance = plugin->instance;

	plugin->generation++;
	plugin->order = ++plugin->host->order;
	if (instance->is_restored && !instance->is_held)
		strand_resume(instance->strand);
	if (!plugin->host->is_holding)
		instance_let_run(instance);
	registry_show(plugin->host->registry, &instance->party, true);
	registry_misfits(plugin->host->registry, &instance->party, tell_misfit, plugin->host);
	plugin_enter(plugin, CORBEL_PLUGIN_RUNNING, "");
	watch_idleness(plugin);
	steps_configure_next(plugin);
	lifecycle_wake(plugin->host);
}

/* restore() follows, if there is a state. */
static void start_ended(struct plugin *plugin)
{
	struct instance *instance = plugin->instance;
	bool is_restoring = instance->call == INSTANCE_RESTORE;

	if (instance->result == 0 && instance->is_restored && !is_restoring) {
		instance_call(instance, INSTANCE_RESTORE);
		return;
	}
	end_deadline(plugin);
	if (instance->result == 0) {
		run(plugin);
		return;
	}
	error_set(&instance->words, 0, "%s() failed: %s", is_restoring ? "restore" : "start",
		  instance_words(instance, instance->result));
	snprintf(plugin->reason, sizeof(plugin->reason), "%s", instance->words.text);
	plugin->stop_reason = CORBEL_STOP_FAILED;
	set_deadline(plugin, plugin->settings->stop_timeout, stop_is_late);
	instance_close(instance);
	instance_dismiss(instance);
	source_wake(&instance->step);
	/* It is stopped in order, which forgets that state, and started by the next pass. */
	if (is_restoring)
		log_host(&plugin->host->log, CORBEL_ERROR,
			 "%s starts once more, without what it had committed: %s", plugin->name,
			 plugin->reason);
}

static void drained(struct plugin *plugin)
{
	if (plugin->stop_reason == CORBEL_STOP_FAILED && !plugin->instance->is_made) {
		unload(plugin, CORBEL_PLUGIN_FAILED, plugin->reason);
		supervisor_failed(plugin);
		return;
	}
	plugin_enter(plugin, CORBEL_PLUGIN_STOPPED,
		     strcmp(plugin->reason, retries) == 0 ? "" : plugin->reason);
	plugin->instance->stop_reason = plugin->stop_reason;
	/* What is left of the last wait for others to leave may be nothing. */
	if (plugin->settings->when_busy == SETTINGS_BUSY_RETRY)
		set_deadline(plugin, plugin->settings->stop_timeout, stop_is_late);
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
			 plugin->name, instance_words(instance, instance->result));
	}
	steps_configure_next(plugin);
}

/* A reload that it takes part in comes to its end first, and says so. */
static void faulted(struct plugin *plugin)
{
	if (plugin->state == CORBEL_PLUGIN_ZOMBIE) {
		supervisor_remember(plugin->instance);
		return;
	}
	if (!reload_yields(plugin))
		return;
	end_deadline(plugin);
	timer_stop(plugin->idle);
	plugin->idle = NULL;
	supervisor_take(plugin);
}

/* Something of this instance ended, or somebody left it. */
static void step(struct source *source)
{
	struct instance *instance = container_of(source, struct instance, step);
	struct plugin *plugin = instance->plugin;

	if (instance_fault(instance))
		faulted(plugin);
	else if (plugin->state == CORBEL_PLUGIN_STARTING && !instance->is_draining &&
		 instance_has_ended(instance))
		start_ended(plugin);
	else if (plugin->state == CORBEL_PLUGIN_STOPPED && instance_has_ended(instance))
		unload(plugin, CORBEL_PLUGIN_UNLOADED, plugin->reason);
	else if (plugin->state == CORBEL_PLUGIN_RUNNING && instance_is_configuring(instance) &&
		 instance_has_ended(instance))
		configure_ended(plugin);
	else if ((plugin->state == CORBEL_PLUGIN_DRAINING ||
		  plugin->state == CORBEL_PLUGIN_STARTING) &&
		 instance_drain(instance))
		drained(plugin);
}

void steps_replaced(struct plugin *plugin)
{
	struct instance *instance = plugin->instance;

	instance->step.run = step;
	registry_misfits(plugin->host->registry, &instance->party, tell_misfit, plugin->host);
	if (plugin->idle)
		registry_ask(plugin->host->registry, &instance->party);
	/* It may have faulted before its turn came. */
	source_wake(&instance->step);
}

/* What it had committed before a fault: whoever is stopped in order leaves nothing. */
static void take_committed(struct plugin *plugin)
{
	struct instance *instance = plugin->instance;
	const struct manifest *manifest = instance_manifest(instance);
	struct corbel_state state;

	if (commit_read(plugin->commit, &state) < 0)
		return;
	instance->state = state;
	instance->is_restored = instance->image->entry.restore &&
				state.version >= manifest->state_oldest &&
				state.version <= manifest->state_version;
	if (!instance->is_restored)
		log_host(&plugin->host->log, CORBEL_WARNING,
			 "%s starts without what it had committed: its file does not read a state "
			 "of format %u",
			 plugin->name, state.version);
}

void steps_start(struct plugin *plugin)
{
	struct corbel_error error = { "" };
	int result;

	take_next_entries(plugin);
	result = instance_new(plugin, NULL, step, &plugin->instance, &error);
	/* Another file has come since: the next pass judges that one, once. */
	plugin->is_stale = result == -ESTALE && !plugin->is_stale;
	if (plugin->is_stale) {
		plugin_enter(plugin, CORBEL_PLUGIN_UNLOADED, "");
		return;
	}
	if (result < 0) {
		give_up(plugin, CORBEL_PLUGIN_FAILED, error.text);
		supervisor_failed(plugin);
		return;
	}
	take_committed(plugin);
	plugin_enter(plugin, CORBEL_PLUGIN_LOADED, "");
	plugin->starts++;
	plugin_enter(plugin, CORBEL_PLUGIN_STARTING, "");
	set_deadline(plugin, plugin->settings->start_timeout, call_is_late);
	instance_call(plugin->instance, INSTANCE_START);
}

void steps_stop(struct plugin *plugin)
{
	timer_stop(plugin->idle);
	plugin->idle = NULL;
	plugin_enter(plugin, CORBEL_PLUGIN_DRAINING, plugin->reason);
	set_deadline(plugin, plugin->settings->stop_timeout, stop_is_late);
	instance_close(plugin->instance);
	if (plugin->settings->when_busy != SETTINGS_BUSY_REFUSE)
		instance_dismiss(plugin->instance);
	source_wake(&plugin->instance->step);
}

void steps_configure(struct plugin *plugin, struct entries *entries)
{
	struct instance *instance = plugin->instance;
	bool is_running = plugin->state == CORBEL_PLUGIN_RUNNING;
	bool has_configure = is_running && instance->image->entry.configure;
	bool is_busy = is_running && (instance_is_configuring(instance) || plugin->reload ||
				      instance_fault(instance));

	/* The settings in force are read anew with the file. */
	if (is_running && !has_configure && !is_busy && reload_configure(plugin)) {
		entries_free(entries);
		return;
	}
	if (!has_configure || is_busy) {
		/*
		 * The running instance reads the old entries until it has stopped, or ended the
		 * configure() or the reload under way.
		 */
		plugin->restarting |= is_running && !has_configure && !is_busy;
		entries_free(plugin->next_entries);
		plugin->next_entries = entries;
		return;
	}
	instance->offered = entries;
	set_deadline(plugin, plugin->settings->start_timeout, call_is_late);
	instance_call(instance, INSTANCE_CONFIGURE);
}
