/* SPDX-License-Identifier: MIT */
/* One client of the control socket: what it may send, and how long it may take. */
#include "connection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define TOO_LONG "org.corbel.Host.TooLong"
#define TOO_SLOW "org.corbel.Host.TooSlow"

static struct connection *connection_of(struct varlink_link *link)
{
	return (struct connection *)link;
}

static size_t waiting(const struct connection *connection)
{
	return connection->output_size - connection->output_start;
}

static void flush(struct connection *connection)
{
	while (waiting(connection) && !connection->is_lost) {
		ssize_t count = send(connection->watch.descriptor,
				     connection->output + connection->output_start,
				     waiting(connection), MSG_NOSIGNAL | MSG_DONTWAIT);

		if (count < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (count < 0)
			connection->is_lost = true;
		else
			connection->output_start += (size_t)count;
	}
	if (waiting(connection) == 0)
		connection->output_start = connection->output_size = 0;
}

static int reserve(struct connection *connection, size_t size)
{
	size_t left = waiting(connection), capacity = connection->output_capacity;

	if (connection->output_start > 0)
		memmove(connection->output, connection->output + connection->output_start, left);
	connection->output_start = 0;
	connection->output_size = left;
	if (left + size <= capacity)
		return 0;
	capacity = capacity * 2 > left + size ? capacity * 2 : left + size;
	char *output = realloc(connection->output, capacity);

	if (!output)
		return -ENOMEM;
	connection->output = output;
	connection->output_capacity = capacity;
	return 0;
}

/* Which time limit holds now; it starts anew whenever this is called. */
static void set_deadline(struct connection *connection)
{
	int64_t limit = CONNECTION_IDLE_TIME;

	if (waiting(connection))
		limit = connection->link.call ? CONNECTION_STALL_TIME : CONNECTION_IDLE_TIME;
	else if (connection->link.call || connection->is_resting)
		limit = 0; /* it waits for us, or listens */
	else if (!framing_is_empty(&connection->input) && !connection->has_more)
		limit = CONNECTION_LINE_TIME;
	connection->since = poller_now();
	if (limit)
		poller_timer_set(connection->shared->poller, &connection->deadline, limit);
	else
		poller_timer_clear(connection->shared->poller, &connection->deadline);
}

/* Whoever does not take its answers, waits for one, or asks too often, is not listened to. */
static bool may_serve(const struct connection *connection)
{
	return !connection->link.call && !connection->is_resting && !connection->is_closing &&
	       !connection->is_lost && !waiting(connection);
}

static bool may_read(const struct connection *connection)
{
	return may_serve(connection) && !connection->has_ended && !connection->has_more;
}

/*
 * For one event: that its peer has gone is told even to who does not ask, and would be again and
 * again while it rests.
 */
static void wait_for_more(struct connection *connection)
{
	poller_change(connection->shared->poller, &connection->watch,
		      (may_read(connection) ? EPOLLIN : 0u) |
			      (waiting(connection) ? EPOLLOUT : 0u) | EPOLLONESHOT);
	if (connection->has_more && may_serve(connection))
		poller_post(connection->shared->poller, &connection->turn);
}

/* May free the connection, as the last thing. */
static void settle(struct connection *connection)
{
	bool has_all = connection->has_ended && !connection->link.call && !connection->has_more;
	bool is_done = waiting(connection) == 0 && (connection->is_closing || has_all);

	if (connection->is_lost || is_done) {
		connection->shared->closed(connection->shared->data, connection);
		return;
	}
	wait_for_more(connection);
}

static int link_send(struct varlink_link *link, const char *text, size_t size, bool droppable)
{
	struct connection *connection = connection_of(link);
	bool was_empty = waiting(connection) == 0;

	if (droppable && waiting(connection) + size > CONNECTION_OUTPUT_MAX)
		return -ENOBUFS;
	if (reserve(connection, size + 1) < 0) {
		connection->is_lost = true;
		shutdown(connection->watch.descriptor, SHUT_RDWR); /* ends it from the loop */
		return -ENOMEM;
	}
	memcpy(connection->output + connection->output_size, text, size);
	connection->output[connection->output_size + size] = '\0';
	connection->output_size += size + 1;
	flush(connection);
	if (connection->is_lost)
		shutdown(connection->watch.descriptor, SHUT_RDWR);
	if (!connection->is_serving && was_empty && waiting(connection)) {
		set_deadline(connection);
		wait_for_more(connection);
	}
	return 0;
}

/* As many calls as its rate allows; then it has to wait. */
static void charge(struct connection *connection)
{
	int64_t now = poller_now(), wait;

	rate_take(&connection->calls, now, connection->shared->rate);
	wait = rate_wait(&connection->calls, now, connection->shared->rate);
	if (wait == 0)
		return;
	connection->is_resting = true;
	poller_timer_set(connection->shared->poller, &connection->rest, wait);
}

/*
 * Runs one call that has come whole: the next in another turn of the loop, so that others have
 * theirs, and not before this one has been answered.
 */
static void serve(struct connection *connection)
{
	const char *message;
	size_t size;

	if (!may_serve(connection))
		return;
	message = framing_next(&connection->input, &size);
	connection->has_more = message && !framing_is_empty(&connection->input);
	if (!message)
		return;
	charge(connection);
	if (varlink_dispatch(connection->shared->services, &connection->link, message, size) < 0)
		connection->is_closing = true;
	set_deadline(connection);
}

static void rested(void *data)
{
	struct connection *connection = data;

	connection->is_resting = false;
	set_deadline(connection);
	wait_for_more(connection);
}

static void link_ended(struct varlink_link *link)
{
	struct connection *connection = connection_of(link);

	if (connection->is_serving)
		return;
	/*
	 * From a later turn of the loop, since the one who ended the call may still use the link.
	 */
	set_deadline(connection);
	poller_post(connection->shared->poller, &connection->turn);
}

static void link_explain(const struct varlink_link *link, char *words, size_t size)
{
	const struct connection *connection = (const struct connection *)link;

	access_explain(&connection->shared->access, &connection->peer, link->right, words, size);
}

static void link_note(struct varlink_link *link, const struct varlink_call *call,
		      enum varlink_outcome outcome, const char *words)
{
	struct connection *connection = connection_of(link);

	audit_note(&connection->shared->audit, &connection->peer, call, outcome, words);
}

static void receive(struct connection *connection)
{
	char bytes[16384];
	ssize_t count = recv(connection->watch.descriptor, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (count < 0) {
		connection->is_lost = errno != EAGAIN && errno != EINTR;
		return;
	}
	if (count == 0) {
		connection->has_ended = true;
		return;
	}
	bool was_empty = framing_is_empty(&connection->input);
	int code = framing_add(&connection->input, bytes, (size_t)count);

	if (code == -EMSGSIZE) {
		varlink_complain(&connection->link, TOO_LONG,
				 "a message has more than 262144 bytes");
		connection->is_closing = true;
		set_deadline(connection);
	} else if (code < 0) {
		connection->is_lost = true;
	} else if (was_empty) {
		set_deadline(connection); /* counts from its first byte */
	}
}

static void ready(void *data, uint32_t events)
{
	struct connection *connection = data;
	bool has_gone = events & (EPOLLHUP | EPOLLERR);

	connection->is_serving = true;
	if (waiting(connection)) {
		size_t before = waiting(connection);

		flush(connection);
		if (waiting(connection) < before)
			set_deadline(connection);
	}
	if (has_gone && connection->link.call)
		connection->is_lost = true;
	if ((has_gone || (events & EPOLLIN)) && may_read(connection))
		receive(connection);
	serve(connection);
	connection->is_serving = false;
	if (has_gone && connection->is_resting && !connection->is_lost)
		return; /* what it has sent is looked at when its time has come */
	settle(connection);
}

static void take_turn(void *data)
{
	ready(data, 0);
}

static void expire(void *data)
{
	struct connection *connection = data;

	if (!waiting(connection) && !framing_is_empty(&connection->input) && !connection->has_more)
		varlink_complain(&connection->link, TOO_SLOW, "a message took more than 3 seconds");
	connection->shared->closed(connection->shared->data, connection);
}

int connection_start(struct connection *connection, struct connection_shared *shared,
		     int descriptor, const struct peer *peer)
{
	connection->link = (struct varlink_link){ .right = access_right(&shared->access, peer),
						  .send = link_send,
						  .ended = link_ended,
						  .explain = link_explain,
						  .note = link_note };
	connection->shared = shared;
	connection->watch =
		(struct poller_watch){ .descriptor = -1, .ready = ready, .data = connection };
	connection->turn = (struct poller_task){ .run = take_turn, .data = connection };
	connection->deadline = (struct poller_timer){ .fire = expire, .data = connection };
	connection->rest = (struct poller_timer){ .fire = rested, .data = connection };
	connection->peer = *peer;
	int code = poller_add(shared->poller, &connection->watch, descriptor, 0);

	if (code < 0) {
		close(descriptor);
		peer_fini(&connection->peer);
	} else {
		set_deadline(connection);
	}
	return code;
}

void connection_serve(struct connection *connection)
{
	ready(connection, EPOLLIN);
}

void connection_fini(struct connection *connection)
{
	struct poller *poller = connection->shared->poller;
	int descriptor = connection->watch.descriptor;

	varlink_abandon(&connection->link);
	poller_timer_clear(poller, &connection->deadline);
	poller_timer_clear(poller, &connection->rest);
	poller_unpost(poller, &connection->turn);
	poller_remove(poller, &connection->watch);
	if (descriptor >= 0)
		close(descriptor);
	peer_fini(&connection->peer);
	framing_fini(&connection->input);
	free(connection->output);
}

bool connection_may_go(const struct connection *connection)
{
	if (connection->is_serving)
		return false;
	return !connection->link.call ||
	       (waiting(connection) && poller_now() - connection->since > CONNECTION_PATIENCE);
}

void connection_end(struct connection *connection, const char *error, const char *words)
{
	connection->is_closing = true;
	if (connection->is_serving)
		return; /* with the answer to what it has asked */
	varlink_abandon(&connection->link);
	varlink_complain(&connection->link, error, words);
	connection->shared->closed(connection->shared->data, connection);
}
