/* SPDX-License-Identifier: MIT */
/* corbelctl why: whether a plugin may have something, and by which line. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "table.h"

static void print(const json_t *grant)
{
	const char *action = json_text(grant, "action");

	printf("%s may %s%s%s %s: %s\n", json_text(grant, "plugin"),
	       json_is_true(json_object_get(grant, "granted")) ? "" : "not ", action,
	       strcmp(action, "subscribe") == 0 ? " to" : "", json_text(grant, "name"),
	       json_text(grant, "reason"));
}

int command_why(struct ctl *ctl, int count, char **arguments)
{
	bool is_granted = true;
	json_t *reply, *grant;
	size_t i;
	int result =
		client_call(&ctl->client, "Why",
			    json_pack("{s:s, s:s}", "plugin", arguments[0], "thing", arguments[1]),
			    CLIENT_PATIENCE, &reply);

	(void)count;
	if (result != CTL_OK)
		return result;
	json_array_foreach(json_object_get(reply, "grants"), i, grant)
	{
		is_granted &= json_is_true(json_object_get(grant, "granted"));
		if (!ctl->json)
			print(grant);
	}
	if (ctl->json)
		table_print_json(json_object_get(reply, "grants"));
	json_decref(reply);
	return is_granted ? CTL_OK : CTL_FAILED;
}
