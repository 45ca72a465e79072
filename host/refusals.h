/* SPDX-License-Identifier: MIT */
/* What was refused to plugins that called libc, in the log: once a plugin and function. */
#ifndef CORBEL_HOST_REFUSALS_H
#define CORBEL_HOST_REFUSALS_H

struct corbel_host;

/* Whose log has them from now on; NULL: none. [control] */
void refusals_log(struct corbel_host *host);
/* A function was refused to the plugin that runs in this thread. [any thread] */
void refusals_tell(const char *function, const char *why);

#endif
