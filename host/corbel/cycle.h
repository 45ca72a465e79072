/* SPDX-License-Identifier: MIT */
/*
 * One turn of `corbel dev`: compare interfaces, build, have corbeld reload the plugin (or start it,
 * if it does not run), and tell how it went.
 */
#ifndef CORBEL_TOOL_CYCLE_H
#define CORBEL_TOOL_CYCLE_H

#include <stdbool.h>
#include <stdint.h>

#include "build.h"
#include "interfaces.h"
#include "project.h"
#include "remote.h"
#include "sources.h"

/* What is known of the plugin in the host. */
struct cycle_plugin {
	char version[64];
	char state[16]; /* ""; the host does not answer, or does not know it */
	int64_t generation;
};

struct cycle {
	struct poller *poller;
	const struct project *project;
	struct sources *sources;
	const char *socket;
	/* `result` is an enum tool_exit. May begin the next one. */
	void (*ended)(void *data, int result);
	void *data;
	struct build build;
	struct interfaces interfaces;
	struct remote remote;
	struct cycle_plugin plugin;
	int64_t served; /* the generation at the end of the last one; 0: not known */
	int64_t took;   /* the build, ns */
	int failure;    /* enum tool_exit of what went wrong before the host was asked */
	bool told_host, told_file;
};

/* `cycle` has its members up to `data` set. Users know the interfaces as they are now. */
void cycle_init(struct cycle *cycle);
void cycle_fini(struct cycle *cycle);
void cycle_begin(struct cycle *cycle);

#endif
