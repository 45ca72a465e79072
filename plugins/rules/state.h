/* SPDX-License-Identifier: MIT */
/* What the next version of this plugin must know, so that no alert is told twice and none is lost.
 */
#ifndef RULES_STATE_H
#define RULES_STATE_H

#include <corbel/state.h>

#include "history.h"
#include "ruleset.h"

/* The format; it is in rules.plugin too. */
#define RULES_STATE 1u

/* 0 or -ENOMEM. */
int state_write(struct corbel_context *context, struct corbel_state *state,
		const struct ruleset *set, const struct history *history);
/*
 * Makes a ruleset of what the other version watched, for ruleset_inherit(): of its rules there are
 * the names and the words alone. The history goes on where that of the other version was. -EBADMSG:
 * the bytes are none of state_write(); -ENOMEM. After a failure there is nothing in *set.
 */
int state_read(const struct corbel_state *state, struct ruleset *set, struct history *history);

#endif
