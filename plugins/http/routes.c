/* SPDX-License-Identifier: MIT */
/* Which request gets which answer. */
#include "routes.h"

#include <errno.h>
#include <string.h>

#include "answer.h"
#include "metrics.h"
#include "view.h"

#define JSON "application/json"
#define PLAIN "text/plain; charset=utf-8"

typedef enum MHD_Result route_answer(struct http *http, struct MHD_Connection *connection);

/* A client that has it already is told so. */
static enum MHD_Result page_answer(struct http *http, struct MHD_Connection *connection,
				   size_t index)
{
	const char *tag = MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
						      MHD_HTTP_HEADER_IF_NONE_MATCH);
	bool is_known = tag && strstr(tag, http->pages[index].tag);
	unsigned int status = is_known ? MHD_HTTP_NOT_MODIFIED : MHD_HTTP_OK;

	return answer_send(http, connection, status, http->page_responses[index]);
}

static enum MHD_Result absence_answer(struct http *http, struct MHD_Connection *connection,
				      const char *interface, int error)
{
	struct text text = { 0 };

	view_absence(&text, interface, error);
	return answer_text(http, connection, MHD_HTTP_SERVICE_UNAVAILABLE, JSON, &text);
}

static enum MHD_Result plugins_answer(struct http *http, struct MHD_Connection *connection)
{
	int result = snapshot_take(&http->snapshot);
	struct text text = { 0 };

	if (result < 0)
		return absence_answer(http, connection, "corbel.monitor", result);
	view_plugins(&text, &http->snapshot);
	return answer_text(http, connection, MHD_HTTP_OK, JSON, &text);
}

static enum MHD_Result sensors_answer(struct http *http, struct MHD_Connection *connection)
{
	struct text text = { 0 };

	if (!http->sensors_bound)
		return absence_answer(http, connection, "corbel.sensors", -ENOTCONN);
	readings_prune(&http->readings, corbel_now(http->context));
	view_sensors(&text, &http->readings);
	return answer_text(http, connection, MHD_HTTP_OK, JSON, &text);
}

static enum MHD_Result alerts_answer(struct http *http, struct MHD_Connection *connection)
{
	struct text text = { 0 };
	int result = alerts_write(&text, http->context, http->rules);

	return answer_text(http, connection,
			   result < 0 ? MHD_HTTP_SERVICE_UNAVAILABLE : MHD_HTTP_OK, JSON, &text);
}

static enum MHD_Result health_answer(struct http *http, struct MHD_Connection *connection)
{
	int result = snapshot_take(&http->snapshot);
	struct text text = { 0 };
	bool is_well;

	if (result < 0)
		return absence_answer(http, connection, "corbel.monitor", result);
	is_well = view_health(&text, &http->snapshot);
	return answer_text(http, connection, is_well ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE,
			   PLAIN, &text);
}

static enum MHD_Result metrics_answer(struct http *http, struct MHD_Connection *connection)
{
	struct text text = { 0 };

	readings_prune(&http->readings, corbel_now(http->context));
	metrics_write(&text, http);
	return answer_text(http, connection, MHD_HTTP_OK,
			   "text/plain; version=0.0.4; charset=utf-8", &text);
}

static enum MHD_Result events_answer(struct http *http, struct MHD_Connection *connection)
{
	struct connection *listener = connection_of(connection);
	struct MHD_Response *response;
	enum MHD_Result result = MHD_NO;

	if (http->feeds.stream_count >= http->settings.streams)
		return answer_error(http, connection, MHD_HTTP_SERVICE_UNAVAILABLE,
				    "there are as many event streams as may be (streams in "
				    "[plugin http])",
				    MHD_HTTP_HEADER_RETRY_AFTER, "10");
	/* Nobody has listened, so nothing was told. */
	if (http->feeds.stream_count == 0)
		http_tell(http);
	response = feeds_open_stream(&http->feeds, listener);
	if (!response)
		return MHD_NO;
	if (answer_dress(response, "text/event-stream", "no-store"))
		result = answer_send(http, connection, MHD_HTTP_OK, response);
	MHD_destroy_response(response);
	return result;
}

