/* SPDX-License-Identifier: MIT */
/* The passes that derive who starts and who stops. */
#include "lifecycle.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "graph.h"
#include "carry.h"
#include "instance.h"
#include "reconfigure.h"
#include "steps.h"

static bool on_demand(const struct plugin *plugin)
{
	return plugin->settings->activate == SETTINGS_ACTIVATE_DEMAND;
}

/* After a fault. */
static bool stays_down(const struct plugin *plugin)
{
	return plugin->state == CORBEL_PLUGIN_QUARANTINED &&
	       plugin->settings->restart == SETTINGS_RESTART_NEVER;
}

bool lifecycle_stays(const struct plugin *provider)
{
	if (provider->host->is_stopping)
		return false;
	if (on_demand(provider) && !provider->is_gone && provider->settings->enabled &&
	    provider->state != CORBEL_PLUGIN_FAILED && provider->state != CORBEL_PLUGIN_ZOMBIE &&
	    !stays_down(provider))
		return true;
	return provider->state == CORBEL_PLUGIN_RUNNING && !provider->is_leaving;
}

static bool is_met(const struct plugin *plugin, const struct manifest_interface *wanted)
{
	const struct corbel_host *host = plugin->host;

	for (size_t i = 0; i < host->plugin_count; i++)
		if (host->plugins[i] != plugin && plugin_provides(host->plugins[i], wanted) &&
		    lifecycle_stays(host->plugins[i]))
			return on_demand(host->plugins[i]) ||
			       registry_has(host->registry, wanted->name, wanted->version, NULL);
	return false;
}

/* The first requirement that is not met, or NULL. */
static const struct manifest_interface *missing(const struct plugin *plugin)
{
	const struct manifest_interfaces *requires = &plugin->verdict.manifest->requires;

	for (size_t i = 0; i < requires->count; i++)
		if (!is_met(plugin, &requires->items[i]))
			return &requires->items[i];
	return NULL;
}

static bool must_leave(const struct plugin *plugin)
{
	return !plugin->wanted || plugin->restarting || plugin->is_gone ||
	       *plugin->supervised.gave_up || plugin->host->is_stopping || missing(plugin);
}

/* Who leaves makes others leave: repeat until nothing changes. */
static void mark_leaving(struct corbel_host *host)
{
	bool changed = true;

	for (size_t i = 0; i < host->plugin_count; i++)
		host->plugins[i]->is_leaving = false;
	while (changed) {
		changed = false;
		for (size_t i = 0; i < host->plugin_count; i++) {
			struct plugin *plugin = host->plugins[i];

			if (plugin->state == CORBEL_PLUGIN_RUNNING && !plugin->is_leaving &&
			    must_leave(plugin))
				plugin->is_leaving = changed = true;
		}
	}
}

/* Whether one that requires it must be down before this one may stop. */
static bool is_needed(const struct plugin *plugin)
{
	const struct corbel_host *host = plugin->host;

	for (size_t i = 0; i < host->plugin_count; i++) {
		const struct plugin *other = host->plugins[i];

		if (other != plugin && plugin_is_up(other) &&
		    plugin_is_required_by(plugin, other) &&
		    (other->is_leaving || other->state != CORBEL_PLUGIN_RUNNING))
			return true;
	}
	return false;
}

/*
 * Whether another one must be down before this one may stop. At the end of the host those go first
 * that started later, but for those that are needed: a provider that was asleep, or a second one,
 * may have started after its users.
 */
static bool is_held(const struct plugin *plugin)
{
	const struct corbel_host *host = plugin->host;

	for (size_t i = 0; host->is_stopping && i < host->plugin_count; i++) {
		const struct plugin *other = host->plugins[i];

		if (plugin_is_up(other) && other->order > plugin->order &&
		    (other->state != CORBEL_PLUGIN_RUNNING || !is_needed(other)))
			return true;
	}
	return is_needed(plugin);
}

