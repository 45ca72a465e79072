/* SPDX-License-Identifier: MIT */
/*
 * What corbeld tells its plugins about themselves: the interface corbel.monitor.
 *
 * Plugins belong to the control thread. A call from another thread posts its question there and
 * waits for the answer, a moment at most: control waits for no plugin.
 */
#ifndef CORBEL_HOST_MONITOR_H
#define CORBEL_HOST_MONITOR_H

#include <corbel/host.h>

struct monitor;

/* Offers it to the plugins of a host. [control] */
int monitor_open(struct corbel_host *host, struct monitor **out);
/* Before the host is freed. NULL is allowed. [control] */
void monitor_close(struct monitor *monitor);

#endif
