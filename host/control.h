/* SPDX-License-Identifier: MIT */
/* The control socket: who may connect, how many, and what is served. */
#ifndef CORBEL_HOST_CONTROL_H
#define CORBEL_HOST_CONTROL_H

#include <corbel/error.h>
#include <corbel/host.h>

#include "poller.h"
#include "varlink.h"

#define CONTROL_RESERVED 4 /* of `clients`, for root and the owner */

struct control;

/*
 * Listens as [control] says; *out is NULL if that wants no socket. `services` is borrowed.
 * -EADDRINUSE: another process listens there; -EINVAL: there is no such group.
 */
int control_open(struct poller *poller, struct corbel_host *host,
		 const struct varlink_services *services, struct control **out,
		 struct corbel_error *error);
/* Cuts all connections and removes the socket. NULL is allowed. */
void control_close(struct control *control);

/*
 * Applies new settings, but for those that only a new start can; who may connect no longer is cut
 * off. On failure the old ones stay. NULL is allowed.
 */
int control_renew(struct control *control, struct corbel_error *error);

const char *control_path(const struct control *control);

#endif
