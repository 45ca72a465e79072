/* SPDX-License-Identifier: MIT */
/* What the files of a reload share: the transaction and its members. */
#ifndef CORBEL_CORE_RELOAD_PARTS_H
#define CORBEL_CORE_RELOAD_PARTS_H

#include "instance.h"
#include "reload.h"
#include "trial.h"

/* Room for the words of a report: every thread that is inside has a line. */
#define RELOAD_WORDS_MAX 4096

enum reload_phase {
	RELOAD_WAITING = 0,
	RELOAD_TRYING = 1,
	RELOAD_STARTING = 2,
	RELOAD_HANDING_OVER = 3
};

/* One plugin that is to be replaced. */
struct member {
	struct reload *reload;
	struct plugin *plugin;
	struct candidate candidate;      /* until the plugin, or what failed, has it */
	struct instance_version version; /* borrows the candidate's entries */
	struct instance *old, *new;      /* NULL: not made yet */
	struct corbel_state state;
	uint32_t format; /* of the state; 0: none is carried over */
	int64_t timeout; /* of the old one's callers, before the gates were closed */
	struct trial *trial;
	bool is_started; /* start() has come back, and was looked at */
};

struct reload {
	TAILQ_ENTRY(reload) link;
	struct corbel_host *host;
	struct corbel_reload_options options;
	void (*done)(void *data, const struct corbel_reload_report *report);
	void *data;
	enum reload_phase phase;
	bool is_bounded;         /* options.timeout was given, not those of the plugins */
	struct source step;      /* control: the hand-over has ended */
	struct source hand_over; /* on the host's reloader strand */
	struct corbel_timer *deadline;
	struct played_call *call; /* that never drains */
	size_t pending;           /* members whose trial or start() has not ended */
	int64_t began, at;        /* this, and the part under way; frame_now() */
	bool is_calming;          /* threads and strands of the old ones were told to rest */
	int64_t closed;           /* since when the gates are; 0: they are open */
	pid_t visitor;            /* atomic: the thread that is in a save() or restore(); 0: none */
	bool is_late;             /* atomic: draining has taken too long */
	bool is_over;             /* of the hand-over's own: woken once more, it does nothing */
	struct corbel_reload_report report;
	char words[RELOAD_WORDS_MAX];
	size_t count;
	struct member members[];
};

/* The first failure counts. Returns `result`. */
int reload_fail(struct reload *reload, const struct member *member,
		enum corbel_reload_outcome outcome, int result, const char *words);

/* reload.c: it begins when its turn comes. */
void reload_enqueue(struct reload *reload);

static inline bool reload_has_failed(const struct reload *reload)
{
	return reload->report.outcome != CORBEL_RELOAD_DONE;
}

/* reload_end.c */
/* Who waits is told, this one is gone, and the next one begins. */
void reload_conclude(struct reload *reload);
/* After the hand-over, whatever came of it. */
void reload_finish(struct reload *reload);
/* Without it, for what failed: the new ones go. */
void reload_abandon(struct reload *reload);
/* Fails for a fault of this one, old or new. */
int reload_fault(struct member *member, const struct instance *instance);
/* The same, and ends it, or has the hand-over do so; true: it is at an end. */
bool reload_refuse_fault(struct member *member, const struct instance *instance);
/* Of a plugin that takes part in one. */
struct member *reload_member(const struct plugin *plugin);

/* reload_judge.c: file, copy, settings, consumers, requirements and format; 0 or reload_fail(). */
int reload_judge(struct reload *reload);

/* reload_log.c: the report, once it is whole. Whatever passes by itself is left to who asked. */
void reload_log(const struct reload *reload);

/* hand_over.c: from closing to opening, on the reloader's strand; ends by waking `step`. */
void hand_over_run(struct source *source);
/* The old ones that can go on as if nothing had happened. */
void hand_over_undo(struct reload *reload);

/* retire.c */
/*
 * An instance ends beside the one that serves: drained, stop() unless its start() failed or it has
 * faulted, swept, unloaded. Does not wait: what does not end by the stop's deadline, or has a
 * thread that never will, is named in the log and left aside, whole.
 */
void retire(struct instance *instance, enum corbel_stop_reason reason);

/* reload_play.c: faults that are played. */
bool play_is(const struct reload *reload, enum corbel_reload_fault fault);
/* Makes the entry table of the new instance do as the fault says. */
void play_entry(struct member *member);
/* A start() that hangs comes back. */
void play_give_up(struct instance *instance);
/* A thread that stays inside the old instance until play_end(). */
int play_call(struct reload *reload);
void play_end(struct reload *reload);

#endif
