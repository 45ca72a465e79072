/* SPDX-License-Identifier: MIT */
/* A run of the author's build command, watched by the loop. */
#ifndef CORBEL_TOOL_BUILD_H
#define CORBEL_TOOL_BUILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "poller.h"

struct build {
	struct poller *poller;
	/* `status` as a shell has it; `took` in ns. */
	void (*ended)(void *data, int status, int64_t took);
	void *data;
	struct poller_watch watch; /* a pidfd */
	struct poller_timer grace;
	pid_t id;
	int64_t began;
	bool is_stopping;
};

/* `build` has its first three members set. */
void build_init(struct build *build);
/* Runs it by sh in `folder`, its output passed through. 0 or -errno; then `ended` is not told. */
int build_start(struct build *build, const char *folder, const char *command);
bool build_is_running(const struct build *build);
/* Passes a signal on to all of it; what is left after 2 s, or at the second call, is killed. */
void build_stop(struct build *build, int signal);

#endif
