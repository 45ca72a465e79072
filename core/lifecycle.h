/* SPDX-License-Identifier: MIT */
/*
 * The lifecycle: which plugins start, stop or wait, derived from what is wanted and what is there.
 *
 * Invariants: a plugin starts only when all that it requires is offered by plugins that stay; it
 * stops only when nothing that runs requires it; at shutdown the order is the reverse of the actual
 * starts.
 */
#ifndef CORBEL_CORE_LIFECYCLE_H
#define CORBEL_CORE_LIFECYCLE_H

#include "host_context.h"
#include "plugin.h"

/* Takes all steps that are due now. [control] */
void lifecycle_advance(struct corbel_host *host);
/* Makes a pass due; [any thread] */
void lifecycle_wake(struct corbel_host *host);
bool lifecycle_is_settled(const struct corbel_host *host);
/* The registry's listener and the activation hook; `data` is the host. [any thread] */
void lifecycle_offers_changed(void *data);
void lifecycle_activate(void *data, const char *plugin);
/* Whether it will be there for who requires it: runs and stays, or sleeps and wakes when called. */
bool lifecycle_stays(const struct plugin *provider);
/* It is to start, and all that it requires is there. */
bool lifecycle_may_start(const struct plugin *plugin);
/* Marks a plugin as wanted or not and lets the passes do the rest; clears a failure when wanted. */
void lifecycle_request(struct plugin *plugin, uint32_t request, struct plugin_waiter *waiter);

#endif
