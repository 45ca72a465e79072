/* SPDX-License-Identifier: MIT */
/* corbelctl level: sets what is logged, of one plugin or of all. */
#include <stdio.h>

#include "command.h"
#include "table.h"

int command_level(struct ctl *ctl, int count, char **arguments)
{
	const char *plugin = count > 1 ? arguments[0] : NULL;
	json_t *parameters = json_pack("{s:s}", "level", arguments[count - 1]), *reply;

	if (plugin)
		json_object_set_new(parameters, "plugin", json_string(plugin));
	int result = client_call(&ctl->client, "SetLogLevel", parameters, CLIENT_PATIENCE, &reply);

	if (result != CTL_OK)
		return result;
	if (ctl->json)
		table_print_json(reply);
	else
		printf("%s: logs %s and above\n", plugin ? plugin : "all", arguments[count - 1]);
	json_decref(reply);
	return CTL_OK;
}
