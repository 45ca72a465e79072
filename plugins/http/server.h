/* SPDX-License-Identifier: MIT */
/*
 * The server: who is connected, driven by libmicrohttpd from the strand without a thread of its
 * own.
 *
 * A connection is active when it begins a request or takes a piece of an event stream. One that has
 * not been for `timeout` is closed, and so is, when there are as many as allowed and one more
 * comes, the one that has been quiet the longest. So those who hold connections without using them
 * keep nobody out, however slowly they write or read.
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include <microhttpd.h>

#include "settings.h"

struct server;

struct connection {
	struct connection *quieter, *livelier;
	struct server *server;
	struct MHD_Connection *handle;
	int descriptor;
	bool is_suspended;
	int64_t active; /* when it last was, by corbel_now() */
};

struct server_owner {
	MHD_AccessHandlerCallback answer;
	/* Once a second while anybody is connected. [strand] */
	void (*tick)(void *data);
	void *data;
};

struct server {
	struct corbel_context *context;
	const struct settings *settings; /* borrowed; may change between calls */
	struct server_owner owner;
	struct MHD_Daemon *daemon;
	int listener;
	struct corbel_watch *listening, *working;
	struct corbel_timer *ticking, *resting;
	struct connection ring; /* its head: `livelier` of it is the quietest */
	size_t connection_count;
	uint64_t accepted, evicted, expired, served;
	bool is_posted; /* it goes on in a while */
};

/* Zeroed it is closed. -errno with the words at the host. */
int server_open(struct server *server, struct corbel_context *context,
		const struct settings *settings, const struct server_owner *owner);
void server_close(struct server *server);

/* Listens as the settings say, instead of where it did; on failure nothing changes. */
int server_listen(struct server *server, const struct settings *settings);

/* Does what is due; not from within `answer`. */
void server_run(struct server *server);

/* Of the request that is being answered; NULL: there was no memory for it. */
struct connection *connection_of(struct MHD_Connection *handle);
void connection_is_active(struct connection *connection);

/* Waits until it is resumed. From within the reader of its response only. */
void connection_suspend(struct connection *connection);
/* It goes on in the next server_run(). */
void connection_resume(struct connection *connection);

/* Closes those that have been quiet for too long. */
void server_expire(struct server *server);

#endif
