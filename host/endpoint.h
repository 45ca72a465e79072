/* SPDX-License-Identifier: MIT */
/* The control socket as a file: taken, secured, told from a stale one, and given back. */
#ifndef CORBEL_HOST_ENDPOINT_H
#define CORBEL_HOST_ENDPOINT_H

#include <stdbool.h>
#include <sys/types.h>

#include <corbel/error.h>

struct endpoint {
	char *path;
	char *lock_path;
	int descriptor; /* listening, non-blocking */
	int lock;       /* held as long as the socket is ours */
	bool has_group;
	gid_t group; /* of the file */
};

/*
 * Listens at the path, for ourselves alone until endpoint_set_mode(); the folder is made if only
 * itself is missing. A socket that nobody listens to any more is replaced. `group` may be NULL.
 * -EADDRINUSE, with the pid in the words: a process listens there already.
 */
int endpoint_open(const char *path, const char *group, struct endpoint *endpoint,
		  struct corbel_error *error);
int endpoint_set_mode(struct endpoint *endpoint, mode_t mode, struct corbel_error *error);
void endpoint_close(struct endpoint *endpoint);

#endif
