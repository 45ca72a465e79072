/* SPDX-License-Identifier: MIT */
/* Varlink calls: reading a request, finding its method, checking its parameters, replying. */
#include "varlink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SERVICE_ERROR(name) "org.varlink.service." name
#define MALFORMED "org.corbel.Host.Malformed"
#define TOO_LONG "org.corbel.Host.TooLong"
#define DENIED SERVICE_ERROR("PermissionDenied")

/* When there is no memory to make an answer: a caller must not wait for ever. */
static const char no_memory[] =
	"{\"error\":\"org.corbel.Host.Failed\",\"parameters\":"
	"{\"words\":\"the answer cannot be made: out of memory, or not UTF-8\",\"errno\":12}}";

static int send_json(struct varlink_link *link, json_t *message, bool droppable)
{
	char *text = message ? json_dumps(message, JSON_COMPACT) : NULL;

	json_decref(message);
	if (!text)
		return -ENOMEM;
	int code = link->send(link, text, strlen(text), droppable);
	free(text);
	return code;
}

static void free_call(struct varlink_call *call)
{
	json_decref(call->parameters);
	free(call);
}

static void end(struct varlink_call *call, json_t *message)
{
	struct varlink_link *link = call->link;

	if (call->oneway)
		json_decref(message);
	else if (send_json(link, message, false) == -ENOMEM)
		link->send(link, no_memory, sizeof(no_memory) - 1, false);
	link->call = NULL;
	free_call(call);
	link->ended(link);
}

static json_t *or_empty(json_t *parameters)
{
	return parameters ? parameters : json_object();
}

static void note(struct varlink_call *call, enum varlink_outcome outcome, const char *words)
{
	if (call->method && call->method->right > VARLINK_READ)
		call->link->note(call->link, call, outcome, words);
}

void varlink_reply(struct varlink_call *call, json_t *parameters)
{
	note(call, VARLINK_DONE, NULL);
	end(call, json_pack("{s:o}", "parameters", or_empty(parameters)));
}

void varlink_error(struct varlink_call *call, const char *error, json_t *parameters)
{
	const char *words = json_string_value(json_object_get(parameters, "words"));

	note(call, strcmp(error, DENIED) == 0 ? VARLINK_REFUSED : VARLINK_FAILED,
	     words ? words : error);
	end(call, json_pack("{s:s, s:o}", "error", error, "parameters", or_empty(parameters)));
}

int varlink_continue(struct varlink_call *call, json_t *parameters)
{
	return send_json(
		call->link,
		json_pack("{s:o, s:b}", "parameters", or_empty(parameters), "continues", 1), true);
}

void varlink_complain(struct varlink_link *link, const char *error, const char *words)
{
	send_json(link, json_pack("{s:s, s:{s:s}}", "error", error, "parameters", "words", words),
		  false);
}

void varlink_abandon(struct varlink_link *link)
{
	struct varlink_call *call = link->call;

	if (!call)
		return;
	/* A stream ends in no other way. */
	note(call, call->method->streams ? VARLINK_DONE : VARLINK_UNKNOWN, NULL);
	link->call = NULL;
	call->link = NULL;
	if (call->abandoned)
		call->abandoned(call, call->state);
	free_call(call);
}

const char *varlink_string(const struct varlink_call *call, const char *name)
{
	return json_string_value(json_object_get(call->parameters, name));
}

static bool is_strings(const json_t *value)
{
	const json_t *item;
	size_t i;

	json_array_foreach((json_t *)value, i, item) if (!json_is_string(item)) return false;
	return json_is_array(value);
}

static bool is_of_kind(const json_t *value, enum varlink_kind kind)
{
	switch (kind) {
	case VARLINK_STRING:
		return json_is_string(value);
	case VARLINK_INT:
		return json_is_integer(value);
	case VARLINK_BOOL:
		return json_is_boolean(value);
	case VARLINK_STRINGS:
		return is_strings(value);
	default:
		return json_is_object(value);
	}
}

static const struct varlink_parameter *find_parameter(const struct varlink_method *method,
						      const char *name)
{
	for (size_t i = 0; i < VARLINK_PARAMETERS && method->parameters[i].name; i++)
		if (strcmp(method->parameters[i].name, name) == 0)
			return &method->parameters[i];
	return NULL;
}

/* The name of a parameter that is unknown, missing or of another kind; NULL: all are right. */
static const char *wrong_parameter(const struct varlink_method *method, json_t *given)
{
	const char *name;
	json_t *value;

	json_object_foreach(given, name, value) if (!find_parameter(method, name)) return name;
	for (size_t i = 0; i < VARLINK_PARAMETERS && method->parameters[i].name; i++) {
		const struct varlink_parameter *parameter = &method->parameters[i];

		value = json_object_get(given, parameter->name);
		if ((!value || json_is_null(value)) ? !parameter->optional
						    : !is_of_kind(value, parameter->kind))
			return parameter->name;
	}
	return NULL;
}

