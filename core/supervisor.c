/* SPDX-License-Identifier: MIT */
/* Quarantine, waiting, starting again, and giving up. */
#include "supervisor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "instance.h"
#include "lifecycle.h"
#include "reload_parts.h"

static double seconds(int64_t nanoseconds)
{
	return (double)nanoseconds / (double)CORBEL_SECOND;
}

static int64_t now_of(const struct plugin *plugin)
{
	return loop_now(plugin->host->loop);
}

void supervised_fini(struct plugin *plugin)
{
	timer_stop(plugin->supervised.backoff);
	free(plugin->supervised.ends);
	free(plugin->supervised.last.report);
}

static const struct group_settings *group_of(const struct plugin *plugin)
{
	const struct settings *settings = plugin->host->settings;

	for (size_t i = 0; i < settings->group_count; i++)
		for (size_t j = 0; j < settings->groups[i].members.count; j++)
			if (strcmp(settings->groups[i].members.items[j], plugin->name) == 0)
				return &settings->groups[i];
	return NULL;
}

const char *supervisor_group(const struct plugin *plugin)
{
	const struct group_settings *group = group_of(plugin);

	return group ? group->name : "";
}

/* A member may be missing in a host that was just configured anew. */
static struct plugin *member_at(const struct plugin *plugin, const struct group_settings *group,
				size_t at)
{
	return host_find(plugin->host, group->members.items[at]);
}

static size_t ends_within(const struct plugin *plugin, int64_t period)
{
	const struct supervised *supervised = &plugin->supervised;
	int64_t begin = now_of(plugin) - period;
	size_t count = 0;

	for (size_t i = supervised->end_count; i-- > 0 && supervised->ends[i] > begin;)
		count++;
	return count;
}

static size_t ends_of_all(const struct plugin *plugin, const struct group_settings *group)
{
	size_t count = 0;

	for (size_t i = 0; i < group->members.count; i++) {
		const struct plugin *member = member_at(plugin, group, i);

		count += member ? ends_within(member, group->restart_period) : 0;
	}
	return count;
}

/* Those that no period reaches any more are dropped. */
static void count_end(struct plugin *plugin)
{
	const struct group_settings *group = group_of(plugin);
	struct supervised *supervised = &plugin->supervised;
	int64_t period = plugin->settings->restart_period;
	size_t kept, count = supervised->end_count;
	int64_t *ends;

	if (group && group->restart_period > period)
		period = group->restart_period;
	kept = ends_within(plugin, period);
	if (kept > 0)
		memmove(supervised->ends, supervised->ends + count - kept, kept * sizeof(*ends));
	supervised->end_count = kept;
	ends = realloc(supervised->ends, (kept + 1) * sizeof(*ends));
	if (!ends)
		return;
	supervised->ends = ends;
	ends[supervised->end_count++] = now_of(plugin);
}

void supervisor_remember(struct instance *instance)
{
	const struct fault_note *note = instance_fault(instance);
	struct supervised *supervised = &instance->plugin->supervised;

	if (!note || instance->is_remembered)
		return;
	instance->is_remembered = true;
	supervised->faults++;
	supervised->last.time = note->time;
	memcpy(supervised->last.words, note->words, sizeof(supervised->last.words));
	free(supervised->last.report);
	supervised->last.report = note->report ? strdup(note->report) : NULL;
}

/* Whatever was waited for. */
static void forget_restart(struct plugin *plugin)
{
	struct supervised *supervised = &plugin->supervised;

	timer_stop(supervised->backoff);
	supervised->backoff = NULL;
	supervised->next = 0;
	supervised->is_due = false;
}

static void restart_is_due(void *data)
{
	struct plugin *plugin = data;

	forget_restart(plugin);
	plugin->supervised.is_due = true;
	plugin->supervised.restarts++;
	lifecycle_wake(plugin->host);
}

