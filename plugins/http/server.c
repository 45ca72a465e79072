/* SPDX-License-Identifier: MIT */
/*
 * The server: who is connected, driven by libmicrohttpd from the strand without a thread of its
 * own.
 */
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "listener.h"

/* For the head of a request and a piece of its answer, as much as common browsers may need. */
#define CONNECTION_MEMORY 16384
/* Connections that are taken, and rounds that are run, before others on the strand get their turn.
 */
#define TURN 64
#define ROUNDS 8

static void ticked(void *data)
{
	struct server *server = data;

	server->owner.tick(server->owner.data);
}

static void connection_opened(struct server *server, struct MHD_Connection *handle, void **context)
{
	int descriptor =
		MHD_get_connection_info(handle, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
	struct connection *connection = calloc(1, sizeof(*connection));

	if (!connection) {
		shutdown(descriptor, SHUT_RDWR);
		return;
	}
	connection->server = server;
	connection->handle = handle;
	connection->descriptor = descriptor;
	handover_bytes_read(descriptor, &connection->begun);
	connection_enter(connection);
	*context = connection;
	/* Without the timer nothing expires until the next one comes; all else goes on. */
	if (server->connection_count++ == 0)
		(void)corbel_timer_start(server->context, CORBEL_SECOND, CORBEL_SECOND, ticked,
					 server, &server->ticking);
}

static void connection_closed(struct server *server, struct connection *connection)
{
	connection_leave(connection);
	free(connection);
	if (--server->connection_count > 0)
		return;
	corbel_timer_stop(server->context, server->ticking);
	server->ticking = NULL;
}

static void connection_changed(void *data, struct MHD_Connection *handle, void **context,
			       enum MHD_ConnectionNotificationCode what)
{
	if (what == MHD_CONNECTION_NOTIFY_STARTED)
		connection_opened(data, handle, context);
	else if (*context)
		connection_closed(data, *context);
}

static void request_completed(void *data, struct MHD_Connection *handle, void **request,
			      enum MHD_RequestTerminationCode how)
{
	(void)data;
	(void)request;
	(void)how;
	if (connection_of(handle))
		connection_of(handle)->is_answering = false;
}

static void run_posted(void *data)
{
	struct server *server = data;

	server->is_posted = false;
	server_run(server);
}

/* True: there is more to do at once. */
static bool rounds_run(struct server *server)
{
	MHD_UNSIGNED_LONG_LONG wait;

	/*
	 * It is worked on without a word from its epoll set only while its timeout is 0. Who has
	 * been served may ask again at once: looking is cheaper than to be woken for it.
	 */
	for (int i = 0; i < ROUNDS; i++) {
		uint64_t before = server->served;

		MHD_run(server->daemon);
		if (server->served == before &&
		    (MHD_get_timeout(server->daemon, &wait) == MHD_NO || wait > 0))
			return false;
	}
	return true;
}

void server_run(struct server *server)
{
	if (rounds_run(server) && !server->is_posted)
		server->is_posted = corbel_post(server->context, run_posted, server) == 0;
}

static void work_came(void *data, int descriptor, uint32_t events)
{
	(void)descriptor;
	(void)events;
	server_run(data);
}

/* False: nobody is connected. */
static bool evict_quietest(struct server *server)
{
	struct connection *quietest = server->ring.livelier;

	if (quietest == &server->ring)
		return false;
	server->evicted++;
	connection_hang_up(quietest);
	MHD_run(server->daemon);
	return true;
}

static void listening_goes_on(void *data)
{
	struct server *server = data;

	corbel_timer_stop(server->context, server->resting);
	server->resting = NULL;
	corbel_watch_change(server->context, server->listening, CORBEL_READABLE);
}

/* Who knocks goes on knocking, and nothing can be done about it now. */
static void listening_rest(struct server *server)
{
	if (!server->resting &&
	    corbel_timer_start(server->context, CORBEL_SECOND, 0, listening_goes_on, server,
			       &server->resting) == 0)
		corbel_watch_change(server->context, server->listening, 0);
}

static void connection_add(struct server *server, int descriptor)
{
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);

	if (server->connection_count >= server->settings->connections)
		evict_quietest(server);
	if (getpeername(descriptor, (struct sockaddr *)&address, &length) < 0)
		close(descriptor);
	else
		MHD_add_connection(server->daemon, descriptor, (struct sockaddr *)&address, length);
}

