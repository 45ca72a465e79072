/* SPDX-License-Identifier: MIT */
/*
 * A source reads one group of sensors; each kind is a file of its own, and this the table they
 * fill in.
 */
#ifndef SENSORS_SOURCE_H
#define SENSORS_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "reading.h"

struct devices;

/* Where the kernel's files are, and what of them is wanted. */
struct machine {
	const char *proc;
	const char *sys;
	bool loopback;
};

struct source {
	const struct source_kind *kind;
	struct devices *devices; /* whose counters it compares; NULL: none */
	int error;               /* of the last round */
	char fault[320];         /* the words to it */
};

struct source_kind {
	const char *name;
	/* Makes a source; `machine` is borrowed for the call. NULL: no memory. */
	struct source *(*make)(const struct machine *machine);
	/*
	 * Adds a reading for each sensor there is; `now` is in ns of a steady clock. 0, or
	 * source_fail() when a file could not be read or understood: what it holds is then left
	 * out.
	 */
	int (*read)(struct source *source, struct readings *readings, int64_t now);
	/* Frees it; NULL and half-made ones are allowed. */
	void (*free)(struct source *source);
};

extern const struct source_kind cpu_source;
extern const struct source_kind disk_source;
extern const struct source_kind load_source;
extern const struct source_kind memory_source;
extern const struct source_kind network_source;
extern const struct source_kind temperature_source;

/* By the name of its group, or NULL. */
const struct source_kind *source_kind_find(const char *name);

/* Keeps the words and returns `error`. */
__attribute__((format(printf, 3, 4))) int source_fail(struct source *source, int error,
						      const char *format, ...);

/* That `path` cannot be read because of `error` (negative). */
int source_fail_file(struct source *source, int error, const char *path);

#endif
