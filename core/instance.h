/* SPDX-License-Identifier: MIT */
/*
 * An instance: what an image's start() made, with its strand, its threads, its ledger, and the
 * context that the plugin sees.
 *
 * The steps of its life are asynchronous: each ends by waking `step`, a source on the control
 * strand.
 */
#ifndef CORBEL_CORE_INSTANCE_H
#define CORBEL_CORE_INSTANCE_H

#include "plugin.h"
#include "private_copy.h"
#include "worker.h"

enum instance_call { INSTANCE_IDLE, INSTANCE_START, INSTANCE_STOP, INSTANCE_CONFIGURE };

struct instance {
	struct corbel_context context; /* first: what the plugin holds is this */
	struct plugin *plugin;
	struct corbel_host *host;
	struct image *image;
	struct verdict copy; /* of the file, when it had to be loaded from a copy; else empty */
	/* At its start: what is granted. The host keeps them as long. */
	const struct plugin_settings *settings;
	struct entries *entries; /* in force; the strand's while a call is under way */
	struct entries *offered; /* control: for configure(), or taken over by one whose end is not
				    yet seen */
	struct gate_owner owner;
	struct ledger ledger;
	struct party party;
	struct strand *strand;
	struct worker_set *workers;
	void *self;         /* of the plugin */
	char *state_folder; /* NULL: there is no state-dir */

	struct source run;         /* lifecycle, on the strand: makes the call below */
	enum instance_call call;   /* under way or ended */
	int result;                /* of the call that ended */
	bool has_ended;            /* the call did; atomic, then `result` and `words` are stable */
	struct corbel_error words; /* from corbel_explain() during the call */

	struct source step; /* control: something ended or somebody left */
	struct frame_watcher watcher;
	bool is_draining;
	bool is_replacement; /* of one that ran when this one started */
};

/* Loads the image and makes an instance around it. Runs constructors only. */
int instance_new(struct plugin *plugin, void (*step)(struct source *source), struct instance **out,
		 struct corbel_error *error);
/*
 * The program around the host as an instance: on the control strand, without an image, granted all.
 */
int instance_new_program(struct corbel_host *host, struct instance **out);
/* Begins a call into the plugin's entry table on its strand; `step` is woken at its end. */
void instance_call(struct instance *instance, enum instance_call call);
bool instance_has_ended(const struct instance *instance);
/* Whether configure() was begun and its result not yet taken. */
static inline bool instance_is_configuring(const struct instance *instance)
{
	return instance->call == INSTANCE_CONFIGURE;
}
/*
 * Nobody comes in any more: uses are redirected, gates answer that nobody is there, threads get the
 * stop token.
 */
void instance_close(struct instance *instance);
/* How many threads are still inside, its own included; `step` is woken when it may have changed. */
size_t instance_inside(struct instance *instance);
/* Names who is inside, for the log. */
void instance_report(struct instance *instance);
/*
 * Takes back all that it holds and frees it with its image. 0; -EBUSY with words: the image is
 * still mapped.
 */
int instance_free(struct instance *instance, struct corbel_error *error);
static inline struct instance *instance_of(struct corbel_context *context)
{
	return (struct instance *)context;
}

/*
 * What the manifest and the configuration allow; -EACCES with words that name the line which would
 * allow it.
 */
enum grant { GRANT_PROVIDE, GRANT_BIND, GRANT_PUBLISH, GRANT_SUBSCRIBE, GRANT_CONTROL };
int grant_check(const struct instance *instance, enum grant grant, const char *name,
		struct corbel_error *error);

/* The table that every context points to. */
extern const struct corbel_api instance_api;

#endif
