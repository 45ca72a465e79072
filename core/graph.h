/* SPDX-License-Identifier: MIT */
/* Who needs whom, from manifests alone: cycles, missing providers, and the words for both. */
#ifndef CORBEL_CORE_GRAPH_H
#define CORBEL_CORE_GRAPH_H

#include "host_context.h"
#include "plugin.h"

/* Marks as FAILED every judged plugin that is on a cycle of requirements, with the path in words.
 */
void graph_refuse_cycles(struct corbel_host *host);
/*
 * Why a requirement is not met by any plugin of the configuration, or -ENOENT with no words when it
 * could be.
 */
int graph_explain_missing(const struct plugin *plugin, const struct manifest_interface *wanted,
			  struct corbel_error *error);

/* The first requirement that no plugin of the configuration can meet, or NULL. */
const struct manifest_interface *graph_find_unmet(const struct plugin *plugin);

#endif
