/* SPDX-License-Identifier: MIT */
/* The control socket as a file: taken, secured, told from a stale one, and given back. */
#ifndef CORBEL_HOST_ENDPOINT_H
#define CORBEL_HOST_ENDPOINT_H

#include <stdbool.h>
#include <sys/types.h>

#include <corbel/error.h>

struct endpoint_options {
	const char *path;
	mode_t mode;       /* of the socket */
	const char *group; /* NULL: the group of the process */
};

struct endpoint {
	char *path;
	char *lock_path;
	int descriptor; /* listening, non-blocking */
	int lock;       /* held as long as the socket is ours */
	bool has_group;
	gid_t group; /* whose members may connect, beside root and ourselves */
};

/*
 * Listens at the path; the folder is made if only itself is missing. A socket that nobody listens
 * to any more is replaced. -EADDRINUSE, with the pid in the words: a process listens there
 * already.
 */
int endpoint_open(const struct endpoint_options *options, struct endpoint *endpoint,
		  struct corbel_error *error);
void endpoint_close(struct endpoint *endpoint);

#endif
