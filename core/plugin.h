/* SPDX-License-Identifier: MIT */
/*
 * A plugin: a named unit of the configuration, its state, and the instance that runs, if one does.
 *
 * Everything here belongs to the control thread, except what says otherwise. What a plugin should
 * do next is not remembered but derived: lifecycle.c compares what is wanted with what is, and
 * takes the steps that are due.
 */
#ifndef CORBEL_CORE_PLUGIN_H
#define CORBEL_CORE_PLUGIN_H

#include <corbel/host.h>
#include <corbel/plugin.h>

#include "candidate.h"
#include "commit.h"
#include "entries.h"
#include "grant.h"
#include "host_context.h"
#include "image.h"
#include "judge.h"
#include "settings.h"
#include "supervisor.h"

struct instance;

/* Somebody who waits for a plugin to settle. */
struct plugin_waiter {
	void (*done)(void *data, int result, const char *words);
	void *data;
	uint32_t request; /* enum corbel_request */
};

/* What a plugin has done on the bus. */
struct plugin_counts {
	uint64_t published, delivered, dropped;
	int64_t cpu_time;
};

/* What a new configuration, judged and not yet applied, does to a plugin that stays in it. */
struct plugin_change {
	const struct plugin_settings *settings; /* NULL: it does not stay */
	struct entries *entries;                /* NULL: the same as before */
	bool restart;                           /* the host's keys changed */
};

struct plugin {
	struct corbel_host *host;
	char *name;
	const struct plugin_settings *settings; /* in the host's settings, or in retired ones */
	struct grants grants;                   /* [any thread] */
	struct verdict verdict;                 /* its manifest is NULL unless judged */
	struct entries *entries;                /* its own keys, checked; NULL unless judged */
	struct entries *next_entries; /* those that the next start takes; NULL: the same */
	enum corbel_plugin_state state;
	char reason[1024];           /* why it failed, waits or was stopped */
	int64_t since;               /* CLOCK_REALTIME */
	struct commit *commit;       /* what its next instance is to have, after a fault */
	struct plugin_counts counts; /* of instances that are gone */
	uint64_t hangs, given_up;    /* pieces of work that lasted too long, and their threads */
	char *hang;                  /* what was said of the last, or NULL */
	uint64_t starts;
	uint64_t order;              /* of its last start among all */
	int level;                   /* log threshold; atomic; -1: the host's */
	bool wanted;                 /* it is meant to run */
	bool is_stale;               /* its file changed under its start: that is tried again */
	bool restarting;             /* to be stopped once, then started again */
	bool is_leaving;             /* lifecycle.c's, derived on each pass */
	unsigned mark;               /* of whoever follows requirements: been here */
	struct plugin *towards;      /* graph.c's, on a path of requirements: the next, ... */
	const char *via;             /* ... and what is required of it */
	bool is_gone;                /* no longer in the configuration: removed when stopped */
	struct plugin_change change; /* reconfigure.c's */
	enum corbel_stop_reason stop_reason;
	struct instance *instance;       /* from LOADED to UNLOADED, and of a ZOMBIE */
	LIST_HEAD(, instance) instances; /* that one, and those that come and go beside it */
	struct reload *reload;           /* it takes part in; NULL: none */
	struct plugin_previous previous;
	uint64_t generation; /* images that have run */
	size_t lingering;    /* images that stay in memory */
	size_t retiring;     /* instances that end beside the one that runs */
	struct supervised supervised;
	struct corbel_timer *deadline; /* of the step under way */
	struct corbel_timer *idle;
	struct plugin_waiter *waiter; /* NULL: nobody */
};

int plugin_new(struct corbel_host *host, const struct plugin_settings *settings,
	       struct plugin **out);
void plugin_free(struct plugin *plugin);
/*
 * Passes judgement on it. On failure the state is FAILED, with the reason, and the host complains.
 */
int plugin_judge(struct plugin *plugin);
/* Enters a state, with a reason ("" for none), and tells the monitors and the log. */
void plugin_enter(struct plugin *plugin, enum corbel_plugin_state state, const char *reason);
/* Enters FAILED for a reason that was complained of already (host_complain). */
void plugin_refuse(struct plugin *plugin, const char *reason);
/* Says why without changing the state; the monitors hear of a change. */
void plugin_explain(struct plugin *plugin, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* It has, or will have, an instance that runs. */
bool plugin_is_up(const struct plugin *plugin);
const char *plugin_version(const struct plugin *plugin);
/* What its manifest provides under this name, or NULL. */
const struct manifest_interface *plugin_offer(const struct plugin *plugin, const char *interface);
/* Whether its manifest provides it in at least this version. */
bool plugin_provides(const struct plugin *plugin, const struct manifest_interface *wanted);
/* Whether another one requires what this one provides. */
bool plugin_is_required_by(const struct plugin *plugin, const struct plugin *user);
/* Frees one of its instances, as instance_free(); what that did stays in `counts`. */
int plugin_unload(struct plugin *plugin, struct instance *instance, struct corbel_error *error);
/*
 * The candidate takes the place of the plugin's own verdict and entries, which go to the instance
 * that may still read them.
 */
void plugin_take(struct plugin *plugin, struct candidate *candidate, struct instance *instance);
/* Takes over the file of a copy, and deletes the one before; NULL: only that. */
void plugin_keep_previous(struct plugin *plugin, const struct verdict *copy);
/* Tells and forgets who waits. */
void plugin_answer(struct plugin *plugin, int result, const char *words);
/* Folds the plugin into the form of the public header and hands it on. */
void plugin_describe(struct plugin *plugin,
		     void (*visit)(void *data, const struct corbel_plugin_info *info), void *data);

#endif
