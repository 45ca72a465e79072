/* SPDX-License-Identifier: MIT */
/* What one host is made of; the root of everything, so that there are no globals. */
#ifndef CORBEL_CORE_HOST_CONTEXT_H
#define CORBEL_CORE_HOST_CONTEXT_H

#include <pthread.h>

#include <corbel/host.h>

#include "bus.h"
#include "describe.h"
#include "entries.h"
#include "ghost.h"
#include "log.h"
#include "loop.h"
#include "registry.h"
#include "settings.h"

struct instance;
struct plugin;
struct watchdog;

struct corbel_host_monitor {
	struct corbel_host *host;
	void (*changed)(void *data, const struct corbel_plugin_info *plugin);
	void *data;
	struct corbel_host_monitor *next;
	bool is_removed; /* freed when no change is being told */
};

struct corbel_host {
	struct log log;
	struct loop *loop;
	struct catalogue *catalogue;
	struct registry *registry;
	struct bus *bus;
	struct settings *settings;
	struct settings **retired; /* still named by plugins that are gone from the configuration */
	size_t retired_count;
	struct entries *sections[3]; /* [corbel], [log], [control] */

	struct instance *program; /* the program around the host, as plugins see it */

	pthread_mutex_t roster; /* guards the array for those who are not the control thread */
	struct plugin **plugins;
	size_t plugin_count;

	struct source advance; /* lifecycle_advance() is due */
	struct watchdog *watchdog;
	struct corbel_host_monitor *monitors;
	unsigned telling; /* depth of calls to monitors */
	bool is_started, is_stopping;
	bool is_holding;              /* carry.c's: who has started waits for the others */
	struct corbel_timer *hold;    /* how long at most */
	TAILQ_HEAD(, reload) reloads; /* transactions asked for; the first is under way */
	struct strand *reloader;      /* where they hand over; NULL: none yet */
	size_t retiring;              /* instances that end beside those that run, in time so far */
	uint64_t order;               /* starts so far */
	size_t abandoned;             /* instances that must stay in memory */
	struct ghosts ghosts;

	uint32_t flags;
	char *file, *text; /* the configuration, for reading it again */
	char **overrides;
	size_t override_count;
	void (*complain)(void *data, const char *text);
	int (*vouch)(void *data, struct corbel_file *file, struct corbel_error *error);
	void *data;
};

/* The plugin of that name, or NULL. [control] */
struct plugin *host_find(const struct corbel_host *host, const char *name);
/* [any thread] */
bool host_has(struct corbel_host *host, const char *name);
/*
 * Tells one thing that is wrong with the configuration or a file: to the program, or else to the
 * log.
 */
void host_complain(struct corbel_host *host, const char *text);
/* Tells all monitors. */
void host_tell(struct corbel_host *host, struct plugin *plugin);
int64_t host_wall_clock(void);

#endif
