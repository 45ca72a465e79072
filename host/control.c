/* SPDX-License-Identifier: MIT */
/* The control socket: who may connect, how many, and what is served. */
#include "control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connection.h"
#include "error.h"

struct control {
	struct poller *poller;
	const struct varlink_services *services;
	struct endpoint endpoint;
	struct poller_watch watch;
	struct poller_timer pause; /* out of descriptors: try again when it fires */
	struct connection *connections;
};

/* Before there is a connection to queue on; a client too slow for these few bytes goes without. */
#define REFUSAL(error, words) "{\"error\":\"" error "\",\"parameters\":{" words "}}"
static const char busy[] = REFUSAL("org.corbel.Host.Busy", "\"words\":\"too many connections\"");
static const char denied[] = REFUSAL("org.varlink.service.PermissionDenied", "");

static bool is_in_group(int descriptor, const struct ucred *peer, gid_t group)
{
	gid_t groups[256];
	socklen_t size = sizeof(groups);

	if (peer->gid == group)
		return true;
	if (getsockopt(descriptor, SOL_SOCKET, SO_PEERGROUPS, groups, &size) < 0)
		return false;
	for (size_t i = 0; i < size / sizeof(groups[0]); i++)
		if (groups[i] == group)
			return true;
	return false;
}

static bool is_owner(const struct ucred *peer)
{
	return peer->uid == 0 || peer->uid == geteuid();
}

static bool has_room(const struct control *control, const struct ucred *peer)
{
	unsigned int all = 0, of_uid = 0;

	for (const struct connection *connection = control->connections; connection;
	     connection = connection->next) {
		all++;
		if (connection->uid == peer->uid)
			of_uid++;
	}
	return of_uid < CONTROL_CONNECTIONS_UID &&
	       all < CONTROL_CONNECTIONS - (is_owner(peer) ? 0 : CONTROL_RESERVED);
}

static void forget(void *data, struct connection *connection)
{
	struct control *control = data;

	for (struct connection **link = &control->connections; *link; link = &(*link)->next) {
		if (*link == connection) {
			*link = connection->next;
			break;
		}
	}
	connection_fini(connection);
	free(connection);
}

static void add(struct control *control, int descriptor, uid_t uid)
{
	struct connection *connection = calloc(1, sizeof(*connection));

	if (!connection) {
		close(descriptor);
		return;
	}
	connection->services = control->services;
	connection->closed = forget;
	connection->data = control;
	connection->uid = uid;
	if (connection_start(connection, control->poller, descriptor) < 0) {
		free(connection);
		return;
	}
	connection->next = control->connections;
	control->connections = connection;
}

static void refuse(int descriptor, const char *text, size_t size)
{
	send(descriptor, text, size, MSG_NOSIGNAL | MSG_DONTWAIT);
	close(descriptor);
}

static void resume(void *data)
{
	struct control *control = data;

	poller_change(control->poller, &control->watch, EPOLLIN);
}

static void accept_one(void *data, uint32_t events)
{
	struct control *control = data;
	struct ucred peer = { .uid = (uid_t)-1, .gid = (gid_t)-1 };
	socklen_t length = sizeof(peer);
	int descriptor =
		accept4(control->watch.descriptor, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (descriptor < 0) {
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
			poller_change(control->poller, &control->watch, 0);
			poller_timer_set(control->poller, &control->pause, POLLER_SECOND / 10);
		}
		return;
	}
	const struct endpoint *endpoint = &control->endpoint;
	bool known = getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0;

	if (!known || !(is_owner(&peer) ||
			(endpoint->has_group && is_in_group(descriptor, &peer, endpoint->group))))
		refuse(descriptor, denied, sizeof(denied));
	else if (!has_room(control, &peer))
		refuse(descriptor, busy, sizeof(busy));
	else
		add(control, descriptor, peer.uid);
}

int control_open(struct poller *poller, const struct endpoint_options *options,
		 const struct varlink_services *services, struct control **out,
		 struct corbel_error *error)
{
	struct control *control = calloc(1, sizeof(*control));

	if (!control)
		return error_set(error, -ENOMEM, "out of memory");
	control->poller = poller;
	control->services = services;
	control->watch =
		(struct poller_watch){ .descriptor = -1, .ready = accept_one, .data = control };
	control->pause = (struct poller_timer){ .fire = resume, .data = control };
	int code = endpoint_open(options, &control->endpoint, error);

	if (code < 0) {
		free(control);
		return code;
	}
	code = poller_add(poller, &control->watch, control->endpoint.descriptor, EPOLLIN);
	if (code < 0) {
		error_set(error, code, "watching the control socket: %s", strerror(-code));
		control_close(control);
		return code;
	}
	*out = control;
	return 0;
}

void control_close(struct control *control)
{
	if (!control)
		return;
	while (control->connections)
		forget(control, control->connections);
	poller_timer_clear(control->poller, &control->pause);
	poller_remove(control->poller, &control->watch);
	endpoint_close(&control->endpoint);
	free(control);
}

const char *control_path(const struct control *control)
{
	return control->endpoint.path;
}
