/* SPDX-License-Identifier: MIT */
/* Opens a file that nobody but root and we can have put there, as sshd judges its keys. */
#ifndef TRUST_H
#define TRUST_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"

/*
 * Opens the regular file at an absolute path for reading; the descriptor goes to the caller.
 * Anything else (a folder, a pipe, a device) is refused before it is opened. Unless relaxed, every
 * folder on the way and the file must belong to root or the effective user and be writable
 * by nobody else (a folder may be if it is sticky, as /tmp is: what stands in it is then judged by
 * its own owner), and no step may be a symbolic link. The walk goes by descriptors: what was
 * checked is what is passed through.
 * -ELOOP a symbolic link; -EPERM not trusted; -EISDIR a folder; -ENOEXEC another kind of file;
 * -EINVAL the path is not absolute or has a ".."; else what opening it said.
 */
int trust_open(const char *path, bool relaxed, struct corbel_error *error);

/* Whether a path of this length goes through "..", and so may lead out of any folder. */
bool trust_leads_up(const char *path, size_t length);

#endif
