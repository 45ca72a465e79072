/* SPDX-License-Identifier: MIT */
/* Start, Stop, Restart, Reload, ReExec of org.corbel.Host: asked now, answered when settled. */
#include <errno.h>
#include <stdlib.h>

#include <corbel/plugin.h>

#include "host_json.h"
#include "host_service.h"
#include "nearest.h"
#include "rescue.h"

/* Outlives its call when the caller goes, and lives until the host has answered. */
struct host_request {
	struct host_service *service;
	struct varlink_call *call; /* NULL: nobody waits any more */
	bool is_asking;            /* within the call of the host that began it */
	bool is_done;
	struct host_request *next;
};

static void free_request(struct host_request *request)
{
	struct host_request **link = &request->service->requests;

	while (*link && *link != request)
		link = &(*link)->next;
	if (*link)
		*link = request->next;
	free(request);
}

static void answer(struct host_request *request, int result, const char *words)
{
	struct varlink_call *call = request->call;

	request->call = NULL;
	if (!call)
		return;
	if (result == -ENOENT && !(words && *words))
		host_service_not_found(call, varlink_string(call, "name"));
	else if (result < 0)
		host_service_fail(call, result, words);
	else
		varlink_reply(call, NULL);
}

static void end(struct host_request *request)
{
	request->is_done = true;
	if (!request->is_asking)
		free_request(request);
}

static void done(void *data, int result, const char *words)
{
	answer(data, result, words);
	end(data);
}

static void caller_has_gone(struct varlink_call *call, void *state)
{
	struct host_request *request = state;

	(void)call;
	request->call = NULL;
}

static struct host_request *begin(struct varlink_call *call, struct host_service *service)
{
	struct host_request *request = calloc(1, sizeof(*request));

	if (!request) {
		host_service_fail(call, -ENOMEM, "out of memory");
		return NULL;
	}
	request->service = service;
	request->call = call;
	request->is_asking = true;
	request->next = service->requests;
	service->requests = request;
	call->abandoned = caller_has_gone;
	call->state = request;
	return request;
}

/* The host has been asked, with this result, and may have answered already. */
static void asked(struct host_request *request, int result)
{
	request->is_asking = false;
	if (result < 0 && !request->is_done)
		done(request, result, NULL);
	else if (request->is_done)
		free_request(request);
}

static void find(void *data, const struct corbel_plugin_info *plugin)
{
	(void)data;
	(void)plugin;
}

/* Whether there is one of that name; if not, that has been answered. */
static bool is_known(struct varlink_call *call, struct host_service *service, const char *name)
{
	if (corbel_host_plugin(service->host, name, find, NULL) == 0)
		return true;
	host_service_not_found(call, name);
	return false;
}

static void ask(struct varlink_call *call, struct host_service *service, uint32_t what)
{
	const char *name = varlink_string(call, "name");
	struct host_request *request;

	if (!is_known(call, service, name))
		return;
	request = begin(call, service);
	if (request)
		asked(request, corbel_host_request(service->host, what, name, done, request));
}

void host_requests_start(struct varlink_call *call, void *data)
{
	ask(call, data, CORBEL_REQUEST_START);
}

void host_requests_stop(struct varlink_call *call, void *data)
{
	ask(call, data, CORBEL_REQUEST_STOP);
}

void host_requests_restart(struct varlink_call *call, void *data)
{
	ask(call, data, CORBEL_REQUEST_RESTART);
}

static void reloaded(void *data, const struct corbel_reload_report *report)
{
	struct host_request *request = data;
	struct varlink_call *call = request->call;

	request->call = NULL;
	if (call) {
		json_t *answer = json_pack("{s:o}", "report", host_json_reload(report));

		if (report->outcome == CORBEL_RELOAD_DONE)
			varlink_reply(call, answer);
		else
			varlink_error(call, "org.corbel.Host.ReloadRefused", answer);
	}
	end(request);
}

