/* SPDX-License-Identifier: MIT */
/* An event as one line of text, in memory that is used again for the next. */
#ifndef JOURNAL_LINE_H
#define JOURNAL_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Grows, never shrinks; always NUL-terminated once something was put into it. */
struct line {
	char *text;
	size_t length;
	size_t capacity;
	bool is_cut; /* there was no memory for all of it */
};

enum line_format {
	LINE_TEXT =
		0, /* 2026-11-25T09:30:00.123Z TOPIC PUBLISHER {"name":"cpu.busy","value":3.5} */
	LINE_JSON = 1,  /* {"time":"...","topic":"...","publisher":"...","fields":{...}} */
	LINE_SHORT = 2, /* 09:30:00.123 TOPIC name=cpu.busy value=3.5; the time is the local one */
};

struct line_event {
	int64_t at; /* ns since the epoch */
	const char *topic;
	const char *publisher;
	const char *fields; /* a JSON object without line ends */
};

void line_fini(struct line *line);
void line_clear(struct line *line);
/* Makes room for `count` more bytes and a NUL; false: no memory. */
bool line_reserve(struct line *line, size_t count);
void line_put(struct line *line, const void *bytes, size_t count);
void line_put_text(struct line *line, const char *text);

/* Fills the line anew, with a line end. */
void line_write(struct line *line, enum line_format format, const struct line_event *event);

/* The same without time, publisher and line end, for a sink that keeps those beside the message. */
void line_write_message(struct line *line, enum line_format format, const struct line_event *event);

#endif
