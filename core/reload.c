/* SPDX-License-Identifier: MIT */
/* The transaction, as the control side sees it: its steps, its end, and the next one. */
#include "reload.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lifecycle.h"
#include "reload_parts.h"

static const char *const outcome_names[] = {
	[CORBEL_RELOAD_DONE] = "done",
	[CORBEL_RELOAD_NOT_NOW] = "not-now",
	[CORBEL_RELOAD_UNCHANGED] = "unchanged",
	[CORBEL_RELOAD_UNFIT] = "unfit",
	[CORBEL_RELOAD_NO_CONVERTER] = "no-converter",
	[CORBEL_RELOAD_LOAD_CRASHED] = "load-crashed",
	[CORBEL_RELOAD_LOAD_FAILED] = "load-failed",
	[CORBEL_RELOAD_INIT_CRASHED] = "init-crashed",
	[CORBEL_RELOAD_INIT_FAILED] = "init-failed",
	[CORBEL_RELOAD_INIT_HUNG] = "init-hung",
	[CORBEL_RELOAD_NEVER_DRAINED] = "never-drained",
	[CORBEL_RELOAD_SAVE_FAILED] = "save-failed",
	[CORBEL_RELOAD_RESTORE_FAILED] = "restore-failed",
};

const char *corbel_reload_outcome_name(enum corbel_reload_outcome outcome)
{
	return (size_t)outcome < sizeof(outcome_names) / sizeof(*outcome_names)
		       ? outcome_names[outcome]
		       : "unknown";
}

int reload_fail(struct reload *reload, const struct member *member,
		enum corbel_reload_outcome outcome, int result, const char *words)
{
	if (reload_has_failed(reload))
		return result;
	reload->report.outcome = outcome;
	reload->report.result = result;
	reload->report.plugin = member->plugin->name;
	snprintf(reload->words, sizeof(reload->words), "%s", words);
	return result;
}

/* What the part that ends now has taken. */
static int64_t lap(struct reload *reload)
{
	int64_t now = frame_now(), taken = now - reload->at;

	reload->at = now;
	return taken;
}

static int set_deadline(struct reload *reload, int64_t after, void (*late)(void *data))
{
	timer_stop(reload->deadline);
	reload->deadline = NULL;
	return timer_start(loop_control(reload->host->loop), NULL, after, 0, late, reload,
			   &reload->deadline);
}

static void drain_is_late(void *data)
{
	struct reload *reload = data;

	__atomic_store_n(&reload->is_late, true, __ATOMIC_RELEASE);
	source_wake(&reload->hand_over);
}

static bool is_to_leave(const struct plugin *plugin)
{
	return plugin->host->is_stopping || !plugin->wanted || plugin->restarting ||
	       plugin->is_gone || plugin->is_leaving;
}

static int stay_check(struct reload *reload)
{
	for (size_t i = 0; i < reload->count; i++)
		if (is_to_leave(reload->members[i].plugin))
			return reload_fail(reload, &reload->members[i], CORBEL_RELOAD_NOT_NOW,
					   -ECANCELED, "it is about to stop");
	return 0;
}

static int hand_over_prepare(struct reload *reload)
{
	struct corbel_host *host = reload->host;
	int result = stay_check(reload);

	if (result < 0)
		return result;
	if (!host->reloader)
		result = strand_new(host->loop, NULL, "reload", false, &host->reloader);
	if (result == 0)
		result = set_deadline(reload, reload->options.timeout, drain_is_late);
	if (result == 0 && play_is(reload, CORBEL_FAULT_NEVER_DRAINS))
		result = play_call(reload);
	return result < 0 ? reload_fail(reload, &reload->members[0], CORBEL_RELOAD_NOT_NOW, result,
					strerror(-result))
			  : 0;
}

