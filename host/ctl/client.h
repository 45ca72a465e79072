/* SPDX-License-Identifier: MIT */
/*
 * Calls of corbelctl to the host. Failures are told on standard error; results are enum ctl_exit.
 */
#ifndef CORBEL_CTL_CLIENT_H
#define CORBEL_CTL_CLIENT_H

#include "caller.h"

#define CLIENT_PATIENCE 15 /* seconds for an answer that needs no work */

struct client {
	struct caller caller;
	const char *path; /* borrowed */
	json_t *first;    /* of a stream; NULL: taken */
};

struct ctl;

int client_open(struct client *client, const char *path);
void client_close(struct client *client);

/*
 * Calls, and gets the parameters of the only reply; `parameters` is taken over, NULL: none. A
 * reload that is refused gives CTL_REFUSED, and a reply too.
 */
int client_call(struct client *client, const char *method, json_t *parameters, int seconds,
		json_t **reply);
/* Calls a method that replies again and again ... */
int client_stream(struct client *client, const char *method, json_t *parameters);
/* ... and waits for the next one. */
int client_next(struct client *client, json_t **reply);

#endif
