/* SPDX-License-Identifier: MIT */
/* One client of the control socket: what it may send, and how long it may take. */
#ifndef CORBEL_HOST_CONNECTION_H
#define CORBEL_HOST_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "framing.h"
#include "poller.h"
#include "varlink.h"

#define CONNECTION_LINE_TIME (3 * POLLER_SECOND)   /* for a message that has begun */
#define CONNECTION_IDLE_TIME (10 * POLLER_SECOND)  /* without a message or a call */
#define CONNECTION_STALL_TIME (60 * POLLER_SECOND) /* with a stream that it does not read */
#define CONNECTION_OUTPUT_MAX (256u * 1024u)       /* waiting, before a stream drops */

struct connection {
	struct varlink_link link;
	struct poller *poller;
	const struct varlink_services *services;
	struct poller_watch watch;
	struct poller_timer deadline;
	struct framing input;
	char *output;
	size_t output_start, output_size, output_capacity;
	uid_t uid;
	bool is_serving; /* the loop is in here: what is sent needs no wake-up */
	bool has_ended;  /* it sends no more; what it has asked is still answered */
	bool is_lost;    /* to be closed at once */
	bool is_closing; /* to be closed when all is sent */
	/* Its owner frees it then. */
	void (*closed)(void *data, struct connection *connection);
	void *data;
	struct connection *next;
};

/* Takes the descriptor over, on failure too; the caller sets services, closed, data and uid. */
int connection_start(struct connection *connection, struct poller *poller, int descriptor);
/* Abandons its call, and closes the descriptor. Does not call closed(). */
void connection_fini(struct connection *connection);

#endif
