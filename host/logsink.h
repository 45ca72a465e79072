/* SPDX-License-Identifier: MIT */
/* Where log lines go: standard error or a file, and a ring of the last ones for whoever watches. */
#ifndef CORBEL_HOST_LOGSINK_H
#define CORBEL_HOST_LOGSINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <corbel/error.h>
#include <corbel/host.h>
#include <corbel/log.h>

#define LOGSINK_LINES 1024u
#define LOGSINK_PLUGIN_SIZE 80u
#define LOGSINK_TEXT_SIZE 2048u

struct logsink;

/* A copy of a kept line. */
struct logsink_line {
	int64_t time;
	int level;
	char plugin[LOGSINK_PLUGIN_SIZE];
	char text[LOGSINK_TEXT_SIZE];
};

int logsink_new(struct logsink **out);
void logsink_free(struct logsink *sink);

/* [any thread] */
void logsink_write(struct logsink *sink, const struct corbel_log_line *line);

/*
 * From now on into this file, made anew if it was moved away; NULL: standard error. On failure
 * nothing changes.
 */
int logsink_open(struct logsink *sink, const char *path, struct corbel_error *error);

/* Where lines go now. AS-safe. */
int logsink_target(const struct logsink *sink);

/* Readable when there are new lines, while somebody listens. */
int logsink_descriptor(const struct logsink *sink);
void logsink_listen(struct logsink *sink, bool listens);
void logsink_drain(struct logsink *sink);

/* The number that the next line will have. */
uint64_t logsink_next(struct logsink *sink);
/*
 * Copies the line numbered *number, or the oldest kept after it, and sets *number to that; false:
 * not there yet.
 */
bool logsink_read(struct logsink *sink, uint64_t *number, struct logsink_line *line);

/* "warning"; and back, or -EINVAL. */
const char *logsink_level_name(int level);
int logsink_level_parse(const char *name);

#endif
