/* SPDX-License-Identifier: MIT */
/* The values of one round. */
#include "reading.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void readings_fini(struct readings *readings)
{
	free(readings->items);
	*readings = (struct readings){ 0 };
}

void readings_clear(struct readings *readings, int64_t at)
{
	readings->count = 0;
	readings->lost = 0;
	readings->at = at;
}

static struct reading *next_item(struct readings *readings)
{
	if (readings->count == readings->capacity) {
		size_t capacity = readings->capacity ? 2 * readings->capacity : 64;
		struct reading *items = reallocarray(readings->items, capacity, sizeof(*items));

		if (!items)
			return NULL;
		readings->items = items;
		readings->capacity = capacity;
	}
	return &readings->items[readings->count++];
}

void readings_add(struct readings *readings, const struct quantity *quantity, int error,
		  double value, const char *format, ...)
{
	struct reading *reading = next_item(readings);
	va_list arguments;

	if (!reading) {
		readings->lost++;
		return;
	}
	if (error == 0 && !isfinite(value))
		error = -EIO;
	va_start(arguments, format);
	vsnprintf(reading->name, sizeof(reading->name), format, arguments);
	va_end(arguments);
	reading->summary = quantity->summary;
	reading->unit = quantity->unit;
	reading->error = error;
	reading->value = error ? 0.0 : value;
}

const struct reading *readings_find(const struct readings *readings, const char *name)
{
	for (size_t i = 0; i < readings->count; i++)
		if (strcmp(readings->items[i].name, name) == 0)
			return &readings->items[i];
	return NULL;
}
