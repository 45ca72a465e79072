/* SPDX-License-Identifier: MIT */
/* Where lines go: the table that each kind of target fills in. */
#ifndef JOURNAL_SINK_H
#define JOURNAL_SINK_H

#include <stdbool.h>

#include <corbel/error.h>

#include "line.h"

struct sink {
	const struct sink_kind *kind;
	const char *name; /* a path, or "stderr"; the sink's own */
	int warning;      /* -errno of what went wrong while the lines still got through, or 0 */
	char warning_words[256];
};

struct sink_kind {
	bool takes_messages; /* the line is line_write_message()'s, not line_write()'s */
	/* Writes one line whole, or nothing of it. 0 or -errno. Never blocks for long. */
	int (*write)(struct sink *sink, const struct line *line, const struct line_event *event);
	/* Frees it. NULL is allowed. */
	void (*close)(struct sink *sink);
};

/* "cannot WHAT: WORDS (REMEDY)" into the error, which may be NULL; returns `code`. */
__attribute__((format(printf, 4, 5))) int sink_explain(struct corbel_error *error, int code,
						       const char *remedy, const char *format, ...);

/* What to do about a -errno of write(); never NULL. */
const char *sink_remedy(int code);

#endif
