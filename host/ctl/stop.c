/* SPDX-License-Identifier: MIT */
/* corbelctl stop: stops plugins, after what requires them. */
#include "request.h"

int command_stop(struct ctl *ctl, int count, char **arguments)
{
	return request_each(ctl, "Stop", "stopped", count, arguments);
}