/* `name` is INTERFACE.METHOD; sets what it finds. */
static void find_method(struct varlink_call *call, const char *name)
{
	const char *dot = strrchr(name, '.');
	size_t length = dot ? (size_t)(dot - name) : 0;

	for (size_t i = 0; dot && i < call->services->count; i++) {
		const struct varlink_interface *interface = call->services->interfaces[i];

		if (strlen(interface->name) == length && memcmp(interface->name, name, length) == 0)
			call->interface = interface;
	}
	if (!call->interface)
		return;
	for (const struct varlink_method *method = call->interface->methods; method->name; method++)
		if (strcmp(method->name, dot + 1) == 0)
			call->method = method;
}

static bool is_allowed(const struct varlink_call *call)
{
	enum varlink_right needed = call->method->right;

	return needed != VARLINK_NOTHING && call->link->right >= needed;
}

static void deny(struct varlink_call *call)
{
	char words[256];

	call->link->explain(call->link, words, sizeof(words));
	varlink_error(call, DENIED, json_pack("{s:s}", "words", words));
}

static void run(struct varlink_call *call, const char *name, bool more)
{
	find_method(call, name);
	if (!call->interface) {
		const char *dot = strrchr(name, '.');

		varlink_error(call, SERVICE_ERROR("InterfaceNotFound"),
			      json_pack("{s:s%}", "interface", name,
					dot ? (size_t)(dot - name) : strlen(name)));
		return;
	}
	if (!call->method) {
		varlink_error(call, SERVICE_ERROR("MethodNotFound"),
			      json_pack("{s:s}", "method", name));
		return;
	}
	if (!is_allowed(call)) {
		deny(call);
		return;
	}
	const char *wrong = wrong_parameter(call->method, call->parameters);

	if (wrong)
		varlink_error(call, SERVICE_ERROR("InvalidParameter"),
			      json_pack("{s:s}", "parameter", wrong));
	else if (call->method->streams && (!more || call->oneway))
		varlink_error(call, SERVICE_ERROR("ExpectedMore"), NULL);
	else
		call->method->run(call, call->interface->data);
}

static bool is_flag(const json_t *value)
{
	return !value || json_is_boolean(value);
}

static bool is_request(const json_t *request)
{
	const json_t *parameters = json_object_get(request, "parameters");

	return json_is_string(json_object_get(request, "method")) &&
	       (!parameters || json_is_object(parameters) || json_is_null(parameters)) &&
	       is_flag(json_object_get(request, "more")) &&
	       is_flag(json_object_get(request, "oneway")) &&
	       is_flag(json_object_get(request, "upgrade"));
}

/* What begins one, outside of strings, whether it is JSON or not. */
static bool has_too_many_values(const char *text, size_t size)
{
	bool is_string = false;
	size_t values = 0;

	for (size_t i = 0; i < size; i++) {
		if (text[i] == '"')
			is_string = !is_string;
		else if (is_string)
			i += text[i] == '\\';
		else if (text[i] == ',' || text[i] == '[' || text[i] == '{')
			values++;
	}
	return values > VARLINK_VALUES_MAX;
}

int varlink_dispatch(const struct varlink_services *services, struct varlink_link *link,
		     const char *text, size_t size)
{
	json_error_t error;

	if (has_too_many_values(text, size)) {
		varlink_complain(link, TOO_LONG, "a message has more than 10000 values");
		return -EBADMSG;
	}
	json_t *request = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);

	if (!request || !is_request(request)) {
		varlink_complain(link, MALFORMED,
				 request ? "not a Varlink call: expected an object with "
					   "\"method\", a string, "
					   "and \"parameters\", an object"
					 : error.text);
		json_decref(request);
		return -EBADMSG;
	}
	json_t *parameters = json_object_get(request, "parameters");
	struct varlink_call *call = calloc(1, sizeof(*call));

	if (!call) {
		json_decref(request);
		return -ENOMEM;
	}
	call->link = link;
	call->services = services;
	call->oneway = json_is_true(json_object_get(request, "oneway"));
	call->parameters = json_is_object(parameters) ? json_incref(parameters) : json_object();
	link->call = call;
	run(call, json_string_value(json_object_get(request, "method")),
	    json_is_true(json_object_get(request, "more")));
	json_decref(request);
	return 0;
}
