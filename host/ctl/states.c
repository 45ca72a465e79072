/* SPDX-License-Identifier: MIT */
/* corbelctl states: the state of each plugin, and then its changes. */
#include <stdio.h>

#include "fields.h"
#include "stream.h"

static void print(const json_t *plugin)
{
	const char *reason = json_text(plugin, "reason");

	fields_print_clock(stdout, json_number(plugin, "since"));
	printf("  %s: %s%s%s\n", json_text(plugin, "name"), json_text(plugin, "state"),
	       *reason ? ": " : "", reason);
}

int command_states(struct ctl *ctl, int count, char **arguments)
{
	const struct stream stream = { "MonitorStates", "plugin", print,
				       ctl->given & CTL_OPTION_NO_FOLLOW };

	(void)count;
	(void)arguments;
	return stream_follow(ctl, &stream, NULL);
}