static const struct {
	const char *path;
	route_answer *answer;
} routes[] = {
	{ "/health", health_answer },       { "/metrics", metrics_answer },
	{ "/events", events_answer },       { "/api/plugins", plugins_answer },
	{ "/api/sensors", sensors_answer }, { "/api/alerts", alerts_answer },
};

/* No route is below another folder, so who writes ".." is after something else. */
static bool is_rubbish(const char *path)
{
	if (*path != '/' || strstr(path, "/../"))
		return true;
	for (const char *at = path; *at; at++)
		if ((unsigned char)*at <= 0x20 || (unsigned char)*at >= 0x7f)
			return true;
	return strlen(path) >= 3 && strcmp(path + strlen(path) - 3, "/..") == 0;
}

static bool has_body(struct MHD_Connection *connection)
{
	const char *length = MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
							 MHD_HTTP_HEADER_CONTENT_LENGTH);

	return (length && strcmp(length, "0") != 0) ||
	       MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
					   MHD_HTTP_HEADER_TRANSFER_ENCODING);
}

static enum MHD_Result path_answer(struct http *http, struct MHD_Connection *connection,
				   const char *path)
{
	for (size_t i = 0; i < PAGE_COUNT; i++)
		if (strcmp(path, http->pages[i].path) == 0)
			return page_answer(http, connection, i);
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
		if (strcmp(path, routes[i].path) == 0)
			return routes[i].answer(http, connection);
	return answer_error(http, connection, MHD_HTTP_NOT_FOUND,
			    "there is no such page; see / and corbel-http(7)", NULL, NULL);
}

static enum MHD_Result request_answer(struct http *http, struct MHD_Connection *connection,
				      const char *path, const char *method, const char *version)
{
	if (!MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST) &&
	    strcmp(version, MHD_HTTP_VERSION_1_1) == 0)
		return answer_error(http, connection, MHD_HTTP_BAD_REQUEST,
				    "HTTP/1.1 asks for a Host header", NULL, NULL);
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return answer_error(http, connection, MHD_HTTP_METHOD_NOT_ALLOWED,
				    "only GET and HEAD are served", MHD_HTTP_HEADER_ALLOW,
				    "GET, HEAD");
	if (has_body(connection))
		return answer_error(http, connection, MHD_HTTP_CONTENT_TOO_LARGE,
				    "no request here takes a body", NULL, NULL);
	if (is_rubbish(path))
		return answer_error(http, connection, MHD_HTTP_BAD_REQUEST,
				    "expected a plain path such as /api/plugins", NULL, NULL);
	return path_answer(http, connection, path);
}

enum MHD_Result routes_answer(void *data, struct MHD_Connection *connection, const char *path,
			      const char *method, const char *version, const char *body,
			      size_t *body_size, void **request)
{
	struct connection *client = connection_of(connection);

	(void)body;
	(void)body_size;
	if (!client)
		return MHD_NO;
	if (!*request)
		connection_has_asked(client);
	/*
	 * What is answered at the first call, when the head has been read, ends the connection: as
	 * it must where a body follows that nobody will read.
	 */
	if (!*request && !has_body(connection)) {
		*request = client;
		return MHD_YES;
	}
	connection_is_active(client);
	return request_answer(data, connection, path, method, version);
}

static struct MHD_Response *page_response(const struct page *page)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(
		page->size, (void *)(uintptr_t)page->bytes, MHD_RESPMEM_PERSISTENT);

	if (response && answer_dress(response, page->type, "no-cache") &&
	    MHD_add_response_header(response, MHD_HTTP_HEADER_ETAG, page->tag) == MHD_YES)
		return response;
	if (response)
		MHD_destroy_response(response);
	return NULL;
}

int routes_init(struct http *http)
{
	pages_init(http->pages);
	for (size_t i = 0; i < PAGE_COUNT; i++) {
		http->page_responses[i] = page_response(&http->pages[i]);
		if (!http->page_responses[i])
			return -ENOMEM;
	}
	return 0;
}

void routes_fini(struct http *http)
{
	for (size_t i = 0; i < PAGE_COUNT; i++)
		if (http->page_responses[i])
			MHD_destroy_response(http->page_responses[i]);
}
