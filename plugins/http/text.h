/* SPDX-License-Identifier: MIT */
/* A text that grows, and words quoted for it. */
#ifndef HTTP_TEXT_H
#define HTTP_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed it is empty. What does not fit into memory is remembered, not returned. */
struct text {
	char *bytes;
	size_t length;
	size_t capacity;
	bool failed; /* not all that was added is there */
};

void text_fini(struct text *text);
void text_add(struct text *text, const char *words);
void text_printf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * In quotes that JSON and the text format of Prometheus both read: what is no UTF-8, and control
 * characters but for the line feed, become U+FFFD. NULL is the empty string.
 */
void text_quote(struct text *text, const char *words);

/* JSON has no word for what is no finite number: null. */
void text_number(struct text *text, double number);

/* A time in ns as seconds, to the millisecond. */
void text_seconds(struct text *text, int64_t time);

#endif
