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

struct corbel_host;

/* A file and its settings, found fit. */
struct candidate {
	struct verdict verdict;
	struct entries *entries;
};

/* A private copy of an image that ran before; NULL: there is none. */
struct plugin_previous {
	char *path, *version;
	char *signature; /* NULL: none was required */
};

/*
 * On what terms the files of a plugin with these settings are judged: relaxed in development,
 * unless something is demanded of their contents.
 */
struct judge_terms candidate_terms(const struct corbel_host *host,
				   const struct plugin_settings *settings);
/*
 * Finds and judges a plugin's file (`previous` NULL: as configured) and its own settings, by
 * settings that may not be those of the host yet; no code of it runs. Every wrong thing is a
 * complaint.
 */
int candidate_judge(const struct corbel_host *host, const struct settings *settings,
		    const struct plugin_settings *plugin, const struct plugin_previous *previous,
		    struct candidate *candidate, struct complaints *complaints);
void candidate_fini(struct candidate *candidate);

#endif
