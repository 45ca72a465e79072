/* SPDX-License-Identifier: MIT */
/* corbelctl usage: what each plugin uses of the process. */
#include <stdio.h>

#include "command.h"
#include "table.h"

static const struct table_column columns[] = {
	{ "PLUGIN", 0 },
	{ "CPU", SCOLS_FL_RIGHT },
	{ "MEMORY", SCOLS_FL_RIGHT },
	{ "THREADS", SCOLS_FL_RIGHT },
	{ "FDS", SCOLS_FL_RIGHT },
	{ "HANGS", SCOLS_FL_RIGHT },
	{ NULL, 0 },
};

static void add(struct libscols_table *table, const json_t *plugin)
{
	char cpu[24], memory[24], threads[24], descriptors[24], hangs[24];

	snprintf(cpu, sizeof(cpu), "%.3f s", (double)json_number(plugin, "cpu_time") / 1e9);
	snprintf(threads, sizeof(threads), "%lld", (long long)json_number(plugin, "threads"));
	snprintf(descriptors, sizeof(descriptors), "%lld",
		 (long long)json_number(plugin, "descriptors"));
	snprintf(hangs, sizeof(hangs), "%lld", (long long)json_number(plugin, "hangs"));
	table_add(table, NULL,
		  (const char *[]){ json_text(plugin, "name"), cpu,
				    table_size(json_number(plugin, "memory"), memory), threads,
				    descriptors, hangs });
}

int command_usage(struct ctl *ctl, int count, char **arguments)
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
