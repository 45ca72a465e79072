/* SPDX-License-Identifier: MIT */
/* The latest value of each sensor, sorted by name. */
#ifndef HTTP_READINGS_H
#define HTTP_READINGS_H

#include <corbel/plugin.h>

#include "corbel.sensors.h"

#define READINGS_MAX 4096

struct reading {
	char *name;
	double value;
	enum corbel_sensors_unit unit;
	int64_t at;     /* ns since the epoch, as the sensor says */
	int64_t seen;   /* by corbel_now() */
	int64_t period; /* between the last two; 0: there was but one */
};

struct readings {
	struct reading *items;
	size_t count;
	size_t capacity;
	uint64_t changes; /* ever */
};

void readings_fini(struct readings *readings);

/* -ENOSPC: there are as many as may be; -ENOMEM. */
int readings_put(struct readings *readings, const struct corbel_sensors_sample *sample,
		 int64_t now);
/* The same of one that another version had; its name is copied. */
int readings_add(struct readings *readings, const struct reading *reading);
/* Whether that value is known already. */
bool readings_has(const struct readings *readings, const char *name, int64_t at);
/* Drops those that have missed several of their periods. */
void readings_prune(struct readings *readings, int64_t now);

#endif
