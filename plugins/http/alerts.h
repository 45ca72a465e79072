/* SPDX-License-Identifier: MIT */
/* The alerts that are raised now, as corbel.rules tells. */
#ifndef HTTP_ALERTS_H
#define HTTP_ALERTS_H

#include <corbel/plugin.h>

#include "corbel.rules.h"
#include "text.h"

/* Writes them as JSON, or why nobody told of them: 0 or -errno. */
int alerts_write(struct text *text, struct corbel_context *context, struct corbel_rules *rules);
/* How many there are: 0 or -errno. */
int alerts_count(struct corbel_context *context, struct corbel_rules *rules, size_t *out);

#endif
