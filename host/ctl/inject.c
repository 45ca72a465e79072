/* SPDX-License-Identifier: MIT */
/* corbelctl inject: plays a fault of a plugin, or lists those that there are. */
#include <stdio.h>

#include "command.h"
#include "table.h"

static const struct table_column columns[] = { { "FAULT", 0 },
					       { "A PLUGIN THAT", 0 },
					       { NULL, 0 } };

static int list(struct ctl *ctl)
{
	json_t *reply, *fault;
	size_t i;
	int result = client_call(&ctl->client, "ListFaults", NULL, CLIENT_PATIENCE, &reply);

	if (result != CTL_OK)
		return result;
	if (ctl->json) {
		result = table_print_json(json_object_get(reply, "faults"));
	} else {
		struct libscols_table *table = table_new(columns);

		json_array_foreach(json_object_get(reply, "faults"), i, fault) table_add(
			table, NULL,
			(const char *[]){ json_text(fault, "name"), json_text(fault, "summary") });
		result = table_print(table);
	}
	json_decref(reply);
	return result;
}

int command_inject(struct ctl *ctl, int count, char **arguments)
{
	json_t *parameters, *reply;
	int result;

	if (ctl->given & CTL_OPTION_LIST && count == 0)
		return list(ctl);
	if (count != 2 || ctl->given & CTL_OPTION_LIST) {
		fputs("corbelctl: inject needs a plugin and a fault, or --list\n", stderr);
		return CTL_USAGE;
	}
	parameters = json_pack("{s:s, s:s, s:s*}", "plugin", arguments[0], "fault", arguments[1],
			       "at", ctl->place);
	result = client_call(&ctl->client, "Inject", parameters, CLIENT_PATIENCE, &reply);
	if (result == CTL_OK)
		json_decref(reply);
	return result;
}
