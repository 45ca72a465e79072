/* SPDX-License-Identifier: MIT */
/* The caller's side of Varlink: connecting to a host, calling it, and taking what comes back. */
#ifndef CORBEL_HOST_CALLER_H
#define CORBEL_HOST_CALLER_H

#include <stdbool.h>

#include <jansson.h>

#include "framing.h"

#define CALLER_INTERFACE "org.corbel.Host."

struct caller {
	int descriptor; /* -1: closed */
	struct framing input;
};

/* CORBEL_CONTROL of the environment, or where corbeld is unless told otherwise. */
const char *caller_default_socket(void);

/* 0 or -errno; to be closed in either case. */
int caller_open(struct caller *caller, const char *path);
void caller_close(struct caller *caller);

/* Calls a method of org.corbel.Host; parameters are taken over, NULL: none; more: many replies. */
void caller_send(struct caller *caller, const char *method, json_t *parameters, bool more);
/*
 * The next message, owned by the caller. -EAGAIN: there is no whole one yet, at the descriptor's
 * own time limit; -EPIPE: the host has closed the connection; -EBADMSG: what came is not JSON;
 * -ENOMEM; else what receiving said.
 */
int caller_receive(struct caller *caller, json_t **message);

/* Member of an object as text; "" if it is none. */
const char *json_text(const json_t *object, const char *name);
json_int_t json_number(const json_t *object, const char *name);

#endif
