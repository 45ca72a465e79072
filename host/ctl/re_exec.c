/* SPDX-License-Identifier: MIT */
/* corbelctl re-exec: the daemon begins anew in place. */
#include <stdio.h>

#include "command.h"
#include "table.h"

int command_re_exec(struct ctl *ctl, int count, char **arguments)
{
	json_t *reply;
	int result = client_call(&ctl->client, "ReExec", NULL, 0, &reply);

	(void)count;
	(void)arguments;
	if (result != CTL_OK)
		return result;
	if (ctl->json)
		table_print_json(reply);
	else
		puts("the daemon begins anew");
	json_decref(reply);
	return CTL_OK;
}
