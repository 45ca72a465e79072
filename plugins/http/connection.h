/* SPDX-License-Identifier: MIT */
/* One who is connected, from the time that it comes until libmicrohttpd has closed its socket. */
#ifndef HTTP_CONNECTION_H
#define HTTP_CONNECTION_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

struct server;

struct connection {
	struct connection *quieter, *livelier;
	struct server *server;
	struct MHD_Connection *handle;
	int descriptor;
	bool is_suspended;
	bool is_answering; /* it has sent the head of a request, and not got all of the answer */
	bool is_given;     /* to the version that serves: another socket stands in its place */
	uint64_t begun;    /* bytes read of it before it came to this server */
	uint64_t asked;    /* bytes of the heads of requests since */
	int64_t active;    /* when it last was, by corbel_now() */
};

/* Of the request that is being answered; NULL: there was no memory for it. */
struct connection *connection_of(struct MHD_Connection *handle);
void connection_is_active(struct connection *connection);
/* The head of a request has come. From within `answer`, once a request. */
void connection_has_asked(struct connection *connection);

/* Waits until it is resumed. From within the reader of its response only. */
void connection_suspend(struct connection *connection);
/* It goes on in the next server_run(). */
void connection_resume(struct connection *connection);

/* In the ring of its server, as the liveliest. */
void connection_enter(struct connection *connection);
void connection_leave(struct connection *connection);

/* libmicrohttpd finds it hung up in its next run, and closes it; there is no other way in. */
void connection_hang_up(struct connection *connection);

/* Whether it waits for a request of which nothing has been read. */
bool connection_is_at_rest(const struct connection *connection);
/*
 * Sends it to the version that serves; `stand_in` is a socket on which nothing ever happens, until
 * the server is closed. -EAGAIN: there is no room on the way for now.
 */
int connection_give(struct connection *connection, int stand_in);

#endif
