/* SPDX-License-Identifier: MIT */
/* All rules of the configuration, and how each stands on the sensors that it watches. */
#ifndef RULES_RULESET_H
#define RULES_RULESET_H

#include <corbel/plugin.h>

#include "monitor.h"

/* More sensors than any machine has, so that a publisher gone mad cannot take all memory. */
#define RULESET_MONITORS_MAX 1024u
#define RULESET_SENSOR_MAX 255u

struct watch {
	struct rule rule;
	struct monitor *monitors; /* in the order in which their first samples came */
	size_t count;
	size_t capacity;
	int64_t begun;   /* host's clock */
	bool is_told_of; /* that no sensor of it has appeared, or too many have */
};

struct ruleset {
	struct watch *watches; /* in the order of the files */
	size_t count;
};

/* Reads the rules among the settings; on failure the words are with the host. */
int ruleset_read(struct ruleset *ruleset, struct corbel_context *context);
/* Accepts a zeroed one. */
void ruleset_fini(struct ruleset *ruleset);

/* Moves the monitors of the rules that both have from `old`. */
void ruleset_inherit(struct ruleset *ruleset, struct ruleset *old);

struct watch *ruleset_find(struct ruleset *ruleset, const char *name);

/* The monitor of a sensor that the rule covers, made if need be. NULL: no room or no memory. */
struct monitor *watch_monitor(struct watch *watch, const char *sensor);

#endif
