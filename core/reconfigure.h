/* SPDX-License-Identifier: MIT */
/* Reading the configuration, the first time and again, and applying what changed. */
#ifndef CORBEL_CORE_RECONFIGURE_H
#define CORBEL_CORE_RECONFIGURE_H

#include "host_context.h"
#include "plugin.h"

/* Reads the host's file, or text, with its overrides; all complaints go to `complain`. */
int reconfigure_load(struct corbel_host *host, struct settings **out, struct corbel_error *error);
/* Makes the plugins of the first configuration and judges them. */
int reconfigure_first(struct corbel_host *host, struct corbel_error *error);
/* Declares what a plugin that starts on demand would provide, in the stead of what was declared. */
void reconfigure_declare(struct plugin *plugin);
/* Frees the retired settings that no plugin and no instance names any more. */
void reconfigure_release(struct corbel_host *host);
/* Frees the settings of the host and those retired. */
void reconfigure_free(struct corbel_host *host);

#endif
