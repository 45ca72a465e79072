/* SPDX-License-Identifier: MIT */
/* A thread that asks the plugin http for a page again and again, each time on a new connection. */
#ifndef RELOAD_FETCHER_H
#define RELOAD_FETCHER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct fetcher {
	pthread_t thread;
	bool is_over; /* atomic */
	unsigned port;
	uint64_t count, failed;
	int error; /* of the first that failed */
};

/* 0 or -errno. */
int fetcher_start(struct fetcher *fetcher, unsigned port);
void fetcher_stop(struct fetcher *fetcher);

#endif
