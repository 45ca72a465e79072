/* SPDX-License-Identifier: MIT */
/* The latest value of each sensor, sorted by name. */
#include "readings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A disk that was taken out, say, is shown for so many of its periods, and somewhat longer. */
#define PERIODS_MISSED 3
#define PATIENCE (10 * CORBEL_SECOND)
/* Of one that was seen only once; no sensor is read less often. */
#define PERIOD_MAX (3600 * CORBEL_SECOND)

void readings_fini(struct readings *readings)
{
	for (size_t i = 0; i < readings->count; i++)
		free(readings->items[i].name);
	free(readings->items);
	*readings = (struct readings){ .changes = readings->changes + 1 };
}

/* Where it is, or would be. */
static size_t place_of(const struct readings *readings, const char *name)
{
	size_t low = 0, high = readings->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (strcmp(readings->items[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int reserve(struct readings *readings)
{
	size_t capacity = readings->capacity ? 2 * readings->capacity : 64;
	struct reading *items;

	if (readings->count == READINGS_MAX)
		return -ENOSPC;
	if (readings->count < readings->capacity)
		return 0;
	items = realloc(readings->items, capacity * sizeof(*items));
	if (!items)
		return -ENOMEM;
	readings->items = items;
	readings->capacity = capacity;
	return 0;
}

static int insert(struct readings *readings, size_t place, const char *name)
{
	int result = reserve(readings);
	char *copy = result == 0 ? strdup(name) : NULL;
	struct reading *item;

	if (!copy)
		return result < 0 ? result : -ENOMEM;
	item = &readings->items[place];
	memmove(item + 1, item, (readings->count - place) * sizeof(*item));
	readings->count++;
	*item = (struct reading){ .name = copy };
	return 0;
}

static bool is_at(const struct readings *readings, size_t place, const char *name)
{
	return place < readings->count && strcmp(readings->items[place].name, name) == 0;
}

bool readings_has(const struct readings *readings, const char *name, int64_t at)
{
	size_t place = place_of(readings, name);

	return is_at(readings, place, name) && readings->items[place].at == at;
}

/* The reading of that name, made if need be. */
static int reading_of(struct readings *readings, const char *name, struct reading **out)
{
	size_t place = place_of(readings, name);
	int result = is_at(readings, place, name) ? 0 : insert(readings, place, name);

	if (result == 0)
		*out = &readings->items[place];
	return result;
}

int readings_add(struct readings *readings, const struct reading *reading)
{
	struct reading *to;
	int result = reading_of(readings, reading->name, &to);

	if (result < 0)
		return result;

	char *name = to->name;

	*to = *reading;
	to->name = name;
	readings->changes++;
	return 0;
}

int readings_put(struct readings *readings, const struct corbel_sensors_sample *sample, int64_t now)
{
	struct reading *reading;
	int result = reading_of(readings, sample->name, &reading);

	if (result < 0)
		return result;
	reading->period = reading->seen ? now - reading->seen : 0;
	reading->seen = now;
	reading->value = sample->value;
	reading->unit = sample->unit;
	reading->at = sample->at;
	readings->changes++;
	return 0;
}

void readings_prune(struct readings *readings, int64_t now)
{
	size_t kept = 0;

	for (size_t i = 0; i < readings->count; i++) {
		struct reading *reading = &readings->items[i];
		int64_t period = reading->period ? reading->period : PERIOD_MAX;

		if (now - reading->seen <= PERIODS_MISSED * period + PATIENCE)
			readings->items[kept++] = *reading;
		else
			free(reading->name);
	}
	if (kept != readings->count)
		readings->changes++;
	readings->count = kept;
}
