/* SPDX-License-Identifier: MIT */
/* Writing the words of an error, and collecting many of them before giving up. */
#ifndef CORBEL_CONFIG_ERROR_H
#define CORBEL_CONFIG_ERROR_H

#include <stdarg.h>
#include <stddef.h>

#include <corbel/error.h>

/* Writes the words, cut at a whole character if too long, and returns code. error may be NULL. */
int error_set(struct corbel_error *error, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int error_set_va(struct corbel_error *error, int code, const char *format, va_list arguments)
	__attribute__((format(printf, 3, 0)));

/* Puts words before those already in error ("plugin sensors: " + ...); returns code. */
int error_prefix(struct corbel_error *error, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * A growing list of texts; each is one complaint and may have several lines. A zeroed struct is
 * an empty list. When memory runs out texts are lost but lost counts them, so that a caller that
 * asks complaints_count() never takes a failure for a success. Kept are at most COMPLAINTS_MAX; the
 * rest is only counted: a hostile file cannot fill the memory with complaints about itself.
 */
#define COMPLAINTS_MAX 1000

struct complaints {
	char **texts;
	size_t count;
	size_t capacity;
	size_t lost;
};

/* All return code, so that `return complaints_add(...)` works. complaints may be NULL. */
int complaints_add(struct complaints *complaints, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int complaints_add_error(struct complaints *complaints, int code, const struct corbel_error *error);

/* Total of complaints, kept and lost; compare before and after to learn if a step complained. */
size_t complaints_count(const struct complaints *complaints);

/* Writes the first complaint and how many more there are; returns code. */
int complaints_report(const struct complaints *complaints, struct corbel_error *error, int code);

/* Frees the texts and leaves an empty list. Accepts NULL. */
void complaints_fini(struct complaints *complaints);

#endif
