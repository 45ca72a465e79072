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

#include "faulted.h"
#include "plugin.h"
#include "private_copy.h"
#include "worker.h"

enum instance_call {
	INSTANCE_IDLE,
	INSTANCE_START,
	INSTANCE_STOP,
	INSTANCE_CONFIGURE,
	INSTANCE_RESTORE
};

/* A version that is to replace the running one: its file and settings, found fit. */
struct instance_version {
	struct verdict copy; /* a private copy of the file */
	struct entries *entries;
	bool is_restored; /* restore() follows its start() */
};

struct instance {
	struct corbel_context context; /* first: what the plugin holds is this */
	struct plugin *plugin;
	LIST_ENTRY(instance) of_plugin;
	struct corbel_host *host;
	struct image *image;
	struct verdict copy;     /* of the file, when it was loaded from a copy; else empty */
	bool keeps_copy;         /* its file outlives it: a reload may go back to it */
	struct candidate judged; /* of one that was replaced, or failed to replace one */
	/* At its start. The host keeps them as long. */
	const struct plugin_settings *settings;
	struct entries *entries; /* in force; the strand's while a call is under way */
	struct entries *offered; /* control: for configure(), or taken over by one whose end is not
				    yet seen */
	struct gate_owner owner;
	struct commit *commit; /* the plugin's; its own while that one's belongs to a predecessor */
	struct ledger ledger;
	struct usage *usage; /* NULL for the program, which is not counted */
	struct party party;
	struct strand *strand;
	struct worker_set *workers;
	struct corbel_state state; /* a committed one, that restore() is to have; or zeros */
	void *self;                /* of the plugin */
	char *state_folder;        /* NULL: there is no state-dir */

	struct source run;         /* lifecycle, on the strand: makes the call below */
	enum instance_call call;   /* under way or ended */
	int result;                /* of the call that ended */
	bool has_ended;            /* the call did; atomic, then what is said of it is stable */
	bool is_made;              /* by start(), and not yet taken down by stop() */
	struct corbel_error words; /* from corbel_explain() during the call */

	struct fault_note note; /* faulted.c's, as the next two */
	bool is_noted;          /* atomic: somebody writes the note */
	bool has_faulted;       /* atomic, then the note is stable */
	pid_t parked;           /* atomic */
	bool is_remembered;     /* supervisor.c's: the note was taken down */
	bool is_quarantined;    /* its plugin's commit is that of the next one */

	struct source step; /* control: something ended or somebody left */
	struct frame_watcher watcher;
	struct source *told; /* while `watcher` is added */
	enum corbel_stop_reason stop_reason;
	struct corbel_timer *deadline; /* retire.c's */
	int64_t closed;                /* since when nobody may come in; frame_now() */
	bool has_thread;               /* its strand is one; counted */
	bool is_draining;
	bool is_given_up;    /* atomic: nobody waits for its start() any more */
	bool is_abandoned;   /* retire.c's: it has not ended in time */
	bool is_dismissed;   /* its threads and children were told to end */
	bool is_replacement; /* of one that ran when this one started */
	bool is_restored;    /* its state comes by restore() */
	bool is_held;        /* nothing of it but its start() runs before instance_let_run() */
};

/*
 * Loads the image and makes an instance around it. Runs constructors only.
 * `version` NULL: of the plugin's own file; else beside the one that runs: the copy is taken over,
 * also on failure; the entries are borrowed.
 */
int instance_new(struct plugin *plugin, struct instance_version *version,
		 void (*step)(struct source *source), struct instance **out,
		 struct corbel_error *error);
/* Of the image that it runs; NULL for the program. */
const struct manifest *instance_manifest(const struct instance *instance);
/*
 * The program around the host as an instance: on the control strand, without an image, granted all.
 */
int instance_new_program(struct corbel_host *host, struct instance **out);
/* Its strand may make the calls below. */
void instance_call_init(struct instance *instance);
/* Begins a call into the plugin's entry table on its strand; `step` is woken at its end. */
void instance_call(struct instance *instance, enum instance_call call);
bool instance_has_ended(const struct instance *instance);
/* Words of a start() that may fail on their account, unless there are some. [any thread] */
void instance_keep_words(struct instance *instance, const struct corbel_error *words);
/* Why a call came to `result`: its fault, what the plugin said of it, or what the code means. */
const char *instance_words(const struct instance *instance, int result);
/* Whether configure() was begun and its result not yet taken. */
static inline bool instance_is_configuring(const struct instance *instance)
{
	return instance->call == INSTANCE_CONFIGURE;
}
/*
 * save() and restore() in the calling thread, while the strand is paused and quiet: 0, or -errno
 * with words.
 */
int instance_save(struct instance *instance, struct corbel_state *state,
		  struct corbel_error *error);
int instance_restore(struct instance *instance, struct corbel_state *state,
		     struct corbel_error *error);
/* One that has started and was held, since the host was holding. [control] */
void instance_let_run(struct instance *instance);
/*
 * `told` is woken whenever somebody has left, or a thread has paused or ended, until
 * instance_unwatch() has returned.
 */
void instance_watch(struct instance *instance, struct source *told);
void instance_unwatch(struct instance *instance);
/* Nobody comes in any more: uses are redirected, gates answer that nobody is there. */
void instance_close(struct instance *instance);
/* Its threads and children are told to end. */
void instance_dismiss(struct instance *instance);
/* Takes instance_close() back. */
void instance_reopen(struct instance *instance);
/* How many threads are still inside, its own included; `step` is woken when it may have changed. */
size_t instance_inside(struct instance *instance);
/*
 * After instance_close(): dismisses it, if that is not done, once nobody calls it any more; true
 * when it is empty, with no call into its entry table under way.
 */
bool instance_drain(struct instance *instance);
/* Processor time of its strand and its threads so far, ns. */
int64_t instance_cpu_time(struct instance *instance);
/* Who is inside, what in, since when and on whose account: a line each, without the last newline.
 */
void instance_report(struct instance *instance, char *text, size_t size);
/* The same to the log. */
void instance_tell(struct instance *instance);
/*
 * Takes back all that it holds and frees it with its image. 0; -EBUSY with words: the image is
 * still mapped.
 */
int instance_free(struct instance *instance, struct corbel_error *error);
static inline struct instance *instance_of(struct corbel_context *context)
{
	return (struct instance *)context;
}

/* The table that every context points to. */
extern const struct corbel_api instance_api;

#endif
