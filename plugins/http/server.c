/* SPDX-License-Identifier: MIT */
/*
 * The server: who is connected, driven by libmicrohttpd from the strand without a thread of its
 * own.
 */
#include "server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "listener.h"

/* For the head of a request and a piece of its answer, as much as common browsers may need. */
#define CONNECTION_MEMORY 16384
/* Connections that are taken, and rounds that are run, before others on the strand get their turn.
 */
#define TURN 64
#define ROUNDS 8

struct connection *connection_of(struct MHD_Connection *handle)
{
	return MHD_get_connection_info(handle, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

static void ring_leave(struct connection *connection)
{
	connection->quieter->livelier = connection->livelier;
	connection->livelier->quieter = connection->quieter;
}

static void ring_enter(struct connection *connection)
{
	struct connection *head = &connection->server->ring;

	connection->quieter = head->quieter;
	connection->livelier = head;
	head->quieter->livelier = connection;
	head->quieter = connection;
	connection->active = corbel_now(connection->server->context);
}

void connection_is_active(struct connection *connection)
{
	connection->server->served++;
	ring_leave(connection);
	ring_enter(connection);
}

void connection_suspend(struct connection *connection)
{
	connection->is_suspended = true;
	MHD_suspend_connection(connection->handle);
}

void connection_resume(struct connection *connection)
{
	if (!connection->is_suspended)
		return;
	connection->is_suspended = false;
	MHD_resume_connection(connection->handle);
}

/* libmicrohttpd finds it hung up in its next run, and closes it; there is no other way in. */
static void hang_up(struct connection *connection)
{
	shutdown(connection->descriptor, SHUT_RDWR);
	connection_resume(connection);
}

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
	ring_enter(connection);
	*context = connection;
	server->accepted++;
	/* Without the timer nothing expires until the next one comes; all else goes on. */
	if (server->connection_count++ == 0)
		(void)corbel_timer_start(server->context, CORBEL_SECOND, CORBEL_SECOND, ticked,
					 server, &server->ticking);
}

static void connection_closed(struct server *server, struct connection *connection)
{
	ring_leave(connection);
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

static void run_posted(void *data)
{
	struct server *server = data;

	server->is_posted = false;
	server_run(server);
}

void server_run(struct server *server)
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
			return;
	}
	if (!server->is_posted)
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
	hang_up(quietest);
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

static void knock_came(void *data, int descriptor, uint32_t events)
{
	struct server *server = data;
	struct sockaddr_storage address;

	(void)events;
	for (int i = 0; i < TURN; i++) {
		socklen_t length = sizeof(address);
		int accepted = accept4(descriptor, (struct sockaddr *)&address, &length,
				       SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (accepted < 0 && errno == EMFILE && evict_quietest(server))
			continue;
		if (accepted < 0) {
			if (errno != EAGAIN && errno != ECONNABORTED)
				listening_rest(server);
			break;
		}
		if (server->connection_count >= server->settings->connections)
			evict_quietest(server);
		MHD_add_connection(server->daemon, accepted, (struct sockaddr *)&address, length);
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
		hang_up(connection);
	}
}

/* Paths are compared as they are written: decoded, one could hold a NUL. */
static size_t keep_escapes(void *data, struct MHD_Connection *handle, char *text)
{
	(void)data;
	(void)handle;
	return strlen(text);
}

static int daemon_start(struct server *server)
{
	const union MHD_DaemonInfo *info;

	server->daemon = MHD_start_daemon(
		MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
		server->owner.answer, server->owner.data, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)CONNECTION_MEMORY, MHD_OPTION_CONNECTION_LIMIT, 1u << 16,
		MHD_OPTION_NOTIFY_CONNECTION, connection_changed, server,
		MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL, MHD_OPTION_END);
	if (!server->daemon)
		return -ENOMEM;
	info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	return corbel_watch_add(server->context, info->epoll_fd, CORBEL_READABLE, work_came, server,
				&server->working);
}

int server_open(struct server *server, struct corbel_context *context,
		const struct settings *settings, const struct server_owner *owner)
{
	int result;

	*server = (struct server){
		.context = context, .settings = settings, .owner = *owner, .listener = -1
	};
	server->ring.quieter = server->ring.livelier = &server->ring;
	result = daemon_start(server);
	if (result < 0)
		corbel_explain(context, "cannot set the server up: %s", strerrordesc_np(-result));
	else
		result = server_listen(server, settings);
	if (result < 0)
		server_close(server);
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

int server_listen(struct server *server, const struct settings *settings)
{
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);
	struct corbel_watch *watch;
	char name[LISTENER_NAME_SIZE];
	int listener, result;

	result = listener_open(settings, server->context, &listener);
	if (result < 0)
		return result;
	result = corbel_watch_add(server->context, listener, CORBEL_READABLE, knock_came, server,
				  &watch);
	if (result < 0) {
		corbel_explain(server->context, "cannot watch the socket: %s",
			       strerrordesc_np(-result));
		close(listener);
		return result;
	}
	listener_close(server);
	server->listener = listener;
	server->listening = watch;
	/* Of port 0 only the socket knows what became of it. */
	getsockname(listener, (struct sockaddr *)&address, &length);
	listener_spell((struct sockaddr *)&address, length, name);
	corbel_log(server->context, CORBEL_NOTICE, "serving http://%s/", name);
	return 0;
}

void server_close(struct server *server)
{
	listener_close(server);
	corbel_watch_remove(server->context, server->working);
	if (!server->daemon)
		return;
	/* It must not end with connections that wait. */
	for (struct connection *at = server->ring.livelier; at != &server->ring; at = at->livelier)
		hang_up(at);
	MHD_stop_daemon(server->daemon);
	server->daemon = NULL;
}