static int64_t wait_before(const struct plugin *plugin)
{
	const struct plugin_settings *settings = plugin->settings;
	int64_t wait = settings->restart_backoff;

	for (size_t i = ends_within(plugin, settings->restart_period);
	     i > 1 && wait < settings->restart_backoff_limit; i--)
		wait *= 2;
	return wait < settings->restart_backoff_limit ? wait : settings->restart_backoff_limit;
}

static void restart_later(struct plugin *plugin)
{
	struct supervised *supervised = &plugin->supervised;
	int64_t wait = wait_before(plugin);

	forget_restart(plugin);
	supervised->next = host_wall_clock() + wait;
	log_host(&plugin->host->log, CORBEL_NOTICE, "%s is started again in %.3g s", plugin->name,
		 seconds(wait));
	if (timer_start(loop_control(plugin->host->loop), NULL, wait, 0, restart_is_due, plugin,
			&supervised->backoff) < 0)
		restart_is_due(plugin);
}

static bool is_to_run(const struct plugin *plugin)
{
	return plugin->wanted && !plugin->is_gone && !plugin->host->is_stopping &&
	       !*plugin->supervised.gave_up;
}

/* Stops with the group; it comes back by the lifecycle. */
static void restart_with(struct plugin *member, const struct plugin *plugin)
{
	member->supervised.follows = true;
	if (member == plugin || !plugin_is_up(member) || !is_to_run(member) || member->restarting)
		return;
	member->restarting = true;
	log_host(&member->host->log, CORBEL_NOTICE, "%s is started again with %s of [group %s]",
		 member->name, plugin->name, supervisor_group(plugin));
}

static void restart_group(struct plugin *plugin, const struct group_settings *group)
{
	bool is_reached = group->policy == SETTINGS_ALL_FOR_ONE;

	if (group->policy == SETTINGS_ONE_FOR_ONE)
		return;
	for (size_t i = 0; i < group->members.count; i++) {
		struct plugin *member = member_at(plugin, group, i);

		is_reached |= member == plugin;
		if (member && is_reached)
			restart_with(member, plugin);
	}
}

/* One that runs stops first, and fails then (steps.c). */
static void give_up(struct plugin *plugin, const char *words)
{
	forget_restart(plugin);
	snprintf(plugin->supervised.gave_up, sizeof(plugin->supervised.gave_up), "%s", words);
	if (plugin_is_up(plugin) || plugin->state == CORBEL_PLUGIN_ZOMBIE)
		return;
	plugin_enter(plugin, CORBEL_PLUGIN_FAILED, words);
	registry_activation_failed(plugin->host->registry, plugin->name);
}

static void give_up_group(struct plugin *plugin, const struct group_settings *group, size_t count)
{
	char words[512];

	snprintf(words, sizeof(words),
		 "[group %s] gave up: its members ended %zu times within %.3g s "
		 "(restart-intensity = %lld), the last was %s: %.200s (corbelctl reset %s starts "
		 "it again)",
		 group->name, count, seconds(group->restart_period),
		 (long long)group->restart_intensity, plugin->name, plugin->reason, plugin->name);
	for (size_t i = 0; i < group->members.count; i++) {
		struct plugin *member = member_at(plugin, group, i);

		if (member)
			give_up(member, words);
	}
}

static void give_up_alone(struct plugin *plugin, size_t count)
{
	char words[512];

	snprintf(words, sizeof(words),
		 "gave up: it ended %zu times within %.3g s (restart-intensity = %lld): %.200s "
		 "(corbelctl reset %s starts it again)",
		 count, seconds(plugin->settings->restart_period),
		 (long long)plugin->settings->restart_intensity, plugin->reason, plugin->name);
	give_up(plugin, words);
}

/* A member of a group is counted with the others, by the keys of the group. */
static bool is_spent(const struct plugin *plugin, size_t *count)
{
	const struct group_settings *group = group_of(plugin);
	int64_t most = group ? group->restart_intensity : plugin->settings->restart_intensity;

	*count = group ? ends_of_all(plugin, group)
		       : ends_within(plugin, plugin->settings->restart_period);
	return *count > (size_t)most;
}

