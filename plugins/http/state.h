/* SPDX-License-Identifier: MIT */
/* What the next version of this plugin must know, besides the sockets. */
#ifndef HTTP_STATE_H
#define HTTP_STATE_H

#include <corbel/state.h>

#include "http.h"

/* The format; it is in http.plugin too. */
#define HTTP_STATE 1u

/* 0 or -ENOMEM. */
int state_write(const struct http *http, struct corbel_state *state);
/*
 * What was counted and read; `address` is the one that the other version was told to listen on.
 * -EBADMSG: the bytes are none of state_write(); -ENOMEM.
 */
int state_read(struct http *http, const struct corbel_state *state, struct settings *address);

#endif
