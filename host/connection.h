/* SPDX-License-Identifier: MIT */
/* One client of the control socket: what it may send, and how long it may take. */
#ifndef CORBEL_HOST_CONNECTION_H
#define CORBEL_HOST_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "access.h"
#include "audit.h"
#include "framing.h"
#include "peer.h"
#include "poller.h"
#include "rate.h"
#include "varlink.h"

#define CONNECTION_LINE_TIME (3 * POLLER_SECOND)   /* for a message that has begun */
#define CONNECTION_IDLE_TIME (10 * POLLER_SECOND)  /* without a message or a call */
#define CONNECTION_STALL_TIME (60 * POLLER_SECOND) /* with a stream that it does not read */
#define CONNECTION_PATIENCE (1 * POLLER_SECOND)    /* the same, while others want its place */
#define CONNECTION_OUTPUT_MAX (256u * 1024u)       /* waiting, before a stream drops */

struct connection;

/* What all connections have in common. */
struct connection_shared {
	struct poller *poller;
	const struct varlink_services *services;
	struct access access;
	struct audit audit;
	int64_t rate; /* calls a second of each */
	/* It is over: its owner frees it. */
	void (*closed)(void *data, struct connection *connection);
	void *data;
};

struct connection {
	struct varlink_link link;
	struct connection_shared *shared;
	struct peer peer;
	struct poller_watch watch;
	struct poller_task turn; /* the next call, or the end of the last one */
	struct poller_timer deadline;
	struct poller_timer rest; /* after more calls than its rate allows */
	struct rate calls;
	struct framing input;
	char *output;
	size_t output_start, output_size, output_capacity;
	int64_t since;   /* its last message or answer */
	bool is_serving; /* the loop is in here: what is sent needs no wake-up */
	bool is_resting; /* until `rest` fires it is not listened to */
	bool has_more;   /* there may be another whole message in the input */
	bool has_ended;  /* it sends no more; what it has asked is still answered */
	bool is_lost;    /* to be closed at once */
	bool is_closing; /* to be closed when all is sent */
	struct connection *next;
};

/*
 * For a zeroed struct. Takes the descriptor and what the peer holds over, on failure too. Then
 * connection_serve(), which may free it: what a client has sent by now is served at once.
 */
int connection_start(struct connection *connection, struct connection_shared *shared,
		     int descriptor, const struct peer *peer);
void connection_serve(struct connection *connection);
/* Abandons its call, and closes the descriptor. Does not call closed(). */
void connection_fini(struct connection *connection);

/* Another may have its place: nothing is under way, or it does not take what it asked for. */
bool connection_may_go(const struct connection *connection);
/* Tells it why, and closes it, now or as soon as it no longer serves. */
void connection_end(struct connection *connection, const char *error, const char *words);

#endif
