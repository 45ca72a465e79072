/* SPDX-License-Identifier: MIT */
/* corbelctl events: events as they come. */
#include <stdio.h>

#include "fields.h"
#include "stream.h"

static void print(const json_t *event)
{
	fields_print_event(stdout, event);
}

int command_events(struct ctl *ctl, int count, char **arguments)
{
	static const struct stream stream = { "MonitorEvents", "event", print, false };

	return stream_follow(ctl, &stream,
			     json_pack("{s:s}", "pattern", count > 0 ? arguments[0] : "*"));
}
