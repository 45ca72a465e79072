/* SPDX-License-Identifier: MIT */
/* So many things a second, and after a rest as many at once as fit into one. */
#ifndef CORBEL_HOST_RATE_H
#define CORBEL_HOST_RATE_H

#include <stdint.h>

/* Zeroed: rested. */
struct rate {
	int64_t due; /* when all that was taken has been made good, in ns of poller_now() */
};

/* Nanoseconds until the next one may be taken; 0: now. */
int64_t rate_wait(const struct rate *rate, int64_t now, int64_t per_second);
/* Takes one, whether it is time or not. */
void rate_take(struct rate *rate, int64_t now, int64_t per_second);

#endif
