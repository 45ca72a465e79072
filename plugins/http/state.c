/* SPDX-License-Identifier: MIT */
/*
 * What the next version of this plugin must know, besides the sockets: counters, which must not
 * step back, and the latest values of sensors, which may not speak again for an hour.
 *
 * Format 1, all numbers as in memory; a text is a uint32_t with its size, and itself with the NUL:
 *
 *	uint32_t  size of the address in the settings, and itself
 *	uint64_t  connections accepted, evicted, expired
 *	uint32_t  statuses, and for each: uint32_t status, uint64_t answers
 *	uint8_t   sensors_bound, sensors_lost
 *	uint32_t  readings, and for each: text name, struct record
 */
#include "state.h"

#include <errno.h>
#include <string.h>

/* A reading without its name. */
struct record {
	double value;
	int64_t at, seen, period;
	int64_t unit;
};

_Static_assert(sizeof(struct record) == 40, "it is part of a format");

struct writer {
	struct corbel_context *context;
	struct corbel_state *state;
};

static bool put(const struct writer *writer, const void *bytes, size_t size)
{
	return corbel_state_put(writer->context, writer->state, bytes, size);
}

static bool put_number(const struct writer *writer, size_t number)
{
	uint32_t word = (uint32_t)number;

	return put(writer, &word, sizeof(word));
}

static bool put_answers(const struct writer *writer, const uint64_t answers[HTTP_STATUS_MAX])
{
	size_t count = 0;
	bool fits;

	for (size_t status = 0; status < HTTP_STATUS_MAX; status++)
		count += answers[status] > 0;
	fits = put_number(writer, count);
	for (size_t status = 0; status < HTTP_STATUS_MAX && fits; status++)
		if (answers[status] > 0)
			fits = put_number(writer, status) &&
			       put(writer, &answers[status], sizeof(answers[status]));
	return fits;
}

static bool put_readings(const struct writer *writer, const struct readings *readings)
{
	bool fits = put_number(writer, readings->count);

	for (size_t i = 0; i < readings->count && fits; i++) {
		const struct reading *reading = &readings->items[i];
		const struct record record = { .value = reading->value,
					       .at = reading->at,
					       .seen = reading->seen,
					       .period = reading->period,
					       .unit = reading->unit };

		fits = corbel_state_put_text(writer->context, writer->state, reading->name) &&
		       put(writer, &record, sizeof(record));
	}
	return fits;
}

int state_write(const struct http *http, struct corbel_state *state)
{
	const struct writer writer = { http->context, state };
	const struct server *server = &http->server;
	const uint64_t counters[] = { server->accepted, server->evicted, server->expired };
	const uint8_t flags[] = { http->sensors_bound, http->sensors_lost };
	bool fits = put_number(&writer, http->settings.address_length) &&
		    put(&writer, &http->settings.address, http->settings.address_length) &&
		    put(&writer, counters, sizeof(counters)) &&
		    put_answers(&writer, http->answers) && put(&writer, flags, sizeof(flags)) &&
		    put_readings(&writer, &http->readings);

	return fits ? 0 : -ENOMEM;
}

static bool take_address(struct corbel_state_reader *reader, struct settings *address)
{
	uint32_t size;

	*address = (struct settings){ 0 };
	if (!corbel_state_take(reader, &size, sizeof(size)) || size > sizeof(address->address))
		return false;
	address->address_length = size;
	return corbel_state_take(reader, &address->address, size);
}

static bool take_counters(struct corbel_state_reader *reader, struct server *server)
{
	return corbel_state_take(reader, &server->accepted, sizeof(server->accepted)) &&
	       corbel_state_take(reader, &server->evicted, sizeof(server->evicted)) &&
	       corbel_state_take(reader, &server->expired, sizeof(server->expired));
}

static bool take_answers(struct corbel_state_reader *reader, uint64_t answers[HTTP_STATUS_MAX])
{
	uint32_t count, status;

	if (!corbel_state_take(reader, &count, sizeof(count)))
		return false;
	for (uint32_t i = 0; i < count; i++)
		if (!corbel_state_take(reader, &status, sizeof(status)) ||
		    status >= HTTP_STATUS_MAX ||
		    !corbel_state_take(reader, &answers[status], sizeof(answers[status])))
			return false;
	return true;
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

static int take_reading(struct corbel_state_reader *reader, struct readings *readings)
{
	const char *name = corbel_state_take_text(reader);
	struct record record;

	if (!name || !corbel_state_take(reader, &record, sizeof(record)) || !is_time(record.at) ||
	    !is_time(record.seen) || !is_span(record.period) || record.unit < 0 ||
	    record.unit > CORBEL_SENSORS_UNIT_SECONDS)
		return -EBADMSG;

	const struct reading reading = { .name = (char *)(uintptr_t)name,
					 .value = record.value,
					 .unit = (enum corbel_sensors_unit)record.unit,
					 .at = record.at,
					 .seen = record.seen,
					 .period = record.period };

	return readings_add(readings, &reading);
}

static int take_readings(struct corbel_state_reader *reader, struct readings *readings)
{
	uint32_t count;
	int result = 0;

	if (!corbel_state_take(reader, &count, sizeof(count)))
		return -EBADMSG;
	for (uint32_t i = 0; i < count && result == 0; i++)
		result = take_reading(reader, readings);
	return result;
}

int state_read(struct http *http, const struct corbel_state *state, struct settings *address)
{
	struct corbel_state_reader reader = { state->bytes, state->byte_count };
	uint8_t flags[2];
	int result;

	if (!take_address(&reader, address) || !take_counters(&reader, &http->server) ||
	    !take_answers(&reader, http->answers) ||
	    !corbel_state_take(&reader, flags, sizeof(flags)))
		return -EBADMSG;
	http->sensors_bound = flags[0];
	http->sensors_lost = flags[1];
	result = take_readings(&reader, &http->readings);
	return result == 0 && reader.left > 0 ? -EBADMSG : result;
}
