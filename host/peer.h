/* SPDX-License-Identifier: MIT */
/* Who is at the other end of a local socket, by what the kernel says. */
#ifndef CORBEL_HOST_PEER_H
#define CORBEL_HOST_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* As it was when it connected. */
struct peer {
	uid_t uid;
	gid_t gid;
	pid_t pid;
	gid_t *groups; /* supplementary ones */
	size_t group_count;
	char command[16]; /* "?" unless peer_find_command() found it */
};

/* 0 or -errno; needs peer_fini() only after 0. */
int peer_init(struct peer *peer, int descriptor);
void peer_fini(struct peer *peer);

bool peer_is_in_group(const struct peer *peer, gid_t group);
/* Root, or whoever this process runs as. */
bool peer_is_owner(const struct peer *peer);
/*
 * Looks up what the process calls itself, which it may choose: what could be taken for a part of a
 * sentence becomes '?'.
 */
void peer_find_command(struct peer *peer);

#endif
