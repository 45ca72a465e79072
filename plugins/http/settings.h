/* SPDX-License-Identifier: MIT */
/*
 * The settings of this plugin, as its own copy: what is in force outlives what the host has just
 * read.
 */
#ifndef HTTP_SETTINGS_H
#define HTTP_SETTINGS_H

#include <sys/socket.h>

#include <corbel/plugin.h>

struct settings {
	struct sockaddr_storage address;
	socklen_t address_length;
	size_t connections;
	size_t streams;
	int64_t timeout; /* ns */
};

/* Reads and judges them; on failure the words are with the host. */
int settings_read(struct settings *settings, struct corbel_context *context);

/* Whether both listen on the same address. */
bool settings_share_address(const struct settings *a, const struct settings *b);

#endif
