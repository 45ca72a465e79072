/* SPDX-License-Identifier: MIT */
/* corbelctl start: starts plugins, after what they require. */
#include "request.h"

int command_start(struct ctl *ctl, int count, char **arguments)
{
	return request_each(ctl, "Start", "started", count, arguments);
}
