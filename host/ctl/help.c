/* SPDX-License-Identifier: MIT */
/* corbelctl help: the commands. */
#include <stdio.h>

#include "command.h"
#include "table.h"

static void print(void)
{
	puts("Usage: corbelctl [OPTION...] COMMAND [ARGUMENT...]\n"
	     "Watches and steers a running corbeld. See corbelctl(1).\n");
	for (const struct command *command = commands; command->name; command++) {
		char usage[64];

		snprintf(usage, sizeof(usage), "%s %s", command->name, command->arguments);
		printf("  %-26s %s\n", usage, command->summary);
	}
	puts("\n  -s, --socket PATH          control socket (default: $CORBEL_CONTROL, "
	     "or " CORBEL_RUN_DIR "/control)\n"
	     "  -j, --json                 prints JSON; streams print a line for each item\n"
	     "  -n, --lines N              log: shows the last N lines first (default: 20)\n"
	     "  -l, --level LEVEL          log: error, warning, notice, info or debug, and above\n"
	     "      --no-follow            log, states: ends after what there is now\n"
	     "  -c, --count N              events, states, log: ends after N\n"
	     "      --dry-run              reload: judges and tries the new file, and changes "
	     "nothing\n"
	     "      --previous             reload: goes back to the version that ran before\n"
	     "      --anyway               reload: also when the file is the one that runs\n"
	     "      --timeout TIME         reload: for who is inside to leave, as in 500ms\n"
	     "      --inject FAULT         reload: plays a fault, to see that it is survived\n"
	     "      --version\n"
	     "  -h, --help\n\n"
	     "Ends with 0; 1: refused, failed or (why) not granted; 2: wrong usage; 3: no corbeld\n"
	     "answers; 4: (status) not all is well; 5: the connection broke; above 10: (reload) "
	     "what\n"
	     "went wrong, see corbelctl(1).");
}

int command_help(struct ctl *ctl, int count, char **arguments)
{
	(void)count;
	(void)arguments;
	if (!ctl->json) {
		print();
		return CTL_OK;
	}
	json_t *list = json_array();

	for (const struct command *command = commands; command->name; command++)
		json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "name", command->name,
						      "arguments", command->arguments, "summary",
						      command->summary));
	table_print_json(list);
	json_decref(list);
	return CTL_OK;
}
