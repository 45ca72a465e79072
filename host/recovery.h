/* SPDX-License-Identifier: MIT */
/*
 * Recovery: the program that the configuration names is run each time a plugin has ended by a
 * fault, outside the process: to clear up behind it, to tell somebody, to keep the report.
 *
 * One at a time for a plugin; a fault meanwhile is told in the log and runs none. What happened is
 * in its environment: CORBEL_PLUGIN, CORBEL_REASON (one line), CORBEL_COUNT (faults so far) and,
 * if there is one, CORBEL_REPORT (the report's file).
 */
#ifndef CORBEL_HOST_RECOVERY_H
#define CORBEL_HOST_RECOVERY_H

#include <corbel/host.h>

#include "poller.h"

struct recovery;

int recovery_new(struct poller *poller, struct corbel_host *host, struct recovery **out);
/* Programs that still run go on, unwatched. NULL is allowed. */
void recovery_free(struct recovery *recovery);
/* A plugin has entered another state. */
void recovery_note(struct recovery *recovery, const struct corbel_plugin_info *plugin);

#endif
