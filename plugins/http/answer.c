/* SPDX-License-Identifier: MIT */
/* What goes out: responses with the headers that all have, counted by status. */
#include "answer.h"

static bool has(struct MHD_Response *response, const char *name, const char *value)
{
	return MHD_add_response_header(response, name, value) == MHD_YES;
}

bool answer_dress(struct MHD_Response *response, const char *type, const char *caching)
{
	return has(response, MHD_HTTP_HEADER_CONTENT_TYPE, type) &&
	       has(response, MHD_HTTP_HEADER_CACHE_CONTROL, caching) &&
	       has(response, "Content-Security-Policy",
		   "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors "
		   "'none'") &&
	       has(response, "X-Content-Type-Options", "nosniff") &&
	       has(response, "Referrer-Policy", "no-referrer");
}

enum MHD_Result answer_send(struct http *http, struct MHD_Connection *connection,
			    unsigned int status, struct MHD_Response *response)
{
	if (!response || MHD_queue_response(connection, status, response) == MHD_NO)
		return MHD_NO;
	http->answers[status]++;
	return MHD_YES;
}

static enum MHD_Result text_send(struct http *http, struct MHD_Connection *connection,
				 unsigned int status, const char *type, struct text *text,
				 const char *header, const char *value)
{
	struct MHD_Response *response = NULL;
	enum MHD_Result result;

	if (!text->failed)
		response = MHD_create_response_from_buffer(text->length, text->bytes,
							   MHD_RESPMEM_MUST_FREE);
	if (!response) {
		text_fini(text);
		return MHD_NO;
	}
	if (!answer_dress(response, type, "no-store") || (header && !has(response, header, value)))
		result = MHD_NO;
	else
		result = answer_send(http, connection, status, response);
	MHD_destroy_response(response);
	return result;
}

enum MHD_Result answer_text(struct http *http, struct MHD_Connection *connection,
			    unsigned int status, const char *type, struct text *text)
{
	return text_send(http, connection, status, type, text, NULL, NULL);
}

enum MHD_Result answer_error(struct http *http, struct MHD_Connection *connection,
			     unsigned int status, const char *words, const char *header,
			     const char *value)
{
	struct text text = { 0 };

	text_add(&text, "{\"error\":");
	text_quote(&text, words);
	text_add(&text, "}");
	return text_send(http, connection, status, "application/json", &text, header, value);
}
