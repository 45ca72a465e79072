/* SPDX-License-Identifier: MIT */
/* Running a program of the author's machine: a build, the scanner. */
#ifndef CORBEL_TOOL_PROGRAM_H
#define CORBEL_TOOL_PROGRAM_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Starts it in `folder`, as the leader of a process group of its own, without input and with our
 * output; signals are as at the start of a program. Looked up in PATH unless it has a slash.
 * `descriptor` (-1: none) is inherited under its number. 0 or -errno.
 */
int program_start(const char *const *arguments, const char *folder, int descriptor, pid_t *id);

/*
 * Waits for its end, and takes the rest of its group down with it if `with_group`. The exit status
 * as a shell has it.
 */
int program_wait(pid_t id, bool with_group);

#endif
