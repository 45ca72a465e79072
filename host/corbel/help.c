/* SPDX-License-Identifier: MIT */
/* corbel help: the commands. */
#include <stdio.h>

#include "command.h"

int command_help(int count, char **arguments)
{
	(void)count;
	(void)arguments;
	puts("Usage: corbel COMMAND [OPTION...] [ARGUMENT...]\n"
	     "What an author of plugins does all day. See corbel(1); `corbel COMMAND --help`.\n");
	for (const struct command *command = commands; command->name; command++) {
		char usage[64];

		snprintf(usage, sizeof(usage), "%s %s", command->name, command->arguments);
		printf("  %-26s %s\n", usage, command->summary);
	}
	puts("\n      --version\n"
	     "  -h, --help");
	return TOOL_OK;
}
