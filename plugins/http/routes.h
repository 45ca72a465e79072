/* SPDX-License-Identifier: MIT */
/* Which request gets which answer. */
#ifndef HTTP_ROUTES_H
#define HTTP_ROUTES_H

#include "http.h"

/* Makes the answers that do not change: 0 or -ENOMEM. */
int routes_init(struct http *http);
void routes_fini(struct http *http);

/* Answers a request; a MHD_AccessHandlerCallback with a struct http as its data. */
enum MHD_Result routes_answer(void *data, struct MHD_Connection *connection, const char *path,
			      const char *method, const char *version, const char *body,
			      size_t *body_size, void **request);

#endif
