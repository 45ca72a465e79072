/* SPDX-License-Identifier: MIT */
/* The sources of a plugin, watched: who saves one is told of, once all is quiet again. */
#ifndef CORBEL_TOOL_SOURCES_H
#define CORBEL_TOOL_SOURCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "poller.h"

struct sources_folder;
struct sources_change;

struct sources {
	struct poller *poller;
	const char *folder;          /* absolute */
	const char *const *patterns; /* names that are sources besides the usual ones */
	size_t pattern_count;
	/* Something has changed, and nothing more for 50 ms; or the folder is gone. */
	void (*changed)(void *data);
	void *data;
	struct poller_watch watch;
	struct poller_timer settle;
	struct sources_folder *folders;
	size_t folder_count;
	struct sources_change *changes; /* of each file that has ever changed */
	size_t change_count;
	bool is_building;
};

/* `sources` has its members up to `data` set. */
void sources_init(struct sources *sources);
void sources_fini(struct sources *sources);
/* Begins to watch. 0 or -errno. */
int sources_open(struct sources *sources);
bool sources_are_gone(const struct sources *sources);

/*
 * A build begins: what has changed so far is what it builds. A file that was saved while the last
 * build ran gets a new time stamp, because what that build made of the old text may be younger than
 * the file. Returns one such file, borrowed until the next turn of the loop, or NULL.
 */
const char *sources_build_begins(struct sources *sources);
/*
 * It has ended. What it wrote itself is no change: files that the scanner makes of others, and
 * those that it wrote as they were.
 */
void sources_build_ended(struct sources *sources);

#endif
