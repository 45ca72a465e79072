/* SPDX-License-Identifier: MIT */
/* The control socket: who may connect, how many, and what is served. */
#ifndef CORBEL_HOST_CONTROL_H
#define CORBEL_HOST_CONTROL_H

#include <corbel/error.h>

#include "endpoint.h"
#include "poller.h"
#include "varlink.h"

#define CONTROL_CONNECTIONS 32u
#define CONTROL_CONNECTIONS_UID 8u
#define CONTROL_RESERVED 4u /* of all, for root and the owner */

struct control;

/* Listens; `services` is borrowed. -EADDRINUSE: another process does. */
int control_open(struct poller *poller, const struct endpoint_options *options,
		 const struct varlink_services *services, struct control **out,
		 struct corbel_error *error);
/* Cuts all connections and removes the socket. NULL is allowed. */
void control_close(struct control *control);

const char *control_path(const struct control *control);

#endif
