/* SPDX-License-Identifier: MIT */
/* What is known, in the text format 0.0.4 of Prometheus. */
#ifndef HTTP_METRICS_H
#define HTTP_METRICS_H

#include "http.h"
#include "text.h"

/* What nobody tells just now is left out. */
void metrics_write(struct text *text, struct http *http);

#endif
