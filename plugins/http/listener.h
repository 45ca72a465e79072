/* SPDX-License-Identifier: MIT */
/* The listening socket, which is the plugin's own, so that it can outlive a server. */
#ifndef HTTP_LISTENER_H
#define HTTP_LISTENER_H

#include "settings.h"

/* "127.0.0.1:8480" or "[::1]:8480". */
#define LISTENER_NAME_SIZE 64
void listener_spell(const struct sockaddr *address, socklen_t length,
		    char name[LISTENER_NAME_SIZE]);

/* Owned by the caller. -errno with the words at the host. */
int listener_open(const struct settings *settings, struct corbel_context *context, int *out);

#endif
