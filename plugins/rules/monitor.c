/* SPDX-License-Identifier: MIT */
/* How one rule stands on one sensor. */
#include "monitor.h"

#define SECOND INT64_C(1000000000)
#define OVERDUE 3                      /* intervals without a sample */
#define OVERDUE_AT_FIRST (30 * SECOND) /* while the interval is not known */
#define SILENCE_ENDS_ALERT (600 * SECOND)

static int64_t patience(const struct monitor *monitor)
{
	return monitor->interval ? OVERDUE * monitor->interval : OVERDUE_AT_FIRST;
}

/*
 * Learns the pace of a sensor, and says whether this sample follows on the last one. It does not
 * when the sensor was silent or the clock that stamps it was set: what was true before then says
 * nothing about the time between.
 */
static bool follows(struct monitor *monitor, int64_t at)
{
	int64_t passed = at - monitor->at;
	bool is_first = monitor->at == 0;
	bool is_next = is_first || (passed >= 0 && passed <= patience(monitor));

	monitor->at = at;
	if (is_first || passed <= 0)
		return is_next;
	if (monitor->interval == 0)
		monitor->interval = passed;
	else if (is_next)
		monitor->interval += (passed - monitor->interval) / 4;
	else
		monitor->interval *= 2; /* a slower pace is learnt in a few steps, a leap is not */
	return is_next;
}

static void become(struct monitor *monitor, enum monitor_state state, int64_t at)
{
	if (monitor->state != state)
		monitor->since = at;
	monitor->state = state;
}

static enum monitor_turn raise_at(struct monitor *monitor, int64_t at)
{
	monitor->state = MONITOR_RAISED;
	monitor->raised = at;
	monitor->alarming = monitor->value;
	return MONITOR_RAISES;
}

enum monitor_turn monitor_sample(struct monitor *monitor, const struct rule *rule, double value,
				 int64_t at, int64_t now)
{
	bool is_next = follows(monitor, at);

	monitor->value = value;
	monitor->seen = now;
	if (monitor->state == MONITOR_RAISED) {
		if (!condition_holds(&rule->clear, value))
			return MONITOR_STAYS;
		become(monitor, MONITOR_OK, at);
		return MONITOR_CLEARS;
	}
	if (!condition_holds(&rule->raise, value)) {
		become(monitor, MONITOR_OK, at);
		return MONITOR_STAYS;
	}
	if (!is_next)
		monitor->since = at;
	become(monitor, MONITOR_PENDING, at);
	return at - monitor->since >= rule->hold ? raise_at(monitor, at) : MONITOR_STAYS;
}

enum monitor_turn monitor_tick(struct monitor *monitor, const struct rule *rule, int64_t now,
			       int64_t epoch)
{
	int64_t silence = now - monitor->seen;

	if (monitor->state == MONITOR_NO_DATA || silence < 0)
		return MONITOR_STAYS;
	if (monitor->state == MONITOR_RAISED) {
		if (silence <= SILENCE_ENDS_ALERT || silence <= patience(monitor))
			return MONITOR_STAYS;
		become(monitor, MONITOR_NO_DATA, epoch);
		return MONITOR_CLEARS;
	}
	if (silence > patience(monitor)) {
		become(monitor, MONITOR_NO_DATA, epoch);
		return MONITOR_STAYS;
	}
	/* One value alone proves no duration. */
	if (monitor->state == MONITOR_PENDING && monitor->interval > 0 &&
	    monitor->at + silence - monitor->since >= rule->hold)
		return raise_at(monitor, monitor->at + silence);
	return MONITOR_STAYS;
}

enum monitor_turn monitor_resume(struct monitor *monitor, const struct rule *rule, double value,
				 int64_t raised, int64_t now)
{
	monitor->raised = raised;
	monitor->alarming = value;
	if (monitor->at && condition_holds(&rule->clear, monitor->value))
		return MONITOR_CLEARS;
	if (!monitor->at) {
		monitor->value = value;
		monitor->seen = now;
	}
	monitor->state = MONITOR_RAISED;
	monitor->since = raised;
	return MONITOR_STAYS;
}
