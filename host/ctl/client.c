/* SPDX-License-Identifier: MIT */
/*
 * Calls of corbelctl to the host. Failures are told on standard error; results are enum ctl_exit.
 */
#include "client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "command.h"
#include "nearest.h"

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
	int code = caller_open(&client->caller, path);

	return code < 0 ? unreachable(path, -code) : CTL_OK;
}

void client_close(struct client *client)
{
	caller_close(&client->caller);
}

/* The next message; NULL after telling why there is none. */
static json_t *receive(struct client *client, int *result)
{
	json_t *message;
	int code = caller_receive(&client->caller, &message);

	if (code == 0)
		return message;
	fprintf(stderr, "corbelctl: %s\n",
		code == -EAGAIN    ? "corbeld does not answer; is it stuck?"
		: code == -EPIPE   ? "corbeld has closed the connection"
		: code == -EBADMSG ? "what came is not JSON; is that corbeld's control socket?"
				   : strerror(-code));
	*result = CTL_LOST;
	return NULL;
}

static void offer_plugins(struct client *client, const char *wanted)
{
	struct nearest nearest;
	char hint[128];
	json_t *list, *plugin;
	int result;
	size_t i;

	caller_send(&client->caller, "ListPlugins", NULL, false);
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
	if (strcmp(error, CALLER_INTERFACE "PluginNotFound") == 0) {
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

	if (error && strcmp(error, CALLER_INTERFACE "ReloadRefused") == 0)
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

	setsockopt(client->caller.descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	caller_send(&client->caller, method, parameters, false);
	return client_next(client, reply);
}

int client_stream(struct client *client, const char *method, json_t *parameters)
{
	caller_send(&client->caller, method, parameters, true);
	return CTL_OK;
}
