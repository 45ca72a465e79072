/* SPDX-License-Identifier: MIT */
/* Devices whose counters only mean something beside those of the round before. */
#include "device.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void devices_init(struct devices *devices)
{
	*devices = (struct devices){ .at = -1, .at_before = -1 };
}

void devices_fini(struct devices *devices)
{
	free(devices->items);
	devices_init(devices);
}

void devices_begin(struct devices *devices, int64_t now)
{
	devices->at_before = devices->at;
	devices->at = now;
	devices->next = 0;
	for (size_t i = 0; i < devices->count; i++)
		devices->items[i].was_seen = false;
}

static struct device *device_find(struct devices *devices, const char *name)
{
	for (size_t i = 0; i < devices->count; i++) {
		size_t index = (devices->next + i) % devices->count;

		if (strcmp(devices->items[index].name, name) == 0) {
			devices->next = index + 1;
			return &devices->items[index];
		}
	}
	return NULL;
}

static struct device *device_add(struct devices *devices, const char *name)
{
	if (devices->count == devices->capacity) {
		size_t capacity = devices->capacity ? 2 * devices->capacity : 16;
		struct device *items = reallocarray(devices->items, capacity, sizeof(*items));

		if (!items)
			return NULL;
		devices->items = items;
		devices->capacity = capacity;
	}

	struct device *device = &devices->items[devices->count++];

	*device = (struct device){ .is_new = true, .was_seen = true };
	snprintf(device->name, sizeof(device->name), "%s", name);
	return device;
}

struct device *devices_see(struct devices *devices, const char *name)
{
	struct device *device = device_find(devices, name);

	if (!device)
		return device_add(devices, name);
	/* A name that stands twice in one text keeps what the round before gave. */
	if (!device->was_seen) {
		memcpy(device->before, device->counters, sizeof(device->before));
		device->is_new = false;
	}
	device->was_seen = true;
	return device;
}

void devices_end(struct devices *devices)
{
	size_t kept = 0;

	for (size_t i = 0; i < devices->count; i++) {
		if (!devices->items[i].was_seen)
			continue;
		if (kept != i)
			devices->items[kept] = devices->items[i];
		kept++;
	}
	devices->count = kept;
}

int device_rate(const struct devices *devices, const struct device *device, size_t counter,
		double *per_second)
{
	int64_t passed = devices->at - devices->at_before;

	if (device->is_new || devices->at_before < 0 || passed <= 0 ||
	    device->counters[counter] < device->before[counter])
		return -EAGAIN;
	*per_second = (double)(device->counters[counter] - device->before[counter]) * 1e9 /
		      (double)passed;
	return 0;
}
