/* SPDX-License-Identifier: MIT */
/* The values of one round: what each sensor said, or why it said nothing. */
#ifndef SENSORS_READING_H
#define SENSORS_READING_H

#include <stddef.h>
#include <stdint.h>

#include "corbel.sensors.h"

#define READING_NAME_SIZE 128

struct reading {
	char name[READING_NAME_SIZE];
	const char *summary; /* constant */
	enum corbel_sensors_unit unit;
	int error; /* 0, -EAGAIN: a rate's first round, -EIO */
	double value;
};

struct readings {
	struct reading *items;
	size_t count;
	size_t capacity;
	size_t lost; /* of this round, for want of memory */
	int64_t at;  /* ns since the epoch */
};

/* What a reading is, beside its name and value. */
struct quantity {
	const char *summary;
	enum corbel_sensors_unit unit;
};

void readings_fini(struct readings *readings);
/* Begins a round: the old values go, their memory stays. */
void readings_clear(struct readings *readings, int64_t at);

/*
 * Adds one; its name is the format's text, cut if too long. An `error` makes the value void; so
 * does a value that is not a number, as -EIO.
 */
__attribute__((format(printf, 5, 6))) void readings_add(struct readings *readings,
							const struct quantity *quantity, int error,
							double value, const char *format, ...);

const struct reading *readings_find(const struct readings *readings, const char *name);

#endif
