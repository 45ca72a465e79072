/* SPDX-License-Identifier: MIT */
/* What the next version of this plugin must know to go on as if nothing had happened. */
#ifndef SENSORS_STATE_H
#define SENSORS_STATE_H

#include <corbel/state.h>

#include "reading.h"
#include "source.h"

/* The format; it is in sensors.plugin too. */
#define SENSORS_STATE 1u

/* 0 or -ENOMEM. */
int state_write(struct corbel_context *context, struct corbel_state *state,
		const struct readings *readings, struct source *const *sources, size_t count);
/*
 * Gives the readings that are there the values that they had, and the devices of the sources their
 * counters. -EBADMSG: the bytes are none of state_write(); -ENOMEM.
 */
int state_read(const struct corbel_state *state, struct readings *readings,
	       struct source *const *sources, size_t count);

#endif
