/* SPDX-License-Identifier: MIT */
/* Whether a file is what it was. */
#ifndef CORBEL_TOOL_CONTENT_H
#define CORBEL_TOOL_CONTENT_H

#include <stdint.h>

enum { CONTENT_UNKNOWN, CONTENT_GONE, CONTENT_LEAST };

/* A hash of what is in it, at least CONTENT_LEAST; CONTENT_GONE: it cannot be read. */
uint64_t content_hash(const char *path);

#endif
