/* SPDX-License-Identifier: MIT */
/* Events for corbeld itself, within corbel_host_dispatch(). */
#ifndef CORBEL_HOST_SUBSCRIBE_H
#define CORBEL_HOST_SUBSCRIBE_H

#include <corbel/host.h>

/* A queue of the usual depth that drops the oldest; on failure with words. */
int subscribe(struct corbel_host *host, const char *pattern, corbel_handler *handler, void *data,
	      struct corbel_subscription **out, struct corbel_error *error);
void unsubscribe(struct corbel_host *host, struct corbel_subscription *subscription);

#endif