static void hand_over_begin(struct reload *reload)
{
	reload->phase = RELOAD_HANDING_OVER;
	source_init(&reload->hand_over, loop_control(reload->host->loop), NULL);
	if (hand_over_prepare(reload) < 0) {
		reload_finish(reload);
		return;
	}
	source_init(&reload->hand_over, reload->host->reloader, hand_over_run);
	source_wake(&reload->hand_over);
}

/* All have come back from start(). */
static void starts_ended(struct reload *reload)
{
	reload->report.start = lap(reload);
	if (reload_has_failed(reload))
		reload_abandon(reload);
	else
		hand_over_begin(reload);
}

static void start_is_late(void *data)
{
	struct reload *reload = data;
	char words[256];

	for (size_t i = 0; i < reload->count; i++) {
		struct member *member = &reload->members[i];

		if (instance_has_ended(member->new))
			continue;
		snprintf(words, sizeof(words),
			 "start() of %s %s has not returned after %.3g s (start-timeout)",
			 member->plugin->name, member->new->owner.version,
			 (double)member->plugin->settings->start_timeout / (double)CORBEL_SECOND);
		reload_fail(reload, member, CORBEL_RELOAD_INIT_HUNG, -ETIMEDOUT, words);
		play_give_up(member->new);
	}
	/* Else the last has come back just now, and is yet to be looked at. */
	if (reload_has_failed(reload))
		starts_ended(reload);
}

static void started(struct source *source)
{
	struct instance *new = container_of(source, struct instance, step);
	struct member *member = reload_member(new->plugin);
	struct reload *reload = member->reload;
	struct corbel_error error;

	if (instance_fault(new)) {
		reload_refuse_fault(member, new);
		return;
	}
	if (!instance_has_ended(new) || reload->phase != RELOAD_STARTING || member->is_started)
		return;
	member->is_started = true;
	if (new->result < 0) {
		error_set(&error, 0, "start() of %s %s failed: %s", new->plugin->name,
			  new->owner.version, instance_words(new, new->result));
		reload_fail(reload, member, CORBEL_RELOAD_INIT_FAILED, new->result, error.text);
	}
	if (--reload->pending == 0)
		starts_ended(reload);
}

static int load(struct member *member)
{
	struct corbel_error error = { "" };
	int result = instance_new(member->plugin, &member->version, started, &member->new, &error);

	if (result < 0)
		return reload_fail(member->reload, member, CORBEL_RELOAD_LOAD_FAILED, result,
				   error.text);
	play_entry(member);
	if (!member->format ||
	    (member->old->image->entry.save && member->new->image->entry.restore))
		return 0;
	error_set(&error, 0, "%s: its manifest says state = %u, and there is no %s() for it",
		  member->plugin->name, member->format,
		  member->old->image->entry.save ? "restore" : "save");
	return reload_fail(member->reload, member, CORBEL_RELOAD_NO_CONVERTER, -ENOTSUP,
			   error.text);
}

static void start_all(struct reload *reload)
{
	int64_t longest = 0;
	int result = 0;

	for (size_t i = 0; i < reload->count && result == 0; i++) {
		const struct plugin_settings *settings = reload->members[i].plugin->settings;

		result = load(&reload->members[i]);
		if (settings->start_timeout > longest)
			longest = settings->start_timeout;
	}
	if (result == 0)
		result = set_deadline(reload, longest, start_is_late);
	if (result < 0) {
		reload_fail(reload, &reload->members[0], CORBEL_RELOAD_NOT_NOW, result,
			    strerror(-result));
		reload_abandon(reload);
		return;
	}
	reload->phase = RELOAD_STARTING;
	reload->pending = reload->count;
	for (size_t i = 0; i < reload->count; i++)
		instance_call(reload->members[i].new, INSTANCE_START);
}

static void tried(struct reload *reload)
{
	reload->report.trial = lap(reload);
	if (stay_check(reload) < 0 || reload_has_failed(reload) ||
	    reload->options.flags & CORBEL_RELOAD_DRY_RUN)
		reload_conclude(reload);
	else
		start_all(reload);
}

