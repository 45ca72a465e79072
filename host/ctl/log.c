/* SPDX-License-Identifier: MIT */
/* corbelctl log: the last lines of the log, and then new ones. */
#include <stdio.h>

#include "fields.h"
#include "stream.h"

#define USUAL_LINES 20

static void print(const json_t *line)
{
	const char *plugin = json_text(line, "plugin");

	fields_print_clock(stdout, json_number(line, "time"));
	printf(" %-7s %s: %s\n", json_text(line, "level"), *plugin ? plugin : "corbeld",
	       json_text(line, "text"));
}

int command_log(struct ctl *ctl, int count, char **arguments)
{
	const struct stream stream = { "MonitorLog", "line", print,
				       ctl->given & CTL_OPTION_NO_FOLLOW };
	json_t *parameters =
		json_pack("{s:I}", "backlog",
			  (json_int_t)(ctl->given & CTL_OPTION_LINES ? ctl->lines : USUAL_LINES));

	if (ctl->given & CTL_OPTION_LEVEL)
		json_object_set_new(parameters, "level", json_string(ctl->level));
	if (count > 0)
		json_object_set_new(parameters, "plugin", json_string(arguments[0]));
	return stream_follow(ctl, &stream, parameters);
}
