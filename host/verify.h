/* SPDX-License-Identifier: MIT */
/*
 * Verification: whether the process is still what it was, after a fault that was contained.
 *
 * A thread of its own tries the locks that a faulty plugin may have left held, malloc's, stdio's,
 * the loader's and the host's, and has the control side answer; it compares descriptors, signal
 * handlers, working folder, umask and locale with what they were. What can be put right is, and is
 * said; for the rest there is no way but to begin anew.
 */
#ifndef CORBEL_HOST_VERIFY_H
#define CORBEL_HOST_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <corbel/error.h>
#include <corbel/host.h>

/* Makes the thread, and notes how things are now. 0 or -errno. */
int verify_begin(struct corbel_host *host, struct corbel_error *error);
/* The host is about to end: everything is taken to be well from now on. */
void verify_end(void);
/* It must stay what it is; of the same name, the last one; -1: no more. [control] */
void verify_hold(const char *what, int descriptor);

/*
 * Verifies, unless a greater wish than *wish had before comes meanwhile. False with words: what is
 * not as it must be, or takes too long. For the rescue thread.
 */
bool verify_run(const uint32_t *wish, char *words, size_t size);

#endif