static void refuse_fault(struct varlink_call *call, const char *word)
{
	struct nearest nearest;
	char words[512], hint[80];
	const char *name;
	size_t used;

	nearest_init(&nearest, word);
	for (int i = 1; (name = corbel_reload_fault_name((enum corbel_reload_fault)i)); i++)
		nearest_offer(&nearest, name);
	used = (size_t)snprintf(words, sizeof(words), "there is no fault '%.64s'%s; there are",
				word, nearest_hint(&nearest, hint, sizeof(hint)));
	for (int i = 1; (name = corbel_reload_fault_name((enum corbel_reload_fault)i)); i++)
		if (used < sizeof(words))
			used += (size_t)snprintf(words + used, sizeof(words) - used, "%s %s",
						 i > 1 ? "," : "", name);
	host_service_fail(call, -EINVAL, words);
}

static uint32_t flag(const struct varlink_call *call, const char *name,
		     enum corbel_reload_flag flag)
{
	return json_is_true(json_object_get(call->parameters, name)) ? flag : 0;
}

/* False: what the caller asks for is wrong, and that has been answered. */
static bool read_options(struct varlink_call *call, struct corbel_reload_options *options)
{
	json_int_t timeout = json_integer_value(json_object_get(call->parameters, "timeout"));
	const char *word = varlink_string(call, "fault");
	enum corbel_reload_fault fault = CORBEL_FAULT_NONE;

	if (timeout < 0 || timeout > HOST_SERVICE_TIMEOUT_MAX) {
		host_service_invalid(call, "timeout");
		return false;
	}
	if (word && corbel_reload_fault_find(word, &fault) < 0) {
		refuse_fault(call, word);
		return false;
	}
	*options = (struct corbel_reload_options){
		.size = sizeof(*options),
		.flags = flag(call, "dry_run", CORBEL_RELOAD_DRY_RUN) |
			 flag(call, "previous", CORBEL_RELOAD_PREVIOUS) |
			 flag(call, "anyway", CORBEL_RELOAD_ANYWAY),
		.fault = fault,
		.timeout = timeout * 1000000,
	};
	return true;
}

/* An array to free, of names borrowed from the call; NULL: one is wrong, which was answered. */
static const char **read_names(struct varlink_call *call, struct host_service *service,
			       size_t *count)
{
	const json_t *list = json_object_get(call->parameters, "plugins");
	const char **names;

	*count = json_array_size(list);
	if (*count == 0) {
		host_service_invalid(call, "plugins");
		return NULL;
	}
	names = calloc(*count, sizeof(*names));
	if (!names)
		host_service_fail(call, -ENOMEM, "out of memory");
	for (size_t i = 0; names && i < *count; i++) {
		names[i] = json_string_value(json_array_get(list, i));
		if (!is_known(call, service, names[i])) {
			free(names);
			return NULL;
		}
	}
	return names;
}

void host_requests_reload(struct varlink_call *call, void *data)
{
	struct host_service *service = data;
	struct corbel_reload_options options;
	struct host_request *request;
	const char **names;
	size_t count;

	if (!read_options(call, &options))
		return;
	names = read_names(call, service, &count);
	request = names ? begin(call, service) : NULL;
	if (request)
		asked(request,
		      corbel_host_reload(service->host, names, count, &options, reloaded, request));
	free(names);
}

static void re_exec(void *data)
{
	(void)data;
	rescue_ask();
}

void host_requests_re_exec(struct varlink_call *call, void *data)
{
	struct host_service *service = data;

	service->re_exec = (struct poller_timer){ .fire = re_exec };
	poller_timer_set(service->poller, &service->re_exec, POLLER_SECOND / 100);
	varlink_reply(call, NULL);
}

void host_requests_fini(struct host_service *service)
{
	poller_timer_clear(service->poller, &service->re_exec);
	while (service->requests)
		free_request(service->requests);
}