static void gift_came(void *data, int taking, uint32_t events)
{
	struct server *server = data;

	(void)taking;
	(void)events;
	for (int i = 0; i < TURN; i++) {
		int descriptor = handover_take(&server->handover);

		if (descriptor == -EMFILE)
			continue;
		if (descriptor < 0)
			break;
		connection_add(server, descriptor);
	}
	server_run(server);
}

static void knock_came(void *data, int descriptor, uint32_t events)
{
	struct server *server = data;

	(void)events;
	for (int i = 0; i < TURN; i++) {
		int accepted = accept4(descriptor, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (accepted < 0 && errno == EMFILE && evict_quietest(server))
			continue;
		if (accepted < 0) {
			if (errno != EAGAIN && errno != ECONNABORTED)
				listening_rest(server);
			break;
		}
		server->accepted++;
		connection_add(server, accepted);
	}
	server_run(server);
}

void server_expire(struct server *server)
{
	int64_t before = corbel_now(server->context) - server->settings->timeout;
	struct connection *connection = server->ring.livelier;

	for (; connection != &server->ring && connection->active < before;
	     connection = connection->livelier) {
		server->expired++;
		connection_hang_up(connection);
	}
}

/* Paths are compared as they are written: decoded, one could hold a NUL. */
static size_t keep_escapes(void *data, struct MHD_Connection *handle, char *text)
{
	(void)data;
	(void)handle;
	return strlen(text);
}

int server_epoll(const struct server *server)
{
	return MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

static int daemon_start(struct server *server)
{
	server->daemon = MHD_start_daemon(
		MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
		server->owner.answer, server->owner.data, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)CONNECTION_MEMORY, MHD_OPTION_CONNECTION_LIMIT, 1u << 16,
		MHD_OPTION_NOTIFY_CONNECTION, connection_changed, server,
		MHD_OPTION_NOTIFY_COMPLETED, request_completed, NULL, MHD_OPTION_UNESCAPE_CALLBACK,
		keep_escapes, NULL, MHD_OPTION_END);
	if (!server->daemon)
		return -ENOMEM;
	return corbel_watch_add(server->context, server_epoll(server), CORBEL_READABLE, work_came,
				server, &server->working);
}

int server_open(struct server *server, struct corbel_context *context,
		const struct settings *settings, const struct server_owner *owner)
{
	int result;

	*server = (struct server){ .context = context,
				   .settings = settings,
				   .owner = *owner,
				   .listener = -1,
				   .handover = { -1, -1 } };
	server->ring.quieter = server->ring.livelier = &server->ring;
	result = daemon_start(server);
	if (result < 0) {
		corbel_explain(context, "cannot set the server up: %s", strerrordesc_np(-result));
		server_close(server);
	}
	return result;
}

static void listener_close(struct server *server)
{
	corbel_timer_stop(server->context, server->resting);
	server->resting = NULL;
	corbel_watch_remove(server->context, server->listening);
	server->listening = NULL;
	if (server->listener >= 0)
		close(server->listener);
	server->listener = -1;
}

/* Takes the place of the one there was; on failure nothing changes. */
static int listener_adopt(struct server *server, int listener)
{
	struct corbel_watch *watch;
	int result = corbel_watch_add(server->context, listener, CORBEL_READABLE, knock_came,
				      server, &watch);

	if (result < 0) {
		corbel_explain(server->context, "cannot watch the socket: %s",
			       strerrordesc_np(-result));
		return result;
	}
	listener_close(server);
	server->listener = listener;
	server->listening = watch;
	return 0;
}

int server_listen(struct server *server, const struct settings *settings)
{
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);
	char name[LISTENER_NAME_SIZE];
	int listener, result;

	result = listener_open(settings, server->context, &listener);
	if (result < 0)
		return result;
	result = listener_adopt(server, listener);
	if (result < 0) {
		close(listener);
		return result;
	}
	/* Of port 0 only the socket knows what became of it. */
	getsockname(listener, (struct sockaddr *)&address, &length);
	listener_spell((struct sockaddr *)&address, length, name);
	corbel_log(server->context, CORBEL_NOTICE, "serving http://%s/", name);
	return 0;
}

