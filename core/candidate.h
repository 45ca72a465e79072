/* SPDX-License-Identifier: MIT */
/*
 * Whether what a [plugin] section names is fit to be loaded: its file found and judged, its own
 * settings checked.
 */
#ifndef CORBEL_CORE_CANDIDATE_H
#define CORBEL_CORE_CANDIDATE_H

#include <stdbool.h>

#include "entries.h"
#include "judge.h"
#include "settings.h"

/* A file and its settings, found fit. */
struct candidate {
	struct verdict verdict;
	struct entries *entries;
};

/*
 * Finds and judges a plugin's file (`path` NULL: as configured) and its own settings; no code of it
 * runs. Every wrong thing is a complaint.
 */
int candidate_judge(const struct settings *host, const struct plugin_settings *settings,
		    const char *path, bool is_relaxed, struct candidate *candidate,
		    struct complaints *complaints);
void candidate_fini(struct candidate *candidate);

#endif
