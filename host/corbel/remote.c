/* SPDX-License-Identifier: MIT */
/* One call to corbeld at a time, answered by the loop. */
#include "remote.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>

static void hang_up(struct remote *remote)
{
	poller_timer_clear(remote->poller, &remote->patience);
	poller_remove(remote->poller, &remote->watch);
	caller_close(&remote->caller);
}

static void fail(struct remote *remote, int code, bool was_connected)
{
	const struct remote_reply reply = { .code = code, .was_connected = was_connected };

	hang_up(remote);
	remote->answered(remote->data, &reply);
}

static void is_late(void *data)
{
	fail(data, -ETIMEDOUT, true);
}

static void ready(void *data, uint32_t events)
{
	struct remote *remote = data;
	size_t prefix = strlen(CALLER_INTERFACE);
	json_t *message;
	int code = caller_receive(&remote->caller, &message);

	(void)events;
	if (code == -EAGAIN)
		return;
	if (code < 0) {
		fail(remote, code, true);
		return;
	}
	struct remote_reply reply = {
		.was_connected = true,
		.error = json_string_value(json_object_get(message, "error")),
		.parameters = json_object_get(message, "parameters"),
	};

	if (reply.error && strncmp(reply.error, CALLER_INTERFACE, prefix) == 0)
		reply.error += prefix;
	hang_up(remote);
	remote->answered(remote->data, &reply);
	json_decref(message);
}

void remote_init(struct remote *remote)
{
	remote->caller.descriptor = -1;
	remote->watch = (struct poller_watch){ -1, ready, remote };
	remote->patience = (struct poller_timer){ .fire = is_late, .data = remote };
}

void remote_fini(struct remote *remote)
{
	hang_up(remote);
}

void remote_call(struct remote *remote, const char *method, json_t *parameters, int64_t patience,
		 void (*answered)(void *data, const struct remote_reply *reply))
{
	int code = caller_open(&remote->caller, remote->socket);

	remote->answered = answered;
	if (code < 0) {
		json_decref(parameters);
		fail(remote, code, false);
		return;
	}
	caller_send(&remote->caller, method, parameters, false);
	fcntl(remote->caller.descriptor, F_SETFL, O_NONBLOCK);
	code = poller_add(remote->poller, &remote->watch, remote->caller.descriptor, EPOLLIN);
	if (code < 0)
		fail(remote, code, true);
	else if (patience)
		poller_timer_set(remote->poller, &remote->patience, patience);
}
