/* SPDX-License-Identifier: MIT */
/*
 * The systemd journal by its native protocol: one datagram of fields per entry, or a sealed memory
 * file if it is large.
 */
#ifndef JOURNAL_NATIVE_H
#define JOURNAL_NATIVE_H

#include "sink.h"

/* 0 or -errno with words; -ENOTSOCK or -ENOENT when no journal listens at `path`. */
int native_open(const char *path, struct sink **sink, struct corbel_error *error);

/*
 * Appends one field to an entry: NAME=value, or the form with a length if the value has line ends.
 */
void native_put_field(struct line *entry, const char *name, const char *value, size_t length);

#endif