static int handover_watch(struct server *server)
{
	int result = corbel_watch_add(server->context, server->handover.taking, CORBEL_READABLE,
				      gift_came, server, &server->taking);

	if (result < 0)
		corbel_explain(server->context, "cannot watch for connections: %s",
			       strerrordesc_np(-result));
	return result;
}

int server_begin(struct server *server, const struct settings *settings)
{
	int result = handover_open(&server->handover);

	if (result < 0)
		corbel_explain(server->context, "no socket pair: %s", strerrordesc_np(-result));
	else
		result = handover_watch(server);
	return result < 0 ? result : server_listen(server, settings);
}

void server_name(const struct server *server, int descriptors[SERVER_DESCRIPTORS])
{
	descriptors[0] = server->listener;
	descriptors[1] = server->handover.taking;
	descriptors[2] = server->handover.giving;
}

int server_save(const struct server *server, int descriptors[SERVER_DESCRIPTORS])
{
	int result = 0;

	server_name(server, descriptors);
	for (size_t i = 0; i < SERVER_DESCRIPTORS; i++) {
		descriptors[i] = fcntl(descriptors[i], F_DUPFD_CLOEXEC, 0);
		if (descriptors[i] < 0)
			result = -errno;
	}
	return result;
}

static int taken(int *descriptor)
{
	int own = *descriptor;

	*descriptor = -1;
	return own;
}

int server_restore(struct server *server, int descriptors[SERVER_DESCRIPTORS], bool elsewhere)
{
	int listens = 0, result;
	socklen_t size = sizeof(listens);

	if (getsockopt(descriptors[0], SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) < 0 || !listens)
		return -EBADMSG;
	server->handover = (struct handover){ .taking = taken(&descriptors[1]),
					      .giving = taken(&descriptors[2]) };
	result = handover_watch(server);
	if (result < 0)
		return result;
	if (elsewhere)
		return server_listen(server, server->settings);
	result = listener_adopt(server, descriptors[0]);
	if (result == 0)
		taken(&descriptors[0]);
	return result;
}

/* How many are still here; `is_full`: some because there was no room on the way. */
static size_t connections_give(struct server *server, int stand_in, bool *is_full)
{
	size_t left = 0;

	*is_full = false;
	for (struct connection *at = server->ring.livelier; at != &server->ring;
	     at = at->livelier) {
		if (!at->is_given && connection_is_at_rest(at))
			*is_full |= connection_give(at, stand_in) == -EAGAIN;
		left += !at->is_given;
	}
	return left;
}

/* By a clock that goes on while this waits. */
static int64_t milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

static void connections_finish(struct server *server, int64_t limit, int stand_in)
{
	int64_t end = milliseconds() + limit, now;
	struct pollfd waits[] = { { .fd = server_epoll(server), .events = POLLIN },
				  { .fd = server->handover.giving } };
	bool is_full;

	while (connections_give(server, stand_in, &is_full) > 0) {
		bool goes_on = rounds_run(server);

		now = milliseconds();
		if (now >= end)
			return;
		waits[1].events = is_full ? POLLOUT : 0;
		if (!goes_on)
			poll(waits, 2, (int)(end - now));
	}
}

void server_retire(struct server *server, int64_t limit)
{
	int stand_in[2];
	bool has_any =
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, stand_in) == 0;

	listener_close(server);
	if (has_any)
		connections_finish(server, limit / CORBEL_MILLISECOND, stand_in[0]);
	server_close(server);
	if (has_any) {
		close(stand_in[0]);
		close(stand_in[1]);
	}
}

void server_close(struct server *server)
{
	/* Nothing else was begun, and a zeroed one has not even got descriptors that are none. */
	if (!server->daemon)
		return;
	listener_close(server);
	corbel_watch_remove(server->context, server->taking);
	handover_close(&server->handover);
	corbel_watch_remove(server->context, server->working);
	server->taking = server->working = NULL;
	/* It must not end with connections that wait. */
	for (struct connection *at = server->ring.livelier; at != &server->ring; at = at->livelier)
		connection_hang_up(at);
	MHD_stop_daemon(server->daemon);
	server->daemon = NULL;
}
