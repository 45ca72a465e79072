/* SPDX-License-Identifier: MIT */
/* A file that is rotated by size, and followed when somebody else moves it away. */
#ifndef JOURNAL_FILE_H
#define JOURNAL_FILE_H

#include <corbel/error.h>

#include "sink.h"

struct file_limits {
	uint64_t size;     /* rotated before it would grow beyond this */
	unsigned int keep; /* PATH.1 is the newest of so many; at least 1 */
};

/*
 * Opens the file, made if need be (mode 0640), for appending. 0 or -errno with words that name the
 * path and the remedy. A device or a pipe is written to and never rotated.
 */
int file_open(const char *path, const struct file_limits *limits, struct sink **sink,
	      struct corbel_error *error);

/* Standard error: neither opened nor closed. */
int file_open_stderr(struct sink **sink, struct corbel_error *error);

#endif
