/* SPDX-License-Identifier: MIT */
/* corbelctl reload-config: reads the configuration again and applies what changed. */
#include <stdio.h>

#include "command.h"
#include "table.h"

int command_reload_config(struct ctl *ctl, int count, char **arguments)
{
	json_t *reply;
	int result = client_call(&ctl->client, "ReloadConfig", NULL, 0, &reply);

	(void)count;
	(void)arguments;
	if (result != CTL_OK)
		return result;
	if (ctl->json)
		table_print_json(reply);
	else
		puts("configuration reloaded");
	json_decref(reply);
	return CTL_OK;
}
