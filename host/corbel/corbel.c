/* SPDX-License-Identifier: MIT */
/* The main of corbel: a command from the table, which reads its own options. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "nearest.h"

static const struct command *find_command(const char *name)
{
	struct nearest nearest;
	char hint[80];

	nearest_init(&nearest, name);
	for (const struct command *command = commands; command->name; command++) {
		if (strcmp(command->name, name) == 0)
			return command;
		nearest_offer(&nearest, command->name);
	}
	fprintf(stderr, "corbel: there is no command '%s'%s; see corbel help\n", name,
		nearest_hint(&nearest, hint, sizeof(hint)));
	return NULL;
}

int main(int count, char **arguments)
{
	const char *name = count > 1 ? arguments[1] : "";

	if (strcmp(name, "--version") == 0) {
		puts("corbel " CORBEL_VERSION);
		return TOOL_OK;
	}
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		name = "help";
	if (!*name) {
		fputs("corbel: a command is needed; see corbel help\n", stderr);
		return TOOL_USAGE;
	}
	const struct command *command = find_command(name);

	if (!command)
		return TOOL_USAGE;
	int result = command->run(count - 1, arguments + 1);

	if (fflush(stdout) != 0 && result == TOOL_OK)
		result = TOOL_FAILED;
	return result;
}
