/* SPDX-License-Identifier: MIT */
/*
 * What the next version of this plugin must know: how each rule stands on each sensor, and which
 * alerts the store has not taken. What the store holds, it finds there.
 *
 * Format 1, all numbers as in memory; a text is a uint32_t with its size, and itself with the NUL:
 *
 *	uint8_t   is_resumed, is_paused: of the history
 *	uint64_t  alerts written, and dropped, since it paused
 *	uint32_t  pending alerts, and for each:
 *		text      rule, sensor, expression
 *		double    value
 *		int64_t   raised, cleared
 *		uint8_t   is_stored
 *	uint32_t  rules, and for each:
 *		text      name, expression
 *		int64_t   begun
 *		uint8_t   is_told_of
 *		uint32_t  sensors, and for each: text name, struct standing
 */
#include "state.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A monitor without its sensor. */
struct standing {
	double value, alarming;
	int64_t since, raised, at, seen, interval;
	int64_t state;
};

_Static_assert(sizeof(struct standing) == 64, "it is part of a format");

struct writer {
	struct corbel_context *context;
	struct corbel_state *state;
};

static bool put(const struct writer *writer, const void *bytes, size_t size)
{
	return corbel_state_put(writer->context, writer->state, bytes, size);
}

static bool put_text(const struct writer *writer, const char *text)
{
	return corbel_state_put_text(writer->context, writer->state, text);
}

static bool put_flag(const struct writer *writer, bool flag)
{
	uint8_t byte = flag;

	return put(writer, &byte, sizeof(byte));
}

static bool put_count(const struct writer *writer, size_t count)
{
	uint32_t number = (uint32_t)count;

	return put(writer, &number, sizeof(number));
}

static bool put_alert(const struct writer *writer, const struct alert *alert)
{
	return put_text(writer, alert->rule) && put_text(writer, alert->sensor) &&
	       put_text(writer, alert->expression) &&
	       put(writer, &alert->value, sizeof(alert->value)) &&
	       put(writer, &alert->raised, sizeof(alert->raised)) &&
	       put(writer, &alert->cleared, sizeof(alert->cleared)) &&
	       put_flag(writer, alert->is_stored);
}

static bool put_history(const struct writer *writer, const struct history *history)
{
	const struct queue *queue = &history->queue;
	bool fits = put_flag(writer, history->is_resumed) && put_flag(writer, history->is_paused) &&
		    put(writer, &history->written, sizeof(history->written)) &&
		    put(writer, &queue->dropped, sizeof(queue->dropped)) &&
		    put_count(writer, queue->count);

	for (size_t i = 0; i < queue->count && fits; i++)
		fits = put_alert(writer, queue_at(queue, i));
	return fits;
}

static bool put_monitor(const struct writer *writer, const struct monitor *monitor)
{
	const struct standing standing = {
		.value = monitor->value,
		.alarming = monitor->alarming,
		.since = monitor->since,
		.raised = monitor->raised,
		.at = monitor->at,
		.seen = monitor->seen,
		.interval = monitor->interval,
		.state = monitor->state,
	};

	return put_text(writer, monitor->sensor) && put(writer, &standing, sizeof(standing));
}

static bool put_watch(const struct writer *writer, const struct watch *watch)
{
	bool fits = put_text(writer, watch->rule.name) &&
		    put_text(writer, watch->rule.expression) &&
		    put(writer, &watch->begun, sizeof(watch->begun)) &&
		    put_flag(writer, watch->is_told_of) && put_count(writer, watch->count);

	for (size_t i = 0; i < watch->count && fits; i++)
		fits = put_monitor(writer, &watch->monitors[i]);
	return fits;
}

int state_write(struct corbel_context *context, struct corbel_state *state,
		const struct ruleset *set, const struct history *history)
{
	const struct writer writer = { context, state };
	bool fits = put_history(&writer, history) && put_count(&writer, set->count);

	for (size_t i = 0; i < set->count && fits; i++)
		fits = put_watch(&writer, &set->watches[i]);
	return fits ? 0 : -ENOMEM;
}

static bool take_flag(struct corbel_state_reader *reader, bool *flag)
{
	uint8_t byte;

	if (!corbel_state_take(reader, &byte, sizeof(byte)) || byte > 1)
		return false;
	*flag = byte;
	return true;
}

/* How many follow, each of at least `size` bytes: nothing is reserved for more than there can be.
 */
static bool take_count(struct corbel_state_reader *reader, uint32_t *count, size_t size)
{
	return corbel_state_take(reader, count, sizeof(*count)) && *count <= reader->left / size;
}

