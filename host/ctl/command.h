/* SPDX-License-Identifier: MIT */
/* What a command of corbelctl is. */
#ifndef CORBEL_CTL_COMMAND_H
#define CORBEL_CTL_COMMAND_H

#include <stdbool.h>

#include "client.h"

/* How corbelctl ends; documented in corbelctl(1). */
enum ctl_exit {
	CTL_OK = 0,
	CTL_FAILED = 1, /* the host said no, or it did not work out; `why`: not granted */
	CTL_USAGE = 2,
	CTL_UNREACHABLE = 3, /* no host answers at the socket */
	CTL_UNHEALTHY = 4,   /* `status`: not all that should run does */
	CTL_LOST = 5,        /* the connection broke, or what came is not Varlink */
	CTL_UNWELL = 6,      /* `status`: and something of that is essential */
	CTL_REFUSED = 10,    /* `reload`: and the number of the outcome on top */
};

enum ctl_option {
	CTL_OPTION_LINES = 1,
	CTL_OPTION_LEVEL = 2,
	CTL_OPTION_NO_FOLLOW = 4,
	CTL_OPTION_COUNT = 8,
	CTL_OPTION_DRY_RUN = 16,
	CTL_OPTION_PREVIOUS = 32,
	CTL_OPTION_ANYWAY = 64,
	CTL_OPTION_TIMEOUT = 128,
	CTL_OPTION_INJECT = 256,
	CTL_OPTION_AT = 512,
	CTL_OPTION_LIST = 1024,
};

struct ctl {
	const char *socket;
	bool json;
	unsigned int given; /* enum ctl_option */
	long lines;
	const char *level;
	long count;   /* events after which to end; 0: never */
	long timeout; /* ms */
	const char *fault;
	const char *place;
	struct client client;
};

struct command {
	const char *name;
	const char *arguments; /* for the help */
	const char *summary;
	int (*run)(struct ctl *ctl, int count, char **arguments);
	int least, most;      /* arguments */
	unsigned int options; /* those it takes */
	bool is_local;        /* needs no host */
};

extern const struct command commands[]; /* ends with a name that is NULL */

int command_list(struct ctl *ctl, int count, char **arguments);
int command_show(struct ctl *ctl, int count, char **arguments);
int command_status(struct ctl *ctl, int count, char **arguments);
int command_tree(struct ctl *ctl, int count, char **arguments);
int command_start(struct ctl *ctl, int count, char **arguments);
int command_stop(struct ctl *ctl, int count, char **arguments);
int command_re_exec(struct ctl *ctl, int count, char **arguments);
int command_restart(struct ctl *ctl, int count, char **arguments);
int command_reset(struct ctl *ctl, int count, char **arguments);
int command_reload(struct ctl *ctl, int count, char **arguments);
int command_services(struct ctl *ctl, int count, char **arguments);
int command_topics(struct ctl *ctl, int count, char **arguments);
int command_events(struct ctl *ctl, int count, char **arguments);
int command_states(struct ctl *ctl, int count, char **arguments);
int command_log(struct ctl *ctl, int count, char **arguments);
int command_level(struct ctl *ctl, int count, char **arguments);
int command_metrics(struct ctl *ctl, int count, char **arguments);
int command_usage(struct ctl *ctl, int count, char **arguments);
int command_grants(struct ctl *ctl, int count, char **arguments);
int command_why(struct ctl *ctl, int count, char **arguments);
int command_reload_config(struct ctl *ctl, int count, char **arguments);
int command_inject(struct ctl *ctl, int count, char **arguments);
int command_help(struct ctl *ctl, int count, char **arguments);

#endif
