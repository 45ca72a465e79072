/* SPDX-License-Identifier: MIT */
/*
 * Hot reload: running plugins replaced by what their files are now, all of a transaction or none.
 *
 * judge, copy, try, load beside, start, close the gates, drain, save, restore, swap, open; then the
 * old ones retire. Invariants: until the swap nothing of an old instance has changed but that it is
 * closed and paused, so that opening it again is all there is to undo; after the swap nothing can
 * fail; between the two one thread does everything, with nobody inside any member, old or new. One
 * transaction at a time.
 */
#ifndef CORBEL_CORE_RELOAD_H
#define CORBEL_CORE_RELOAD_H

#include "plugin.h"

/* corbel_host_reload() of one plugin, for who wants an answer as to other requests. */
int reload_request(struct plugin *plugin, void (*done)(void *data, int result, const char *words),
		   void *data);
/*
 * Takes the settings in force over by a reload of the same file, if the plugin has state that a
 * restart would lose; false: it has none.
 */
bool reload_configure(struct plugin *plugin);
/*
 * The running instance has faulted. True: no reload holds it, or that was refused; false: its
 * `step` is woken once that is so.
 */
bool reload_yields(struct plugin *plugin);
/* The host stops: a trial under way is given up; those that wait fail when their turn comes. */
void reload_hurry(struct corbel_host *host);

#endif
