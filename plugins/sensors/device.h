/* SPDX-License-Identifier: MIT */
/*
 * Devices whose counters only mean something beside those of the round before: CPUs, disks,
 * network interfaces.
 */
#ifndef SENSORS_DEVICE_H
#define SENSORS_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DEVICE_NAME_SIZE 64
#define DEVICE_COUNTERS 8

struct device {
	char name[DEVICE_NAME_SIZE];
	bool is_new;    /* found in this round: there is nothing to compare with */
	bool is_wanted; /* its source's to say */
	bool was_seen;  /* in this round */
	uint64_t counters[DEVICE_COUNTERS];
	uint64_t before[DEVICE_COUNTERS];
};

struct devices {
	struct device *items;
	size_t count;
	size_t capacity;
	size_t next; /* where the next one is looked for first: the kernel keeps their order */
	int64_t at;  /* ns, of this round */
	int64_t at_before; /* -1: there was none */
};

void devices_init(struct devices *devices);
void devices_fini(struct devices *devices);

/*
 * A round: begin, one see per device, end. Devices not seen in it are forgotten, and new when they
 * come back.
 */
void devices_begin(struct devices *devices, int64_t now);
/* The device with its counters moved to `before`; NULL: no memory. Borrowed until the next see. */
struct device *devices_see(struct devices *devices, const char *name);
void devices_end(struct devices *devices);

/*
 * How much a counter rose per second since the round before. -EAGAIN: nothing to compare with, no
 * time has passed, or it went backwards, as when a device was taken out and put in again.
 */
int device_rate(const struct devices *devices, const struct device *device, size_t counter,
		double *per_second);

#endif
