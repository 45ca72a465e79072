/* SPDX-License-Identifier: MIT */
/*
 * What the next version of this plugin must know: the round that is shown, since rates are in it
 * that one round alone cannot give, and the counters that the next round is compared with.
 *
 * Format 1, all numbers as in memory; a text is a uint32_t with its size, and itself with the NUL:
 *
 *	int64_t   when the round was read, ns since the epoch
 *	uint32_t  readings, and for each: text name, int32_t error, double value
 *	uint32_t  sources with devices, and for each:
 *		text      group
 *		int64_t   when its counters were read, by corbel_now()
 *		uint32_t  devices, and for each: text name, uint8_t is_wanted, uint64_t counters[8]
 */
#include "state.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "device.h"

static bool readings_write(struct corbel_context *context, struct corbel_state *state,
			   const struct readings *readings)
{
	uint32_t count = (uint32_t)readings->count;
	bool fits = corbel_state_put(context, state, &readings->at, sizeof(readings->at)) &&
		    corbel_state_put(context, state, &count, sizeof(count));

	for (uint32_t i = 0; i < count && fits; i++) {
		const struct reading *reading = &readings->items[i];
		int32_t error = reading->error;

		fits = corbel_state_put_text(context, state, reading->name) &&
		       corbel_state_put(context, state, &error, sizeof(error)) &&
		       corbel_state_put(context, state, &reading->value, sizeof(reading->value));
	}
	return fits;
}

static bool devices_write(struct corbel_context *context, struct corbel_state *state,
			  const struct devices *devices)
{
	uint32_t count = (uint32_t)devices->count;
	bool fits = corbel_state_put(context, state, &devices->at, sizeof(devices->at)) &&
		    corbel_state_put(context, state, &count, sizeof(count));

	for (uint32_t i = 0; i < count && fits; i++) {
		const struct device *device = &devices->items[i];
		uint8_t is_wanted = device->is_wanted;

		fits = corbel_state_put_text(context, state, device->name) &&
		       corbel_state_put(context, state, &is_wanted, sizeof(is_wanted)) &&
		       corbel_state_put(context, state, device->counters, sizeof(device->counters));
	}
	return fits;
}

int state_write(struct corbel_context *context, struct corbel_state *state,
		const struct readings *readings, struct source *const *sources, size_t count)
{
	uint32_t with_devices = 0;
	bool fits = readings_write(context, state, readings);

	for (size_t i = 0; i < count; i++)
		with_devices += sources[i]->devices != NULL;
	fits = fits && corbel_state_put(context, state, &with_devices, sizeof(with_devices));
	for (size_t i = 0; i < count && fits; i++)
		if (sources[i]->devices)
			fits = corbel_state_put_text(context, state, sources[i]->kind->name) &&
			       devices_write(context, state, sources[i]->devices);
	return fits ? 0 : -ENOMEM;
}

/* Most likely it stands where it stood. */
static struct reading *reading_find(struct readings *readings, size_t guess, const char *name)
{
	if (guess < readings->count && strcmp(readings->items[guess].name, name) == 0)
		return &readings->items[guess];
	return (struct reading *)readings_find(readings, name);
}

static bool readings_read(struct corbel_state_reader *reader, struct readings *readings)
{
	uint32_t count;

	if (!corbel_state_take(reader, &readings->at, sizeof(readings->at)) ||
	    !corbel_state_take(reader, &count, sizeof(count)))
		return false;
	for (uint32_t i = 0; i < count; i++) {
		const char *name = corbel_state_take_text(reader);
		int32_t error;
		double value;

		if (!name || !corbel_state_take(reader, &error, sizeof(error)) ||
		    !corbel_state_take(reader, &value, sizeof(value)) || error > 0 ||
		    !isfinite(value))
			return false;

		struct reading *reading = reading_find(readings, i, name);

		if (!reading)
			continue;
		reading->error = error;
		reading->value = value;
	}
	return true;
}

/* `devices` NULL: passed over, since this version has no such source. */
static int devices_read(struct corbel_state_reader *reader, struct devices *devices)
{
	uint32_t count;
	int64_t at;

	if (!corbel_state_take(reader, &at, sizeof(at)) ||
	    !corbel_state_take(reader, &count, sizeof(count)))
		return -EBADMSG;
	if (devices)
		devices_fini(devices);
	for (uint32_t i = 0; i < count; i++) {
		uint64_t counters[DEVICE_COUNTERS];
		const char *name = corbel_state_take_text(reader);
		uint8_t is_wanted;

		if (!name || !corbel_state_take(reader, &is_wanted, sizeof(is_wanted)) ||
		    !corbel_state_take(reader, counters, sizeof(counters)))
			return -EBADMSG;
		if (!devices)
			continue;

		struct device *device = devices_see(devices, name);

		if (!device)
			return -ENOMEM;
		device->is_wanted = is_wanted;
		memcpy(device->counters, counters, sizeof(counters));
	}
	if (devices)
		devices->at = at;
	return 0;
}

static struct devices *devices_of(struct source *const *sources, size_t count, const char *kind)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(sources[i]->kind->name, kind) == 0)
			return sources[i]->devices;
	return NULL;
}

int state_read(const struct corbel_state *state, struct readings *readings,
	       struct source *const *sources, size_t count)
{
	struct corbel_state_reader reader = { state->bytes, state->byte_count };
	uint32_t with_devices;
	int result = 0;

	if (!readings_read(&reader, readings) ||
	    !corbel_state_take(&reader, &with_devices, sizeof(with_devices)))
		return -EBADMSG;
	for (uint32_t i = 0; i < with_devices && result == 0; i++) {
		const char *kind = corbel_state_take_text(&reader);

		result = kind ? devices_read(&reader, devices_of(sources, count, kind)) : -EBADMSG;
	}
	return result == 0 && reader.left > 0 ? -EBADMSG : result;
}
