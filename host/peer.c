/* SPDX-License-Identifier: MIT */
/* Who is at the other end of a local socket, by what the kernel says. */
#include "peer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FIRST_GROUPS 32

/* The kernel says how much room they need, if it is more than there is. */
static int read_groups(struct peer *peer, int descriptor)
{
	socklen_t size = FIRST_GROUPS * sizeof(gid_t);

	for (;;) {
		socklen_t room = size;

		peer->groups = malloc(room);
		if (!peer->groups)
			return -ENOMEM;
		if (getsockopt(descriptor, SOL_SOCKET, SO_PEERGROUPS, peer->groups, &size) == 0) {
			peer->group_count = size / sizeof(gid_t);
			return 0;
		}
		int code = -errno;

		peer_fini(peer);
		if (code != -ERANGE || size <= room)
			return code;
	}
}

int peer_init(struct peer *peer, int descriptor)
{
	struct ucred credentials;
	socklen_t size = sizeof(credentials);

	if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0)
		return -errno;
	*peer = (struct peer){ .uid = credentials.uid,
			       .gid = credentials.gid,
			       .pid = credentials.pid,
			       .command = "?" };
	return read_groups(peer, descriptor);
}

void peer_fini(struct peer *peer)
{
	free(peer->groups);
	peer->groups = NULL;
	peer->group_count = 0;
}

bool peer_is_in_group(const struct peer *peer, gid_t group)
{
	if (peer->gid == group)
		return true;
	for (size_t i = 0; i < peer->group_count; i++)
		if (peer->groups[i] == group)
			return true;
	return false;
}

bool peer_is_owner(const struct peer *peer)
{
	return peer->uid == 0 || peer->uid == geteuid();
}

void peer_find_command(struct peer *peer)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-_.+:/@";
	char path[32], name[sizeof(peer->command)];

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)peer->pid);
	int file = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = file >= 0 ? read(file, name, sizeof(name) - 1) : 0;

	if (file >= 0)
		close(file);
	if (length > 0 && name[length - 1] == '\n')
		length--;
	if (length <= 0)
		return;
	for (ssize_t i = 0; i < length; i++)
		if (!name[i] || !strchr(plain, name[i]))
			name[i] = '?';
	memcpy(peer->command, name, (size_t)length);
	peer->command[length] = '\0';
}
