/* SPDX-License-Identifier: MIT */
/* corbelctl reset: forgets faults, and starts again what was quarantined or gave up. */
#include <stdio.h>

#include "command.h"
#include "request.h"
#include "table.h"

static int reset_all(struct ctl *ctl)
{
	json_t *reply;
	int result = client_call(&ctl->client, "Reset", NULL, CLIENT_PATIENCE, &reply);

	if (result != CTL_OK)
		return result;
	if (ctl->json)
		table_print_json(reply);
	else
		puts("all: faults forgotten");
	json_decref(reply);
	return CTL_OK;
}

int command_reset(struct ctl *ctl, int count, char **arguments)
{
	return count > 0 ? request_each(ctl, "Reset", "faults forgotten", count, arguments)
			 : reset_all(ctl);
}
