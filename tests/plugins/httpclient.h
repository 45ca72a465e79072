/* SPDX-License-Identifier: MIT */
/* A thread that asks the plugin http for the same thing again and again, and takes nothing but it.
 */
#ifndef TESTS_PLUGINS_HTTPCLIENT_H
#define TESTS_PLUGINS_HTTPCLIENT_H

#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct http_client {
	const char *path;
	const struct sockaddr_in *address;
	bool keeps_alive;
	atomic_bool is_over; /* it is to end */
	pthread_t thread;
	atomic_ulong answers;
	char failure[256]; /* the first; "": none */
};

/* Sets a thread going that must be joined; all but the first three members begin as zeros. */
void http_client_start(struct http_client *client);

#endif
