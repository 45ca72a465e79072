/* SPDX-License-Identifier: MIT */
/*
 * The settings of this plugin, as its own copy: what is in force outlives what the host has just
 * read.
 */
#ifndef SENSORS_SETTINGS_H
#define SENSORS_SETTINGS_H

#include <corbel/plugin.h>

#include "source.h"

#define SETTINGS_SOURCES_MAX 8

struct settings {
	int64_t interval; /* ns */
	bool loopback;
	char *proc;
	char *sys;
	const struct source_kind *kinds[SETTINGS_SOURCES_MAX];
	size_t kind_count;
};

/* Reads and judges them; on failure the words are with the host. */
int settings_read(struct settings *settings, struct corbel_context *context);
void settings_fini(struct settings *settings);

/* Whether both are about the same sources. */
bool settings_share_sources(const struct settings *a, const struct settings *b);

#endif
