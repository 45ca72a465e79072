/* SPDX-License-Identifier: MIT */
/*
 * The settings of this plugin, as its own copy: what is in force outlives what the host has just
 * read.
 */
#ifndef JOURNAL_SETTINGS_H
#define JOURNAL_SETTINGS_H

#include <corbel/plugin.h>

#include "file.h"
#include "line.h"

enum target { TARGET_STDERR = 0, TARGET_FILE = 1, TARGET_JOURNALD = 2 };

struct settings {
	enum target target;
	enum line_format format;
	char *path; /* of the file or the socket; "" for stderr */
	struct file_limits limits;
	uint32_t queue;
	char **patterns; /* none of which another covers */
	size_t pattern_count;
};

/* Reads and judges them; on failure the words are with the host. */
int settings_read(struct settings *settings, struct corbel_context *context);
void settings_fini(struct settings *settings);

bool settings_share_target(const struct settings *a, const struct settings *b);
bool settings_share_patterns(const struct settings *a, const struct settings *b);

/* Whether every topic that `narrow` matches is matched by `wide` too. */
bool pattern_covers(const char *wide, const char *narrow);

#endif
