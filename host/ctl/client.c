/* SPDX-License-Identifier: MIT */
/*
 * The caller's side of Varlink, for corbelctl. Failures are told on standard error; results are
 * enum ctl_exit.
 */
#include "client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "command.h"
#include "nearest.h"

#define HOST_ERROR "org.corbel.Host."

const char *json_text(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

json_int_t json_number(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

static int unreachable(const char *path, int code)
{
	fprintf(stderr, "corbelctl: no corbeld answers at %s: %s\n", path, strerror(code));
	if (code == EACCES)
		fprintf(stderr, "Only root, its owner and the members of `group` in [control] may "
				"connect.\n");
	else
		fprintf(stderr, "Start it with `corbeld` or `systemctl start corbeld`, or name its "
				"socket by --socket PATH or CORBEL_CONTROL.\n");
	return CTL_UNREACHABLE;
}

int client_open(struct client *client, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = strlen(path);

	*client = (struct client){ .descriptor = -1 };
	if (length == 0 || length >= sizeof(address.sun_path))
		return unreachable(path, length ? ENAMETOOLONG : ENOENT);
	memcpy(address.sun_path, path, length + 1);
	client->descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client->descriptor < 0 ||
	    connect(client->descriptor, (struct sockaddr *)&address, sizeof(address)) < 0)
		return unreachable(path, errno);
	return CTL_OK;
}

void client_close(struct client *client)
{
	if (client->descriptor >= 0)
		close(client->descriptor);
	framing_fini(&client->input);
	client->descriptor = -1;
}

static int lost(const char *words)
{
	fprintf(stderr, "corbelctl: %s\n", words);
	return CTL_LOST;
}

/*
 * A host that refuses the connection closes it at once, and its words wait to be read: failing to
 * send is no end.
 */
static void send_call(struct client *client, const char *method, json_t *parameters, bool more)
{
	json_t *call = json_pack("{s:s}", "method", method);

	if (parameters)
		json_object_set_new(call, "parameters", parameters);
	if (more)
		json_object_set_new(call, "more", json_true());
	char *text = json_dumps(call, JSON_COMPACT);

	json_decref(call);
	for (size_t sent = 0, size = text ? strlen(text) + 1 : 0; sent < size;) {
		ssize_t count = send(client->descriptor, text + sent, size - sent, MSG_NOSIGNAL);

		if (count < 0 && errno != EINTR)
			break;
		sent += count > 0 ? (size_t)count : 0;
	}
	free(text);
}

/* The next message; NULL after telling why there is none. */
static json_t *receive(struct client *client, int *result)
{
	char bytes[65536];
	const char *message;
	size_t size;

	while (!(message = framing_next(&client->input, &size))) {
		ssize_t count = recv(client->descriptor, bytes, sizeof(bytes), 0);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0 && errno == EAGAIN)
			*result = lost("corbeld does not answer; is it stuck?");
		else if (count < 0)
			*result = lost(strerror(errno));
		else if (count == 0)
			*result = lost("corbeld has closed the connection");
		else if (framing_add(&client->input, bytes, (size_t)count) != -ENOMEM)
			continue; /* its answers may be longer than what it takes from us */
		else
			*result = lost("out of memory");
		return NULL;
	}
	json_t *reply = json_loadb(message, size, 0, NULL);

	if (!reply)
		*result = lost("what came is not JSON; is that corbeld's control socket?");
	return reply;
}

static void offer_plugins(struct client *client, const char *wanted)
{
	struct nearest nearest;
	char hint[128];
	json_t *list, *plugin;
	int result;
	size_t i;

	send_call(client, HOST_ERROR "ListPlugins", NULL, false);
	json_t *reply = receive(client, &result);

	if (!reply)
		return;
	nearest_init(&nearest, wanted);
	list = json_object_get(json_object_get(reply, "parameters"), "plugins");
	json_array_foreach(list, i, plugin) nearest_offer(&nearest, json_text(plugin, "name"));
	fprintf(stderr, "corbelctl: there is no plugin '%s'%s; see corbelctl list\n", wanted,
		nearest_hint(&nearest, hint, sizeof(hint)));
	json_decref(reply);
}

static int tell_error(struct client *client, const char *error, const json_t *parameters)
{
	if (strcmp(error, HOST_ERROR "PluginNotFound") == 0) {
		offer_plugins(client, json_text(parameters, "name"));
		return CTL_FAILED;
	}
	if (*json_text(parameters, "words")) {
		fprintf(stderr, "corbelctl: %s\n", json_text(parameters, "words"));
		return CTL_FAILED;
	}
	if (strcmp(error, "org.varlink.service.InvalidParameter") == 0 &&
	    strcmp(json_text(parameters, "parameter"), "level") == 0) {
		fputs("corbelctl: a level is error, warning, notice, info or debug\n", stderr);
		return CTL_FAILED;
	}
	char *text = json_dumps(parameters, JSON_COMPACT);

	fprintf(stderr, "corbelctl: %s %s\n", error, text ? text : "");
	free(text);
	return CTL_FAILED;
}

int client_next(struct client *client, json_t **reply)
{
	int result = CTL_OK;
	json_t *message = receive(client, &result);

	if (!message)
		return result;
	const char *error = json_string_value(json_object_get(message, "error"));
	json_t *parameters = json_object_get(message, "parameters");

	if (error && strcmp(error, HOST_ERROR "ReloadRefused") == 0)
		result = CTL_REFUSED;
	else if (error)
		result = tell_error(client, error, parameters);
	if (result == CTL_OK || result == CTL_REFUSED)
		*reply = parameters ? json_incref(parameters) : json_object();
	json_decref(message);
	return result;
}

int client_call(struct client *client, const char *method, json_t *parameters, int seconds,
		json_t **reply)
{
	struct timeval patience = { .tv_sec = seconds };
	char name[128];

	setsockopt(client->descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	snprintf(name, sizeof(name), HOST_ERROR "%s", method);
	send_call(client, name, parameters, false);
	return client_next(client, reply);
}

int client_stream(struct client *client, const char *method, json_t *parameters)
{
	char name[128];

	snprintf(name, sizeof(name), HOST_ERROR "%s", method);
	send_call(client, name, parameters, true);
	return CTL_OK;
}
