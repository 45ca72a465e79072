/* SPDX-License-Identifier: MIT */
/* One call to corbeld at a time, answered by the loop. */
#ifndef CORBEL_TOOL_REMOTE_H
#define CORBEL_TOOL_REMOTE_H

#include <jansson.h>

#include "caller.h"
#include "poller.h"

struct remote_reply {
	int code;           /* 0, or -errno: there is no answer */
	bool was_connected; /* if not, no host answers at the socket */
	const char *error;  /* of org.corbel.Host, without the interface; NULL: none */
	const json_t *parameters;
};

struct remote {
	struct poller *poller;
	const char *socket;
	void *data;
	void (*answered)(void *data, const struct remote_reply *reply);
	struct caller caller;
	struct poller_watch watch;
	struct poller_timer patience;
};

/* `remote` has its first three members set. */
void remote_init(struct remote *remote);
void remote_fini(struct remote *remote);

/*
 * Calls a method of org.corbel.Host over a connection of its own: a host that was started again is
 * found again. Parameters are taken over; `patience` in ns, 0: the host bounds it. `answered` is
 * told once, maybe before this returns, and may call again.
 */
void remote_call(struct remote *remote, const char *method, json_t *parameters, int64_t patience,
		 void (*answered)(void *data, const struct remote_reply *reply));

#endif
