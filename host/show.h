/* SPDX-License-Identifier: MIT */
/* `corbeld --show`: what runs, and events as they come, on standard output. */
#ifndef CORBEL_HOST_SHOW_H
#define CORBEL_HOST_SHOW_H

#include <stddef.h>

#include <corbel/host.h>

struct show {
	struct corbel_host *host;
	struct corbel_host_monitor *monitor;
	struct corbel_subscription **subscriptions;
	size_t count;
};

/*
 * Nothing without patterns. `control` is the path of the control socket, or NULL. A pattern that
 * is none: -EINVAL.
 */
int show_start(struct show *show, struct corbel_host *host, const char *const *patterns,
	       size_t count, const char *control, struct corbel_error *error);
/* Accepts a zeroed one. */
void show_stop(struct show *show);

#endif
