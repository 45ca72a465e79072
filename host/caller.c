/* SPDX-License-Identifier: MIT */
/* The caller's side of Varlink: connecting to a host, calling it, and taking what comes back. */
#include "caller.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

const char *json_text(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

json_int_t json_number(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

const char *caller_default_socket(void)
{
	const char *socket = getenv("CORBEL_CONTROL");

	return socket && *socket ? socket : CORBEL_RUN_DIR "/control";
}

int caller_open(struct caller *caller, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = strlen(path);

	*caller = (struct caller){ .descriptor = -1 };
	if (length == 0 || length >= sizeof(address.sun_path))
		return length ? -ENAMETOOLONG : -ENOENT;
	memcpy(address.sun_path, path, length + 1);
	caller->descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (caller->descriptor < 0 ||
	    connect(caller->descriptor, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return 0;
}

void caller_close(struct caller *caller)
{
	if (caller->descriptor >= 0)
		close(caller->descriptor);
	framing_fini(&caller->input);
	caller->descriptor = -1;
}

/*
 * A host that refuses the connection closes it at once, and its words wait to be read: failing to
 * send is no end.
 */
void caller_send(struct caller *caller, const char *method, json_t *parameters, bool more)
{
	json_t *call = json_pack("{s:s+}", "method", CALLER_INTERFACE, method);

	if (parameters)
		json_object_set_new(call, "parameters", parameters);
	if (more)
		json_object_set_new(call, "more", json_true());
	char *text = json_dumps(call, JSON_COMPACT);

	json_decref(call);
	for (size_t sent = 0, size = text ? strlen(text) + 1 : 0; sent < size;) {
		ssize_t count = send(caller->descriptor, text + sent, size - sent, MSG_NOSIGNAL);

		if (count < 0 && errno != EINTR)
			break;
		sent += count > 0 ? (size_t)count : 0;
	}
	free(text);
}

int caller_receive(struct caller *caller, json_t **message)
{
	char bytes[65536];
	const char *text;
	size_t size;

	while (!(text = framing_next(&caller->input, &size))) {
		ssize_t count = recv(caller->descriptor, bytes, sizeof(bytes), 0);

		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return count < 0 ? -errno : -EPIPE;
		/* Its answers may be longer than what it takes from us. */
		if (framing_add(&caller->input, bytes, (size_t)count) == -ENOMEM)
			return -ENOMEM;
	}
	*message = json_loadb(text, size, 0, NULL);
	return *message ? 0 : -EBADMSG;
}
