/* SPDX-License-Identifier: MIT */
/*
 * Supervision: what becomes of a plugin after a fault, and of the group that it is in.
 *
 * The instance that faulted ends beside the plugin, as one that was replaced does (retire.c), and
 * stays in memory if a thread stays inside. The plugin is quarantined meanwhile, and is started
 * again by policy. Nothing is remembered that can be derived: how long to wait, and when to give
 * up, follow from the times at which it ended. All of it [control].
 */
#ifndef CORBEL_CORE_SUPERVISOR_H
#define CORBEL_CORE_SUPERVISOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <corbel/loop.h>

struct instance;
struct plugin;

/* Of one plugin; begins as zeros. */
struct supervised {
	uint64_t faults, restarts;
	int64_t *ends; /* that count, oldest first: of loop_now() */
	size_t end_count;
	struct instance *ending;      /* that faulted, and has neither ended nor been left aside */
	struct corbel_timer *backoff; /* NULL: nothing is waited for */
	int64_t next;                 /* when that is over, ns since the epoch; 0: never */
	bool is_due;                  /* to be started again, once `ending` is gone */
	bool follows;                 /* its group restarts: members before it come first */
	char gave_up[512];            /* why it is not started again; "": it has not given up */
	struct {
		int64_t time; /* ns since the epoch; 0: there was none */
		char words[256];
		char *report; /* NULL: none */
	} last;
};

void supervised_fini(struct plugin *plugin);
/* The instance of the plugin has faulted, and no reload holds it. */
void supervisor_take(struct plugin *plugin);
/* Its start failed by itself: with `restart = always` it is tried again. */
void supervisor_failed(struct plugin *plugin);
/* A fault of an instance that is not the plugin's, or not yet: counted and kept, once. */
void supervisor_remember(struct instance *instance);
/* The instance has ended, or is left aside. */
void supervisor_release(struct instance *instance);
/* It will be started again by itself. */
bool supervisor_restarts(const struct plugin *plugin);
/* Makes it one to start, if its time has come. */
bool supervisor_advance(struct plugin *plugin);
bool supervisor_is_due(const struct plugin *plugin);
/* The member of its group that it waits for, while that restarts; or NULL. */
const struct plugin *supervisor_first(const struct plugin *plugin);
/* Somebody wants it started or stopped, or its settings are others: it waits no more. */
void supervisor_forgive(struct plugin *plugin);
/*
 * What the program before this one in the process knew of it: when it ended, that many bytes of
 * times, and why it is not to be started, or "". 0 or -ENOMEM.
 */
int supervisor_adopt(struct plugin *plugin, const void *ends, size_t size, const char *gave_up);
/* It brought that program down: as a fault of its own, but it is started at once, or not at all. */
void supervisor_blame(struct plugin *plugin, const char *words);
/* Name of its group, or "". */
const char *supervisor_group(const struct plugin *plugin);

#endif
