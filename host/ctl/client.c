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
#include <time.h>

#include "command.h"
#include "nearest.h"

/* Ten seconds in all: a client that stands there without a word is sent away by then. */
#define BUSY_TRIES 200
#define BUSY_PAUSE 50000000

static int unreachable(const char *path, int code)
{
	fprintf(stderr, "corbelctl: no corbeld answers at %s: %s\n", path, strerror(code));
	if (code == EACCES)
		fprintf(stderr, "Only root, its owner, and whom `group`, `read` and `control` in "
				"[control] name may connect.\n");
	else
		fprintf(stderr, "Start it with `corbeld` or `systemctl start corbeld`, or name its "
				"socket by --socket PATH or CORBEL_CONTROL.\n");
	return CTL_UNREACHABLE;
}

int client_open(struct client *client, const char *path)
{
	client->path = path;
	client->first = NULL;
	int code = caller_open(&client->caller, path);

	return code < 0 ? unreachable(path, -code) : CTL_OK;
}

void client_close(struct client *client)
{
	json_decref(client->first);
	client->first = NULL;
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

static bool is_busy(const json_t *message)
{
	const char *error = json_string_value(json_object_get(message, "error"));

	return error && strcmp(error, CALLER_INTERFACE "Busy") == 0;
}

static void wait_at_most(struct client *client, int seconds)
{
	struct timeval patience = { .tv_sec = seconds };

	setsockopt(client->caller.descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
}

/*
 * The first message that comes back; NULL after telling why there is none. A host that had no place
 * for us has not looked at what we asked, so it is asked again for a while. Takes `parameters`
 * over.
 */
static json_t *ask(struct client *client, const char *method, json_t *parameters, bool more,
		   int seconds, int *result)
{
	json_t *message = NULL;

	*result = CTL_OK;
	for (int tries = 0; *result == CTL_OK; tries++) {
		wait_at_most(client, seconds);
		caller_send(&client->caller, method, json_incref(parameters), more);
		message = receive(client, result);
		if (!message || !is_busy(message) || tries == BUSY_TRIES)
			break;
		json_decref(message);
		message = NULL;
		nanosleep(&(struct timespec){ .tv_nsec = BUSY_PAUSE }, NULL);
		client_close(client);
		*result = client_open(client, client->path);
	}
	json_decref(parameters);
	return message;
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

/* What a message means to the command; takes it over. NULL: why there is none has been told. */
static int read_reply(struct client *client, json_t *message, int result, json_t **reply)
{
	const char *error = json_string_value(json_object_get(message, "error"));
	json_t *parameters = json_object_get(message, "parameters");

	if (!message)
		return result;
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
	int result;
	json_t *message = ask(client, method, parameters, false, seconds, &result);

	return read_reply(client, message, result, reply);
}

int client_stream(struct client *client, const char *method, json_t *parameters)
{
	int result;

	client->first = ask(client, method, parameters, true, 0, &result);
	return result;
}

int client_next(struct client *client, json_t **reply)
{
	int result = CTL_OK;
	json_t *message = client->first;

	client->first = NULL;
	if (!message)
		message = receive(client, &result);
	return read_reply(client, message, result, reply);
}