static enum corbel_stop_reason reason_to_stop(const struct plugin *plugin)
{
	if (plugin->host->is_stopping)
		return CORBEL_STOP_SHUTDOWN;
	if (!plugin->wanted && on_demand(plugin) && !plugin->waiter)
		return CORBEL_STOP_IDLE;
	if (!plugin->wanted || plugin->is_gone)
		return CORBEL_STOP_REQUESTED;
	/* Its group is, or gave up. */
	if (plugin->supervised.follows || *plugin->supervised.gave_up)
		return CORBEL_STOP_DEPENDENCY;
	if (plugin->restarting)
		return CORBEL_STOP_REQUESTED;
	return CORBEL_STOP_DEPENDENCY;
}

static bool may_stop(const struct plugin *plugin)
{
	return plugin->state == CORBEL_PLUGIN_RUNNING && plugin->is_leaving;
}

static void begin_stop(struct plugin *plugin)
{
	plugin->stop_reason = reason_to_stop(plugin);
	if (*plugin->supervised.gave_up)
		plugin_explain(plugin, "%s", plugin->supervised.gave_up);
	else if (plugin->stop_reason == CORBEL_STOP_DEPENDENCY && plugin->supervised.follows)
		plugin_explain(plugin, "is started again with others of [group %s]",
			       supervisor_group(plugin));
	else if (plugin->stop_reason == CORBEL_STOP_DEPENDENCY)
		plugin_explain(plugin, "stops because it requires %s, which goes",
			       missing(plugin)->name);
	else
		plugin_explain(plugin, "%s", "");
	steps_stop(plugin);
}

static bool try_stop(struct plugin *plugin)
{
	if (!may_stop(plugin) || plugin->reload || is_held(plugin))
		return false;
	begin_stop(plugin);
	return true;
}

/*
 * Providers that sleep, or are one of several, may close a circle of requirements that all run:
 * then each holds the next, and the one that started last begins.
 */
static bool break_circle(struct corbel_host *host)
{
	struct plugin *last = NULL;

	for (size_t i = 0; i < host->plugin_count; i++) {
		struct plugin *plugin = host->plugins[i];

		if (plugin_is_up(plugin) && plugin->state != CORBEL_PLUGIN_RUNNING)
			return false;
		if (plugin->reload)
			return false;
		if (may_stop(plugin) && (!last || plugin->order > last->order))
			last = plugin;
	}
	if (last)
		begin_stop(last);
	return last;
}

static bool may_start(const struct plugin *plugin)
{
	return plugin->wanted && !plugin->is_gone && !plugin->host->is_stopping &&
	       (plugin->state == CORBEL_PLUGIN_JUDGED || plugin->state == CORBEL_PLUGIN_UNLOADED);
}

bool lifecycle_may_start(const struct plugin *plugin)
{
	return may_start(plugin) && !missing(plugin);
}

/* Another one that has the same file mapped, and goes: the loader would give its image back. */
static const struct plugin *leaver_of_file(const struct plugin *plugin)
{
	const struct corbel_host *host = plugin->host;

	for (size_t i = 0; i < host->plugin_count; i++) {
		const struct plugin *other = host->plugins[i];

		if (other != plugin && plugin_is_up(other) &&
		    (other->is_gone || !other->wanted || other->restarting || other->is_leaving ||
		     other->state == CORBEL_PLUGIN_DRAINING ||
		     other->state == CORBEL_PLUGIN_STOPPED) &&
		    strcmp(other->verdict.path, plugin->verdict.path) == 0)
			return other;
	}
	return NULL;
}

static bool try_start(struct plugin *plugin)
{
	const struct manifest_interface *wanted;
	const struct plugin *leaver, *first;
	struct corbel_error error;

	supervisor_advance(plugin);
	if (!may_start(plugin))
		return false;
	/* The file may be another one by now, with other needs. */
	if (plugin->state == CORBEL_PLUGIN_UNLOADED) {
		if (plugin_judge(plugin) < 0)
			return false;
		graph_refuse_cycles(plugin->host);
		return true;
	}
	wanted = missing(plugin);
	if (wanted) {
		graph_explain_missing(plugin, wanted, &error);
		plugin_explain(plugin, "%s", error.text);
		return false;
	}
	leaver = leaver_of_file(plugin);
	if (leaver) {
		plugin_explain(plugin, "waits for %s, which has the same file and stops",
			       leaver->name);
		return false;
	}
	first = supervisor_first(plugin);
	if (first) {
		plugin_explain(plugin, "waits for %s of [group %s]", first->name,
			       supervisor_group(plugin));
		return false;
	}
	plugin->restarting = plugin->supervised.follows = false;
	steps_start(plugin);
	return true;
}