/* What one can calculate with. */
static bool is_time(int64_t time)
{
	return time >= -(INT64_MAX / 3) && time <= INT64_MAX / 3;
}

static bool is_span(int64_t span)
{
	return span >= 0 && span <= INT64_MAX / 8;
}

static bool take_time(struct corbel_state_reader *reader, int64_t *time)
{
	return corbel_state_take(reader, time, sizeof(*time)) && is_time(*time);
}

static int take_alert(struct corbel_state_reader *reader, struct queue *queue)
{
	const char *rule = corbel_state_take_text(reader);
	const char *sensor = corbel_state_take_text(reader);
	const char *expression = corbel_state_take_text(reader);
	/* The texts are borrowed: they are copied, not written to. */
	struct alert alert = { .rule = (char *)(uintptr_t)rule,
			       .sensor = (char *)(uintptr_t)sensor,
			       .expression = (char *)(uintptr_t)expression };

	if (!rule || !sensor || !expression ||
	    !corbel_state_take(reader, &alert.value, sizeof(alert.value)) ||
	    !take_time(reader, &alert.raised) || !take_time(reader, &alert.cleared) ||
	    !take_flag(reader, &alert.is_stored))
		return -EBADMSG;
	return queue_add(queue, &alert);
}

static int take_history(struct corbel_state_reader *reader, struct history *history)
{
	uint32_t count;
	int result = 0;

	if (!take_flag(reader, &history->is_resumed) || !take_flag(reader, &history->is_paused) ||
	    !corbel_state_take(reader, &history->written, sizeof(history->written)) ||
	    !corbel_state_take(reader, &history->queue.dropped, sizeof(history->queue.dropped)) ||
	    !take_count(reader, &count, 1))
		return -EBADMSG;
	for (uint32_t i = 0; i < count && result == 0; i++)
		result = take_alert(reader, &history->queue);
	return result;
}

static int take_monitor(struct corbel_state_reader *reader, struct watch *watch)
{
	const char *sensor = corbel_state_take_text(reader);
	struct standing from;

	if (!sensor || strlen(sensor) > RULESET_SENSOR_MAX ||
	    !corbel_state_take(reader, &from, sizeof(from)) || !isfinite(from.value) ||
	    !isfinite(from.alarming) || !is_time(from.since) || !is_time(from.raised) ||
	    !is_time(from.at) || !is_time(from.seen) || !is_span(from.interval) ||
	    from.state < MONITOR_NO_DATA || from.state > MONITOR_RAISED)
		return -EBADMSG;

	struct monitor *monitor = watch_monitor(watch, sensor);

	if (!monitor)
		return -ENOMEM;
	*monitor = (struct monitor){
		.sensor = monitor->sensor,
		.state = (enum monitor_state)from.state,
		.value = from.value,
		.since = from.since,
		.raised = from.raised,
		.alarming = from.alarming,
		.at = from.at,
		.seen = from.seen,
		.interval = from.interval,
	};
	return 0;
}

static int take_watch(struct corbel_state_reader *reader, struct watch *watch)
{
	const char *name = corbel_state_take_text(reader);
	const char *expression = corbel_state_take_text(reader);
	uint32_t count;
	int result = 0;

	if (!name || !expression || !take_time(reader, &watch->begun) ||
	    !take_flag(reader, &watch->is_told_of) ||
	    !take_count(reader, &count, sizeof(struct standing)))
		return -EBADMSG;
	watch->rule.name = strdup(name);
	watch->rule.expression = strdup(expression);
	if (!watch->rule.name || !watch->rule.expression)
		return -ENOMEM;
	for (uint32_t i = 0; i < count && result == 0; i++)
		result = take_monitor(reader, watch);
	return result;
}

static int take_set(struct corbel_state_reader *reader, struct ruleset *set)
{
	uint32_t count;
	int result = 0;

	if (!take_count(reader, &count, sizeof(int64_t)))
		return -EBADMSG;
	*set = (struct ruleset){ .watches = calloc((size_t)count + 1, sizeof(*set->watches)) };
	if (!set->watches)
		return -ENOMEM;
	while (set->count < count && result == 0)
		result = take_watch(reader, &set->watches[set->count++]);
	return result;
}

int state_read(const struct corbel_state *state, struct ruleset *set, struct history *history)
{
	struct corbel_state_reader reader = { state->bytes, state->byte_count };
	int result = take_history(&reader, history);

	*set = (struct ruleset){ 0 };
	if (result == 0)
		result = take_set(&reader, set);
	if (result == 0 && reader.left > 0)
		result = -EBADMSG;
	if (result < 0)
		ruleset_fini(set);
	return result;
}
