/* SPDX-License-Identifier: MIT */
/* Text that is made in memory and appears in its file whole or not at all. */
#ifndef SCANNER_OUTPUT_H
#define SCANNER_OUTPUT_H

#include <stdio.h>

#include <corbel/error.h>

struct output {
	FILE *stream; /* to print to */
	char *text;
	size_t size;
};

/* 0 or -errno. */
int output_init(struct output *output);

/*
 * Writes the text to the file `path`, or to stdout when it is NULL or "-", and frees it. The file
 * is replaced by rename(2), so that a reader, or a make that is stopped, never sees half of it.
 */
int output_finish(struct output *output, const char *path, struct corbel_error *error);

/* Frees the text without writing it. */
void output_drop(struct output *output);

#endif