static void give_up_by_limit(struct plugin *plugin, size_t count)
{
	const struct group_settings *group = group_of(plugin);

	if (group)
		give_up_group(plugin, group, count);
	else
		give_up_alone(plugin, count);
}

static void restart_or_give_up(struct plugin *plugin)
{
	const struct group_settings *group = group_of(plugin);
	size_t count;

	if (is_spent(plugin, &count)) {
		give_up_by_limit(plugin, count);
		return;
	}
	restart_later(plugin);
	if (group)
		restart_group(plugin, group);
}

/* What the image that goes may still read goes with it; the plugin has its own, read anew. */
static void part(struct plugin *plugin, struct instance *instance)
{
	struct complaints complaints = { 0 };
	struct candidate candidate = { 0 };

	candidate_judge(plugin->host, plugin->host->settings, plugin->settings, NULL, &candidate,
			&complaints);
	complaints_fini(&complaints);
	plugin_take(plugin, &candidate, instance);
}

void supervisor_take(struct plugin *plugin)
{
	struct instance *instance = plugin->instance;
	const struct fault_note *note = instance_fault(instance);

	supervisor_remember(instance);
	/* The state that it may have died of is not given to it again. */
	if (instance->call == INSTANCE_RESTORE && plugin->state == CORBEL_PLUGIN_STARTING)
		commit_clear(plugin->commit);
	plugin->restarting = false;
	plugin_enter(plugin, CORBEL_PLUGIN_QUARANTINED, note->words);
	registry_activation_failed(plugin->host->registry, plugin->name);
	part(plugin, instance);
	instance->is_quarantined = true;
	plugin->instance = NULL;
	plugin->supervised.ending = instance;
	if (note->is_culprit && !plugin->host->is_stopping)
		count_end(plugin);
	if (is_to_run(plugin) && plugin->settings->restart == SETTINGS_RESTART_NEVER)
		plugin_explain(plugin, "%s; it is not started again (restart = never)",
			       plugin->supervised.last.words);
	else if (is_to_run(plugin))
		restart_or_give_up(plugin);
	else if (*plugin->supervised.gave_up)
		give_up(plugin, plugin->supervised.gave_up);
	/* Publishers need not wait for one that takes nothing more. */
	bus_give_up(instance->host->bus, &instance->party);
	retire(instance, CORBEL_STOP_FAILED);
	lifecycle_wake(plugin->host);
}

void supervisor_failed(struct plugin *plugin)
{
	if (plugin->settings->restart != SETTINGS_RESTART_ALWAYS || !is_to_run(plugin))
		return;
	count_end(plugin);
	restart_or_give_up(plugin);
}

void supervisor_release(struct instance *instance)
{
	struct supervised *supervised = &instance->plugin->supervised;

	if (supervised->ending == instance)
		supervised->ending = NULL;
}

bool supervisor_restarts(const struct plugin *plugin)
{
	return (plugin->supervised.backoff || plugin->supervised.is_due) && is_to_run(plugin);
}

bool supervisor_is_due(const struct plugin *plugin)
{
	return plugin->supervised.is_due && !plugin->supervised.ending && is_to_run(plugin);
}

bool supervisor_advance(struct plugin *plugin)
{
	if (!supervisor_is_due(plugin))
		return false;
	plugin->supervised.is_due = false;
	if (plugin->state != CORBEL_PLUGIN_QUARANTINED && plugin->state != CORBEL_PLUGIN_FAILED)
		return false;
	plugin_enter(plugin, CORBEL_PLUGIN_UNLOADED, "");
	return true;
}

static bool is_going(const struct plugin *plugin)
{
	return plugin->restarting && plugin_is_up(plugin);
}