static void trial_ended(void *data, enum corbel_reload_outcome outcome,
			const struct corbel_error *error)
{
	struct member *member = data;
	struct reload *reload = member->reload;

	member->trial = NULL;
	if (outcome != CORBEL_RELOAD_DONE)
		reload_fail(reload, member, outcome, -EIO, error->text);
	if (--reload->pending == 0 || reload_has_failed(reload))
		tried(reload);
}

static int try(struct member *member)
{
	const struct settings *settings = member->reload->host->settings;
	struct trial_options options = {
		.probe = settings->probe,
		.file = member->version.copy.path,
		/* The copy is gone when somebody reads of it. */
		.name = member->reload->options.flags & CORBEL_RELOAD_PREVIOUS
				? member->plugin->previous.path
				: member->candidate.verdict.path,
		.timeout = settings->trial_timeout,
		.fault = (enum corbel_reload_fault)member->reload->options.fault,
	};
	struct corbel_error error = { "" };
	int result = trial_start(loop_control(member->reload->host->loop), &options, trial_ended,
				 member, &member->trial, &error);

	return result < 0 ? reload_fail(member->reload, member, CORBEL_RELOAD_LOAD_FAILED, result,
					error.text)
			  : 0;
}

static void try_all(struct reload *reload)
{
	int result = 0;

	reload->report.judge = lap(reload);
	reload->phase = RELOAD_TRYING;
	/* `probe = none`: whoever embeds a host may do without. */
	if (strcmp(reload->host->settings->probe, "none") == 0) {
		tried(reload);
		return;
	}
	reload->pending = reload->count;
	for (size_t i = 0; i < reload->count && result == 0; i++)
		result = try(&reload->members[i]);
	if (result < 0)
		reload_conclude(reload);
}

static int enlist(struct member *member)
{
	struct plugin *plugin = member->plugin;
	char words[1536];

	if (plugin->state != CORBEL_PLUGIN_RUNNING) {
		snprintf(words, sizeof(words), "it does not run, it is %s%s%s (start it instead)",
			 corbel_plugin_state_name(plugin->state), *plugin->reason ? ": " : "",
			 plugin->reason);
		return reload_fail(member->reload, member, CORBEL_RELOAD_NOT_NOW, -ENOTCONN, words);
	}
	if (instance_is_configuring(plugin->instance))
		return reload_fail(member->reload, member, CORBEL_RELOAD_NOT_NOW, -EBUSY,
				   "it is taking new settings over (try again)");
	plugin->reload = member->reload;
	member->old = plugin->instance;
	if (member->reload->options.timeout < plugin->settings->reload_timeout &&
	    !member->reload->is_bounded)
		member->reload->options.timeout = plugin->settings->reload_timeout;
	return 0;
}

static void begin(struct reload *reload)
{
	int result = 0;

	reload->at = reload->began = frame_now();
	for (size_t i = 0; i < reload->count && result == 0; i++)
		result = enlist(&reload->members[i]);
	if (result == 0)
		result = stay_check(reload);
	if (result == 0)
		result = reload_judge(reload);
	if (result < 0)
		reload_conclude(reload);
	else
		try_all(reload);
}

static void step(struct source *source)
{
	struct reload *reload = container_of(source, struct reload, step);

	if (reload->phase == RELOAD_WAITING)
		begin(reload);
	else if (reload->phase == RELOAD_HANDING_OVER)
		reload_finish(reload);
}

void reload_enqueue(struct reload *reload)
{
	struct corbel_host *host = reload->host;

	source_init(&reload->step, loop_control(host->loop), step);
	TAILQ_INSERT_TAIL(&host->reloads, reload, link);
	if (TAILQ_FIRST(&host->reloads) == reload)
		source_wake(&reload->step);
}

void reload_hurry(struct corbel_host *host)
{
	struct reload *reload = TAILQ_FIRST(&host->reloads);

	if (!reload || reload->phase != RELOAD_TRYING)
		return;
	stay_check(reload);
	reload_conclude(reload);
}
