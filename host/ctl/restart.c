/* SPDX-License-Identifier: MIT */
/* corbelctl restart: stops plugins and starts them again, with what requires them. */
#include "request.h"

int command_restart(struct ctl *ctl, int count, char **arguments)
{
	return request_each(ctl, "Restart", "restarted", count, arguments);
}