/* It will be there, or have failed, before long. */
static bool is_coming(const struct plugin *plugin)
{
	return supervisor_restarts(plugin) || plugin->state == CORBEL_PLUGIN_LOADED ||
	       plugin->state == CORBEL_PLUGIN_STARTING || lifecycle_may_start(plugin);
}

/* All that are to stop have stopped before the first is started. */
const struct plugin *supervisor_first(const struct plugin *plugin)
{
	const struct group_settings *group = plugin->supervised.follows ? group_of(plugin) : NULL;
	bool is_before = true;

	for (size_t i = 0; group && i < group->members.count; i++) {
		const struct plugin *member = member_at(plugin, group, i);

		if (member == plugin)
			is_before = false;
		else if (member && (is_going(member) || (is_before && is_coming(member))))
			return member;
	}
	return NULL;
}

void supervisor_forgive(struct plugin *plugin)
{
	forget_restart(plugin);
	plugin->supervised.gave_up[0] = '\0';
	plugin->supervised.is_due = plugin->state == CORBEL_PLUGIN_QUARANTINED;
}

static void reset(struct plugin *plugin)
{
	struct supervised *supervised = &plugin->supervised;

	supervised->faults = supervised->restarts = 0;
	supervised->end_count = 0;
	supervisor_forgive(plugin);
	supervised->is_due |= plugin->state == CORBEL_PLUGIN_FAILED;
}

/* They have given up together. */
static void reset_with_group(struct plugin *plugin)
{
	const struct group_settings *group = group_of(plugin);

	for (size_t i = 0; group && i < group->members.count; i++) {
		struct plugin *member = member_at(plugin, group, i);

		if (member)
			reset(member);
	}
	if (!group)
		reset(plugin);
}

int corbel_host_reset(struct corbel_host *host, const char *name)
{
	struct plugin *plugin = name ? host_find(host, name) : NULL;

	if (name && !plugin)
		return -ENOENT;
	for (size_t i = 0; !name && i < host->plugin_count; i++)
		reset(host->plugins[i]);
	if (plugin)
		reset_with_group(plugin);
	lifecycle_wake(host);
	return 0;
}

/* One that sleeps until it is called is well. */
static bool is_well(const struct plugin *plugin)
{
	const struct plugin_settings *settings = plugin->settings;
	bool is_asleep =
		settings->activate == SETTINGS_ACTIVATE_DEMAND && !plugin->wanted &&
		(plugin->state == CORBEL_PLUGIN_JUDGED || plugin->state == CORBEL_PLUGIN_UNLOADED);

	return !settings->essential || !settings->enabled || is_asleep ||
	       plugin->state == CORBEL_PLUGIN_RUNNING;
}

bool corbel_host_is_well(const struct corbel_host *host)
{
	for (size_t i = 0; i < host->plugin_count; i++)
		if (!is_well(host->plugins[i]))
			return false;
	return true;
}

int supervisor_adopt(struct plugin *plugin, const void *ends, size_t size, const char *gave_up)
{
	struct supervised *supervised = &plugin->supervised;

	supervised->ends = malloc(size + 1);
	if (!supervised->ends)
		return -ENOMEM;
	memcpy(supervised->ends, ends, size);
	supervised->end_count = size / sizeof(*supervised->ends);
	if (*gave_up)
		give_up(plugin, gave_up);
	return 0;
}

void supervisor_blame(struct plugin *plugin, const char *words)
{
	struct supervised *supervised = &plugin->supervised;
	size_t count;

	supervised->faults++;
	supervised->last.time = host_wall_clock();
	snprintf(supervised->last.words, sizeof(supervised->last.words), "%s", words);
	snprintf(plugin->reason, sizeof(plugin->reason), "%s", words);
	count_end(plugin);
	if (plugin->settings->restart == SETTINGS_RESTART_NEVER)
		give_up(plugin, "it brought the host down, and is not started again (restart = "
				"never)");
	else if (is_spent(plugin, &count))
		give_up_by_limit(plugin, count);
}
