/* SPDX-License-Identifier: MIT */
/* One alert, and its record in a store: a key by which records sort in time, and a JSON object. */
#ifndef RULES_ALERT_H
#define RULES_ALERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <corbel/interface.h>

struct alert {
	char *rule;
	char *sensor;
	char *expression;
	double value;    /* that raised it */
	int64_t raised;  /* ns since the epoch */
	int64_t cleared; /* 0: still raised */
	bool is_stored;  /* the store has a record of it, which may be older */
};

/* A copy of all of it, or NULL. */
struct alert *alert_copy(const struct alert *alert);
/* Accepts NULL. */
void alert_free(struct alert *alert);
/* Orders by the time of raising, then by name: 0 for two states of one alert. */
int alert_compare(const struct alert *a, const struct alert *b);

/* Both are malloc'ed, or NULL. `prefix` ends in a dot. */
char *alert_key(const struct alert *alert, const char *prefix);
char *alert_record(const struct alert *alert);

/* Sorts before all keys of alerts that were raised at `from` or later. */
char *alert_key_before(int64_t from, const char *prefix);

/* An alert of the bytes of a record, stored; NULL: that is none of ours, or there is no memory. */
struct alert *alert_read(const struct corbel_bytes *record);

#endif
