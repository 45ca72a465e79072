/* SPDX-License-Identifier: MIT */
/* Start, Stop, Restart of org.corbel.Host: asked now, answered when settled. */
#include <errno.h>
#include <stdlib.h>

#include <corbel/plugin.h>

#include "host_service.h"

/* Outlives its call when the caller goes, and lives until the host has answered. */
struct host_request {
	struct host_service *service;
	struct varlink_call *call; /* NULL: nobody waits any more */
	bool is_asking;            /* within corbel_host_request() */
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

static void done(void *data, int result, const char *words)
{
	struct host_request *request = data;

	answer(request, result, words);
	request->is_done = true;
	if (!request->is_asking)
		free_request(request);
}

static void caller_has_gone(struct varlink_call *call, void *state)
{
	struct host_request *request = state;

	(void)call;
	request->call = NULL;
}

static void find(void *data, const struct corbel_plugin_info *plugin)
{
	(void)data;
	(void)plugin;
}

static void ask(struct varlink_call *call, struct host_service *service, uint32_t what)
{
	const char *name = varlink_string(call, "name");

	if (corbel_host_plugin(service->host, name, find, NULL) < 0) {
		host_service_not_found(call, name);
		return;
	}
	struct host_request *request = calloc(1, sizeof(*request));

	if (!request) {
		host_service_fail(call, -ENOMEM, "out of memory");
		return;
	}
	*request = (struct host_request){ service, call, true, false, service->requests };
	service->requests = request;
	call->abandoned = caller_has_gone;
	call->state = request;
	int code = corbel_host_request(service->host, what, name, done, request);

	request->is_asking = false;
	if (code < 0 && !request->is_done) {
		answer(request, code, NULL);
		request->is_done = true;
	}
	if (request->is_done)
		free_request(request);
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

void host_requests_fini(struct host_service *service)
{
	while (service->requests)
		free_request(service->requests);
}
