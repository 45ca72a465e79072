/* SPDX-License-Identifier: MIT */
/* So many things a second, and after a rest as many at once as fit into one. */
#include "rate.h"

#include "poller.h"

static int64_t due_after(const struct rate *rate, int64_t now, int64_t per_second)
{
	return (rate->due > now ? rate->due : now) + POLLER_SECOND / per_second;
}

int64_t rate_wait(const struct rate *rate, int64_t now, int64_t per_second)
{
	int64_t wait = due_after(rate, now, per_second) - now - POLLER_SECOND;

	return wait > 0 ? wait : 0;
}

void rate_take(struct rate *rate, int64_t now, int64_t per_second)
{
	rate->due = due_after(rate, now, per_second);
}
