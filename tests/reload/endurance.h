/* SPDX-License-Identifier: MIT */
/*
 * Reloads of the counter under load, as many as wanted, one version after the other, and what they
 * cost: calls that failed, events that were lost, and what the process holds more than before.
 */
#ifndef RELOAD_ENDURANCE_H
#define RELOAD_ENDURANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "census.h"
#include "traffic.h"

/* What the resident set may grow by after the warm-up: the allocator's own noise. */
#define ENDURANCE_RSS 1024 /* KiB */

struct endurance_options {
	unsigned long reloads;
	bool with_http; /* the plugin http too, which is replaced every tenth time */
	/* Told after each reload. May be NULL. */
	void (*progress)(unsigned long done, unsigned long of);
};

struct endurance_result {
	unsigned long reloads;
	struct traffic_sum sum; /* requests to http are calls, too */
	struct census grown;    /* since the warm-up, a tenth of the reloads or more */
	long images;            /* files in the folder of private copies beyond two a plugin */
	char words[2048];       /* of the failure, if there was one */
};

/* 0; -errno with words: it could not go on, or a reload failed. */
int endurance_run(const struct endurance_options *options, struct endurance_result *result);
/* Nothing failed, nothing was lost, and nothing grew. */
bool endurance_is_flat(const struct endurance_result *result);

#endif
