/* SPDX-License-Identifier: MIT */
/* What start, stop, restart and reset have in common. */
#include "request.h"

#include <stdio.h>

#include "table.h"

int request_each(struct ctl *ctl, const char *method, const char *done, int count, char **plugins)
{
	for (int i = 0; i < count; i++) {
		json_t *reply;
		/* The host bounds it: each step of a plugin has a deadline. */
		int result = client_call(&ctl->client, method,
					 json_pack("{s:s}", "name", plugins[i]), 0, &reply);

		if (result != CTL_OK)
			return result;
		json_decref(reply);
		if (!ctl->json)
			printf("%s: %s\n", plugins[i], done);
	}
	if (ctl->json) {
		json_t *list = json_array();

		for (int i = 0; i < count; i++)
			json_array_append_new(
				list, json_pack("{s:s, s:s}", "name", plugins[i], "done", done));
		table_print_json(list);
		json_decref(list);
	}
	return CTL_OK;
}
