/* SPDX-License-Identifier: MIT */
/* What goes out: responses with the headers that all have, counted by status. */
#ifndef HTTP_ANSWER_H
#define HTTP_ANSWER_H

#include "http.h"

/* The headers of every answer; false: no memory. */
bool answer_dress(struct MHD_Response *response, const char *type, const char *caching);

/* Queues it; NULL closes the connection. The response stays the caller's. */
enum MHD_Result answer_send(struct http *http, struct MHD_Connection *connection,
			    unsigned int status, struct MHD_Response *response);

/* Sends a text, which is taken over. */
enum MHD_Result answer_text(struct http *http, struct MHD_Connection *connection,
			    unsigned int status, const char *type, struct text *text);

/* {"error": words}, with one more header if `header` is not NULL. */
enum MHD_Result answer_error(struct http *http, struct MHD_Connection *connection,
			     unsigned int status, const char *words, const char *header,
			     const char *value);

#endif
