/* SPDX-License-Identifier: MIT */
/* What a command of corbel is. */
#ifndef CORBEL_TOOL_COMMAND_H
#define CORBEL_TOOL_COMMAND_H

/* How corbel ends; documented in corbel(1). The first ones are those of corbelctl. */
enum tool_exit {
	TOOL_OK = 0,
	TOOL_FAILED = 1, /* the host said no, or it did not work out */
	TOOL_USAGE = 2,
	TOOL_UNREACHABLE = 3, /* no host answers at the socket */
	TOOL_LOST = 5,        /* the connection broke, or what came is not Varlink */
	TOOL_BUILD_FAILED = 6,
	TOOL_INTERFACE_BROKEN = 7,
	TOOL_RELOAD = 10, /* + enum corbel_reload_outcome */
};

struct command {
	const char *name;
	const char *arguments; /* for the help */
	const char *summary;
	int (*run)(int count, char **arguments); /* its name is the first argument */
};

extern const struct command commands[]; /* ends with a name that is NULL */

int command_dev(int count, char **arguments);
int command_help(int count, char **arguments);

#endif