/* What a request waits for has come about, or never will. */
static void answer(struct plugin *plugin)
{
	bool is_as_asked = plugin->wanted ? plugin->state == CORBEL_PLUGIN_RUNNING &&
						    !plugin->restarting && !plugin->is_leaving
					  : !plugin_is_up(plugin);

	if (plugin->state == CORBEL_PLUGIN_FAILED || plugin->state == CORBEL_PLUGIN_ZOMBIE ||
	    (plugin->state == CORBEL_PLUGIN_QUARANTINED && plugin->wanted &&
	     !plugin->supervised.is_due))
		plugin_answer(plugin, -EIO, plugin->reason);
	else if (is_as_asked)
		plugin_answer(plugin, 0, "");
	else if (plugin->host->is_stopping && !plugin_is_up(plugin))
		plugin_answer(plugin, -ECANCELED, "the host is stopping");
	else if (may_start(plugin) && lifecycle_is_settled(plugin->host))
		plugin_answer(plugin, -EAGAIN, plugin->reason);
}

static void remove_gone(struct corbel_host *host)
{
	/* Reloads that wait their turn name plugins. */
	for (size_t i = 0; i < host->plugin_count && TAILQ_EMPTY(&host->reloads); i++) {
		struct plugin *plugin = host->plugins[i];

		if (!plugin->is_gone || plugin_is_up(plugin) ||
		    plugin->state == CORBEL_PLUGIN_ZOMBIE || plugin->retiring > 0)
			continue;
		pthread_mutex_lock(&host->roster);
		memmove(&host->plugins[i], &host->plugins[i + 1],
			(host->plugin_count - i - 1) * sizeof(*host->plugins));
		host->plugin_count--;
		pthread_mutex_unlock(&host->roster);
		registry_forget(host->registry, plugin->name);
		plugin_free(plugin);
		i--;
	}
	reconfigure_release(host);
}

void lifecycle_advance(struct corbel_host *host)
{
	bool moved = true;

	while (moved) {
		moved = false;
		mark_leaving(host);
		/* The latest started first: that is the order in which they must go. */
		for (size_t i = host->plugin_count; i-- > 0;)
			moved |= try_stop(host->plugins[i]);
		for (size_t i = 0; i < host->plugin_count; i++)
			moved |= try_start(host->plugins[i]);
		if (!moved)
			moved = break_circle(host);
	}
	for (size_t i = 0; i < host->plugin_count; i++)
		if (host->plugins[i]->waiter)
			answer(host->plugins[i]);
	remove_gone(host);
	if (host->is_holding && host->is_started && lifecycle_is_settled(host))
		carry_let_run(host);
}

void lifecycle_wake(struct corbel_host *host)
{
	source_wake(&host->advance);
}

bool lifecycle_is_settled(const struct corbel_host *host)
{
	if (!TAILQ_EMPTY(&host->reloads) || host->retiring > 0)
		return false;
	for (size_t i = 0; i < host->plugin_count; i++) {
		const struct plugin *plugin = host->plugins[i];

		if (plugin_is_up(plugin) && plugin->state != CORBEL_PLUGIN_RUNNING)
			return false;
		if (plugin->state == CORBEL_PLUGIN_RUNNING &&
		    (plugin->is_leaving || must_leave(plugin)))
			return false;
		if (lifecycle_may_start(plugin) && !supervisor_first(plugin))
			return false;
		if (supervisor_is_due(plugin))
			return false;
		if (plugin_is_up(plugin) && instance_is_configuring(plugin->instance))
			return false;
	}
	return true;
}

void lifecycle_offers_changed(void *data)
{
	lifecycle_wake(data);
}

struct activation {
	struct corbel_host *host;
	char plugin[];
};

