/* SPDX-License-Identifier: MIT */
/*
 * The steps of a plugin's life: each begins here, goes on when something ended, and has a deadline.
 */
#ifndef CORBEL_CORE_STEPS_H
#define CORBEL_CORE_STEPS_H

#include "plugin.h"

/* From JUDGED or UNLOADED: load, then start() on its strand. Ends in RUNNING or FAILED. */
void steps_start(struct plugin *plugin);
/* From RUNNING: drain, stop(), sweep, unload. Ends in UNLOADED or ZOMBIE. */
void steps_stop(struct plugin *plugin);
/*
 * Takes new entries over: for the next start, or configure() in RUNNING; restarts the plugin where
 * it has none.
 */
void steps_configure(struct plugin *plugin, struct entries *entries);
/* Those that came while it could not take any: a start, a configure() or a reload has ended. */
void steps_configure_next(struct plugin *plugin);
/* From RUNNING with a new instance in place. */
void steps_replaced(struct plugin *plugin);
/* Gives up on an instance that does not end: it stays in memory with its image. */
void steps_abandon(struct plugin *plugin, const char *reason);

#endif
