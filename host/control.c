/* SPDX-License-Identifier: MIT */
/* The control socket: who may connect, how many, and what is served. */
#include "control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connection.h"
#include "endpoint.h"
#include "error.h"

/* So many of those that wait are let in at once, before the others have their turn again. */
#define ACCEPTS_A_TURN 16

#define BUSY "org.corbel.Host.Busy"
#define DENIED "org.varlink.service.PermissionDenied"

struct control {
	struct corbel_host *host;
	struct endpoint endpoint;
	struct poller_watch watch;
	struct poller_timer pause; /* out of descriptors: try again when it fires */
	struct connection_shared shared;
	size_t clients, clients_per_user;
	int spare; /* a descriptor to give up when there are no others; -1: given up */
	struct connection *connections;
};

static const struct corbel_config_entry *setting(const struct control *control, const char *key)
{
	return corbel_host_setting(control->host, "control", key);
}

static const char *text(const struct control *control, const char *section, const char *key)
{
	const struct corbel_config_entry *entry = corbel_host_setting(control->host, section, key);

	return entry && *entry->text ? entry->text : NULL;
}

/* Who is let in by more than the mode has to be let near by it. */
static mode_t mode_of(const struct control *control, const struct access *access)
{
	const char *mode = text(control, "control", "mode");

	if (mode)
		return (mode_t)strtoul(mode, NULL, 8);
	if (access->read.count || access->control.count)
		return 0666;
	return access->has_group ? 0660 : 0600;
}

/*
 * Before there is a connection; a client too slow for these few bytes goes without. The words are
 * ours and need no escapes.
 */
