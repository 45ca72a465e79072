/* SPDX-License-Identifier: MIT */
/* corbelctl list: all plugins, a line each. */
#include "command.h"
#include "table.h"

static const struct table_column columns[] = {
	{ "NAME", 0 },
	{ "VERSION", 0 },
	{ "STATE", 0 },
	{ "FOR", SCOLS_FL_RIGHT },
	{ "ABOUT", SCOLS_FL_TRUNC },
	{ NULL, 0 },
};

static void add(struct libscols_table *table, const json_t *plugin)
{
	const char *state = json_text(plugin, "state"), *reason = json_text(plugin, "reason");
	char age[32];

	table_age(json_number(plugin, "since"), age, sizeof(age));
	struct libscols_line *line = table_add(
		table, NULL,
		(const char *[]){ json_text(plugin, "name"), json_text(plugin, "version"), state,
				  age, *reason ? reason : json_text(plugin, "summary") });

	table_color_state(table, line, 2, state);
}

int command_list(struct ctl *ctl, int count, char **arguments)
{
	json_t *reply, *plugin;
	size_t i;
	int result = client_call(&ctl->client, "ListPlugins", NULL, CLIENT_PATIENCE, &reply);

	(void)count;
	(void)arguments;
	if (result != CTL_OK)
		return result;
	if (ctl->json) {
		result = table_print_json(json_object_get(reply, "plugins"));
	} else {
		struct libscols_table *table = table_new(columns);

		json_array_foreach(json_object_get(reply, "plugins"), i, plugin) add(table, plugin);
		result = table_print(table);
	}
	json_decref(reply);
	return result;
}
