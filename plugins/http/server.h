/* SPDX-License-Identifier: MIT */
/*
 * The server: who is connected, driven by libmicrohttpd from the strand without a thread of its
 * own.
 *
 * A connection is active when it begins a request or takes a piece of an event stream. One that has
 * not been for `timeout` is closed, and so is, when there are as many as allowed and one more
 * comes, the one that has been quiet the longest. So those who hold connections without using them
 * keep nobody out, however slowly they write or read.
 *
 * One that is replaced retires: it gives the connections that wait for their next request to the
 * one that serves, and so it does with the others when they have their answers.
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "connection.h"
#include "handover.h"
#include "settings.h"

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
	struct handover handover;
	struct corbel_watch *listening, *working, *taking;
	struct corbel_timer *ticking, *resting;
	struct connection ring; /* its head: `livelier` of it is the quietest */
	size_t connection_count;
	uint64_t accepted, evicted, expired, served;
	bool is_posted; /* it goes on in a while */
};

/* Zeroed it is closed. -errno with the words at the host. It serves nobody yet. */
int server_open(struct server *server, struct corbel_context *context,
		const struct settings *settings, const struct server_owner *owner);
void server_close(struct server *server);

/* Begins to serve, as the first version or with what another had. */
int server_begin(struct server *server, const struct settings *settings);
#define SERVER_DESCRIPTORS 3
/* The sockets that the next version, or instance, is to have. */
void server_name(const struct server *server, int descriptors[SERVER_DESCRIPTORS]);
/* Writes duplicates of them, -1 where none could be made: then -errno. */
int server_save(const struct server *server, int descriptors[SERVER_DESCRIPTORS]);
/*
 * Takes them over, and sets those to -1; the listening socket unless `elsewhere`, since the
 * settings say so. -EBADMSG: they are others.
 */
int server_restore(struct server *server, int descriptors[SERVER_DESCRIPTORS], bool elsewhere);
/* Gives all connections away, those of requests when they are answered, and closes after `limit`.
 */
void server_retire(struct server *server, int64_t limit);

/* Listens as the settings say, instead of where it did; on failure nothing changes. */
int server_listen(struct server *server, const struct settings *settings);

/* The epoll set of libmicrohttpd. */
int server_epoll(const struct server *server);

/* Does what is due; not from within `answer`. */
void server_run(struct server *server);

/* Closes those that have been quiet for too long. */
void server_expire(struct server *server);

#endif