static void refuse(int descriptor, const char *error, const char *words)
{
	char reply[512];
	int length = snprintf(reply, sizeof(reply),
			      "{\"error\":\"%s\",\"parameters\":{\"words\":\"%s\"}}", error, words);

	if (length > 0 && (size_t)length < sizeof(reply))
		send(descriptor, reply, (size_t)length + 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	close(descriptor);
}

static void keep_spare(struct control *control)
{
	if (control->spare < 0)
		control->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void forget(void *data, struct connection *connection)
{
	struct control *control = data;
	struct connection **link = &control->connections;

	while (*link && *link != connection)
		link = &(*link)->next;
	if (*link)
		*link = connection->next;
	connection_fini(connection);
	free(connection);
	keep_spare(control);
}

struct crowd {
	size_t all, of_user;
	struct connection *silent, *silent_of_user; /* for the longest time, of those that may go */
};

static void keep_longer(struct connection **longest, struct connection *connection)
{
	if (connection_may_go(connection) && (!*longest || connection->since < (*longest)->since))
		*longest = connection;
}

/* Whoever is not the owner cannot take a place from one. */
static struct crowd count(const struct control *control, const struct peer *peer)
{
	struct crowd crowd = { 0 };

	for (struct connection *other = control->connections; other; other = other->next) {
		crowd.all++;
		if (peer_is_owner(peer) || !peer_is_owner(&other->peer))
			keep_longer(&crowd.silent, other);
		if (other->peer.uid != peer->uid)
			continue;
		crowd.of_user++;
		keep_longer(&crowd.silent_of_user, other);
	}
	return crowd;
}

/*
 * Whether there is a place. Among those who only stand there the newcomer comes first: it may have
 * something to say. False with the words for it.
 */
static bool make_room(struct control *control, const struct peer *peer, char *words, size_t size)
{
	if (control->spare < 0 && !peer_is_owner(peer)) {
		snprintf(words, size, "corbeld has no descriptors left");
		return false;
	}
	struct crowd crowd = count(control, peer);
	size_t most = control->clients - (peer_is_owner(peer) ? 0 : CONTROL_RESERVED);
	bool is_full_for_user = crowd.of_user >= control->clients_per_user;

	if (!is_full_for_user && crowd.all < most)
		return true;
	struct connection *victim = is_full_for_user ? crowd.silent_of_user : crowd.silent;

	if (victim) {
		connection_end(victim, BUSY, "others wanted the place of this silent connection");
		return true;
	}
	if (is_full_for_user)
		snprintf(words, size,
			 "uid %u has %zu connections, all in use; the most that it may have "
			 "(`clients-per-user` in [control])",
			 peer->uid, crowd.of_user);
	else
		snprintf(words, size,
			 "there are %zu connections, all in use; the most that there may be "
			 "(`clients` in [control])",
			 crowd.all);
	return false;
}

static void add(struct control *control, int descriptor, struct peer *peer)
{
	struct connection *connection = calloc(1, sizeof(*connection));

	if (!connection) {
		peer_fini(peer);
		close(descriptor);
		return;
	}
	peer_find_command(peer);
	if (connection_start(connection, &control->shared, descriptor, peer) < 0) {
		free(connection);
		return;
	}
	connection->next = control->connections;
	control->connections = connection;
	connection_serve(connection);
}

static void admit(struct control *control, int descriptor)
{
	const struct access *access = &control->shared.access;
	struct peer peer;
	char words[256];

	if (peer_init(&peer, descriptor) < 0) {
		close(descriptor);
		return;
	}
	if (access_right(access, &peer) == VARLINK_NOTHING) {
		access_explain(access, &peer, VARLINK_NOTHING, words, sizeof(words));
		refuse(descriptor, DENIED, words);
	} else if (!make_room(control, &peer, words, sizeof(words))) {
		refuse(descriptor, BUSY, words);
	} else {
		add(control, descriptor, &peer);
		return;
	}
	peer_fini(&peer);
}

static void resume(void *data)
{
	struct control *control = data;

	poller_change(control->shared.poller, &control->watch, EPOLLIN);
}

/* Plugins may use all descriptors up, and then the owner has to be able to see who. */
static int accept_next(struct control *control)
{
	int listener = control->watch.descriptor, flags = SOCK_CLOEXEC | SOCK_NONBLOCK;
	int descriptor = accept4(listener, NULL, NULL, flags);

	if (descriptor >= 0 || (errno != EMFILE && errno != ENFILE) || control->spare < 0)
		return descriptor;
	close(control->spare);
	control->spare = -1;
	return accept4(listener, NULL, NULL, flags);
}

static void accept_some(void *data, uint32_t events)
{
	struct control *control = data;

	(void)events;
	for (int i = 0; i < ACCEPTS_A_TURN; i++) {
		int descriptor = accept_next(control);

		if (descriptor >= 0) {
			admit(control, descriptor);
			keep_spare(control);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
			poller_change(control->shared.poller, &control->watch, 0);
			poller_timer_set(control->shared.poller, &control->pause,
					 POLLER_SECOND / 10);
		}
		return;
	}
}

static int read_access(const struct control *control, struct access *access,
		       struct corbel_error *error)
{
	if (access_init(access, setting(control, "read"), setting(control, "control")) < 0)
		return error_set(error, -ENOMEM, "out of memory");
	access->has_group = control->endpoint.has_group;
	access->group = control->endpoint.group;
	return 0;
}

static int open_endpoint(struct control *control, struct corbel_error *error)
{
	const char *folder = text(control, "corbel", "runtime-dir");
	const char *path = text(control, "control", "socket");
	char made[4096];

	snprintf(made, sizeof(made), "%s/control", folder ? folder : CORBEL_RUN_DIR);
	return endpoint_open(path ? path : made, text(control, "control", "group"),
			     &control->endpoint, error);
}

int control_renew(struct control *control, struct corbel_error *error)
{
	struct access access;
	char words[256];

	if (!control)
		return 0;
	int code = read_access(control, &access, error);

	if (code == 0)
		code = endpoint_set_mode(&control->endpoint, mode_of(control, &access), error);
	if (code < 0) {
		access_fini(&access);
		return code;
	}
	access_fini(&control->shared.access);
	control->shared.access = access;
	control->shared.rate = setting(control, "rate")->integer;
	control->clients = (size_t)setting(control, "clients")->integer;
	control->clients_per_user = (size_t)setting(control, "clients-per-user")->integer;
	for (struct connection *each = control->connections, *next; each; each = next) {
		next = each->next;
		each->link.right = access_right(&access, &each->peer);
		if (each->link.right > VARLINK_NOTHING)
			continue;
		access_explain(&access, &each->peer, VARLINK_NOTHING, words, sizeof(words));
		connection_end(each, DENIED, words);
	}
	return 0;
}

static int listen_for(struct control *control, struct corbel_error *error)
{
	int code = open_endpoint(control, error);

	if (code == 0)
		code = control_renew(control, error);
	if (code < 0)
		return code;
	code = poller_add(control->shared.poller, &control->watch, control->endpoint.descriptor,
			  EPOLLIN);
	if (code < 0)
		error_set(error, code, "watching the control socket: %s", strerror(-code));
	keep_spare(control);
	return code;
}

int control_open(struct poller *poller, struct corbel_host *host,
		 const struct varlink_services *services, struct control **out,
		 struct corbel_error *error)
{
	struct control *control = calloc(1, sizeof(*control));

	*out = NULL;
	if (!control)
		return error_set(error, -ENOMEM, "out of memory");
	control->host = host;
	control->spare = -1;
	control->endpoint = (struct endpoint){ .descriptor = -1, .lock = -1 };
	control->watch =
		(struct poller_watch){ .descriptor = -1, .ready = accept_some, .data = control };
	control->pause = (struct poller_timer){ .fire = resume, .data = control };
	control->shared = (struct connection_shared){ .poller = poller,
						      .services = services,
						      .audit = { .host = host },
						      .closed = forget,
						      .data = control };
	bool is_wanted = setting(control, "enabled")->integer;
	int code = is_wanted ? listen_for(control, error) : 0;

	if (!is_wanted || code < 0)
		control_close(control);
	else
		*out = control;
	return code;
}

void control_close(struct control *control)
{
	if (!control)
		return;
	while (control->connections)
		forget(control, control->connections);
	poller_timer_clear(control->shared.poller, &control->pause);
	poller_remove(control->shared.poller, &control->watch);
	if (control->spare >= 0)
		close(control->spare);
	endpoint_close(&control->endpoint);
	access_fini(&control->shared.access);
	free(control);
}

const char *control_path(const struct control *control)
{
	return control->endpoint.path;
}
