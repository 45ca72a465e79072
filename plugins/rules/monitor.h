/* SPDX-License-Identifier: MIT */
/*
 * How one rule stands on one sensor: a state machine over samples and the passing of time.
 *
 * Two clocks are in it. `at` is the time stamp of a sample, in ns since the epoch: by it a
 * condition is measured. `now` is the host's clock, which never leaps: by it silence is noticed.
 */
#ifndef RULES_MONITOR_H
#define RULES_MONITOR_H

#include "rule.h"

enum monitor_state { MONITOR_NO_DATA = 0, MONITOR_OK = 1, MONITOR_PENDING = 2, MONITOR_RAISED = 3 };

struct monitor {
	char *sensor;
	enum monitor_state state;
	double value;     /* of the last sample */
	int64_t since;    /* epoch; of a pending or raised one: since its condition holds */
	int64_t raised;   /* epoch, while raised */
	double alarming;  /* the value that raised it */
	int64_t at;       /* epoch, of the last sample; 0: none yet */
	int64_t seen;     /* host's clock, when the last sample came */
	int64_t interval; /* usual time between two samples; 0: not known yet */
};

enum monitor_turn { MONITOR_STAYS = 0, MONITOR_RAISES = 1, MONITOR_CLEARS = 2 };

/* Takes a finite value over. */
enum monitor_turn monitor_sample(struct monitor *monitor, const struct rule *rule, double value,
				 int64_t at, int64_t now);

/*
 * Takes the passing of time over; `epoch` is what a sample taken now would be stamped with. A
 * condition that holds by the last value goes on holding until the next is overdue; then nothing is
 * known. An alert outlives silence for a while, since silence does not prove that it is over.
 */
enum monitor_turn monitor_tick(struct monitor *monitor, const struct rule *rule, int64_t now,
			       int64_t epoch);

/* Goes on with an alert that an earlier run raised by that value. */
enum monitor_turn monitor_resume(struct monitor *monitor, const struct rule *rule, double value,
				 int64_t raised, int64_t now);

#endif