/* It runs, but does not offer what it could: starting it changes nothing for who waits. */
static bool has_withdrawn(const struct plugin *plugin)
{
	const struct manifest_interfaces *provides = &plugin->verdict.manifest->provides;

	for (size_t i = 0; plugin->state == CORBEL_PLUGIN_RUNNING && i < provides->count; i++)
		if (!registry_has(plugin->host->registry, provides->items[i].name,
				  provides->items[i].version, NULL))
			return true;
	return false;
}

static void activate(void *data)
{
	struct activation *activation = data;
	struct plugin *plugin = host_find(activation->host, activation->plugin);

	if (plugin && plugin->settings->enabled && !plugin->is_gone) {
		plugin->wanted = true;
		/* One that faulted when it went to sleep. */
		if (plugin->state == CORBEL_PLUGIN_QUARANTINED && !stays_down(plugin) &&
		    !supervisor_restarts(plugin))
			supervisor_forgive(plugin);
		if (plugin->state == CORBEL_PLUGIN_FAILED || stays_down(plugin) ||
		    plugin->state == CORBEL_PLUGIN_ZOMBIE || activation->host->is_stopping ||
		    has_withdrawn(plugin) || (may_start(plugin) && missing(plugin)))
			registry_activation_failed(activation->host->registry, plugin->name);
	}
	lifecycle_wake(activation->host);
	free(activation);
}

void lifecycle_activate(void *data, const char *plugin)
{
	struct activation *activation = malloc(sizeof(*activation) + strlen(plugin) + 1);

	if (!activation)
		return;
	activation->host = data;
	strcpy(activation->plugin, plugin);
	if (corbel_host_post(data, activate, activation) < 0)
		free(activation);
}

/* Starting a plugin starts what it requires, as far as nobody else provides that. */
static void want_with_requirements(struct plugin *plugin)
{
	const struct manifest *manifest = plugin->verdict.manifest;
	struct corbel_host *host = plugin->host;

	plugin->wanted = true;
	plugin->mark = true;
	for (size_t i = 0; manifest && i < manifest->requires.count; i++) {
		if (is_met(plugin, &manifest->requires.items[i]))
			continue;
		for (size_t j = 0; j < host->plugin_count; j++) {
			struct plugin *provider = host->plugins[j];

			/* One that is wanted already may wait for others that are not. */
			if (!provider->mark && provider->settings->enabled &&
			    plugin_provides(provider, &manifest->requires.items[i])) {
				want_with_requirements(provider);
				break;
			}
		}
	}
}

static void want(struct plugin *plugin)
{
	struct corbel_host *host = plugin->host;

	for (size_t i = 0; i < host->plugin_count; i++)
		host->plugins[i]->mark = false;
	want_with_requirements(plugin);
}

void lifecycle_request(struct plugin *plugin, uint32_t request, struct plugin_waiter *waiter)
{
	struct plugin_waiter *before = plugin->waiter;
	bool is_up = plugin_is_up(plugin);

	plugin->waiter = waiter;
	plugin->wanted = false;
	plugin->restarting = is_up && request == CORBEL_REQUEST_RESTART;
	supervisor_forgive(plugin);
	/* As of one that is stopped in order. */
	if (request == CORBEL_REQUEST_STOP && !is_up)
		commit_clear(plugin->commit);
	if (request != CORBEL_REQUEST_STOP) {
		if (plugin->state == CORBEL_PLUGIN_FAILED && plugin_judge(plugin) == 0)
			graph_refuse_cycles(plugin->host);
		want(plugin);
	}
	if (!plugin->wanted && !is_up && plugin->state != CORBEL_PLUGIN_FAILED &&
	    plugin->state != CORBEL_PLUGIN_QUARANTINED)
		plugin_explain(plugin, "%s", "");
	lifecycle_wake(plugin->host);
	/* Its time is up already, and nothing else would answer. */
	if (plugin->state == CORBEL_PLUGIN_STARTING && !plugin->deadline)
		plugin_answer(plugin, -ETIMEDOUT, plugin->reason);
	/* Last, since who hears it may ask again. */
	if (before) {
		before->done(before->data, -ECANCELED, "another request came in between");
		free(before);
	}
}
