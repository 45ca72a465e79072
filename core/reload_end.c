/* SPDX-License-Identifier: MIT */
/* How a transaction ends: what becomes of its members, after a fault too, and who is told. */
#include <stdlib.h>
#include <unistd.h>

#include "lifecycle.h"
#include "reconfigure.h"
#include "commit.h"
#include "reload_parts.h"
#include "steps.h"

/* The thread that hands over will not come back from it. */
static bool is_visit_lost(const struct reload *reload, const struct instance *instance)
{
	pid_t parked = instance_parked(instance);

	return parked && parked == __atomic_load_n(&reload->visitor, __ATOMIC_ACQUIRE);
}

static enum corbel_reload_outcome outcome_of_fault(const struct member *member,
						   const struct instance *instance)
{
	if (instance == member->new)
		return member->reload->phase == RELOAD_STARTING ? CORBEL_RELOAD_INIT_CRASHED
								: CORBEL_RELOAD_RESTORE_FAILED;
	return is_visit_lost(member->reload, instance) ? CORBEL_RELOAD_SAVE_FAILED
						       : CORBEL_RELOAD_NOT_NOW;
}

int reload_fault(struct member *member, const struct instance *instance)
{
	char words[512];

	snprintf(words, sizeof(words), "%s %s had a fault: %s", member->plugin->name,
		 instance->owner.version, instance_fault(instance)->words);
	return reload_fail(member->reload, member, outcome_of_fault(member, instance), -EFAULT,
			   words);
}

/* The version that was to run, as far as that is known. */
static const char *version_to_be(const struct member *member)
{
	const struct manifest *manifest = member->candidate.verdict.manifest;

	if (member->new)
		return member->new->owner.version;
	return manifest ? manifest->version : plugin_version(member->plugin);
}

/* The strings stay for as long as the members, and instances that retire, do. */
static void describe(const struct reload *reload, struct corbel_reload_plugin *plugins)
{
	for (size_t i = 0; i < reload->count; i++) {
		const struct member *member = &reload->members[i];
		const struct plugin *plugin = member->plugin;

		plugins[i] = (struct corbel_reload_plugin){
			.name = plugin->name,
			.from = member->old ? member->old->owner.version : plugin_version(plugin),
			.to = version_to_be(member),
			.generation = plugin->generation,
			.format = member->format,
			.byte_count = member->state.byte_count,
		};
	}
}

static void tell(struct reload *reload)
{
	struct corbel_reload_plugin *plugins = calloc(reload->count, sizeof(*plugins));

	reload->report.size = sizeof(reload->report);
	reload->report.words = reload->words;
	reload->report.total = frame_now() - reload->began;
	reload->report.plugins = plugins;
	reload->report.plugin_count = plugins ? reload->count : 0;
	if (plugins) {
		describe(reload, plugins);
		reload_log(reload);
	}
	if (reload->done)
		reload->done(reload->data, &reload->report);
	free(plugins);
}

static void member_fini(struct member *member)
{
	state_fini(&member->state);
	trial_cancel(member->trial);
	private_copy_remove(&member->version.copy);
	candidate_fini(&member->candidate);
	if (member->plugin->reload != member->reload)
		return;
	member->plugin->reload = NULL;
	steps_configure_next(member->plugin);
	/* A fault of it has waited for this. */
	source_wake(&member->plugin->instance->step);
}

/* Who waits is told, this one is gone, and the next one begins. */
void reload_conclude(struct reload *reload)
{
	struct corbel_host *host = reload->host;

	TAILQ_REMOVE(&host->reloads, reload, link);
	source_fini(&reload->step);
	timer_stop(reload->deadline);
	tell(reload);
	for (size_t i = 0; i < reload->count; i++)
		member_fini(&reload->members[i]);
	free(reload);
	if (!TAILQ_EMPTY(&host->reloads))
		source_wake(&TAILQ_FIRST(&host->reloads)->step);
	lifecycle_wake(host);
}

/* From the swap on the new one is the plugin's. */
static void adopt(struct member *member)
{
	struct plugin *plugin = member->plugin;
	struct instance *old = member->old;

	plugin_take(plugin, &member->candidate, old);
	plugin->instance = member->new;
	plugin->generation++;
	old->keeps_copy = old->copy.path;
	plugin_keep_previous(plugin, old->copy.path ? &old->copy : NULL);
	reconfigure_declare(plugin);
	retire(old, CORBEL_STOP_REPLACED);
	plugin_enter(plugin, CORBEL_PLUGIN_RUNNING, "");
	steps_replaced(plugin);
}

/* The old one is as it was; the new one goes, with its settings, which it may still read. */
static void give_up(struct member *member)
{
	struct instance *new = member->new;

	if (!new)
		return;
	new->judged = member->candidate;
	member->candidate = (struct candidate){ 0 };
	bus_give_up(new->host->bus, &new->party);
	retire(new, CORBEL_STOP_FAILED);
}

void reload_abandon(struct reload *reload)
{
	for (size_t i = 0; i < reload->count; i++)
		give_up(&reload->members[i]);
	reload_conclude(reload);
}

void reload_finish(struct reload *reload)
{
	source_fini(&reload->hand_over);
	play_end(reload);
	if (reload_has_failed(reload)) {
		reload_abandon(reload);
		return;
	}
	for (size_t i = 0; i < reload->count; i++)
		adopt(&reload->members[i]);
	reload_conclude(reload);
}

/*
 * The thread that hands over is parked in save() or restore(), and its strand with it: what it was
 * to do in the end is done here. It touches nothing any more.
 */
static void break_off(struct reload *reload)
{
	reload->host->reloader = NULL;
	reload->host->abandoned++;
	hand_over_undo(reload);
	play_end(reload);
	reload_abandon(reload);
}

/* True: the transaction is at an end. */
bool reload_refuse_fault(struct member *member, const struct instance *instance)
{
	struct reload *reload = member->reload;
	bool is_handing_over = reload->phase == RELOAD_HANDING_OVER;

	if (is_handing_over && !is_visit_lost(reload, instance)) {
		source_wake(&reload->hand_over);
		return false;
	}
	reload_fault(member, instance);
	if (is_handing_over)
		break_off(reload);
	else
		reload_abandon(reload);
	return true;
}

struct member *reload_member(const struct plugin *plugin)
{
	struct member *member = plugin->reload->members;

	while (member->plugin != plugin)
		member++;
	return member;
}

bool reload_yields(struct plugin *plugin)
{
	struct member *member = plugin->reload ? reload_member(plugin) : NULL;

	return !member || reload_refuse_fault(member, plugin->instance);
}
