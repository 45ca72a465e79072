/* SPDX-License-Identifier: MIT */
/* corbelctl services: what is offered, and by whom. */
#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "fields.h"
#include "table.h"

static const struct table_column columns[] = {
	{ "INTERFACE", 0 },
	{ "VERSION", 0 },
	{ "PLUGIN", 0 },
	{ "RANK", SCOLS_FL_RIGHT },
	{ "USES", SCOLS_FL_RIGHT },
	{ "STATE", 0 },
	{ "PROPERTIES", SCOLS_FL_TRUNC },
	{ NULL, 0 },
};

static void add(struct libscols_table *table, const json_t *service)
{
	char rank[32], uses[32], *properties = NULL;
	size_t size;
	FILE *stream = open_memstream(&properties, &size);

	if (!stream)
		return;
	fields_print(stream, json_object_get(service, "properties"));
	fclose(stream);
	snprintf(rank, sizeof(rank), "%lld", (long long)json_number(service, "rank"));
	snprintf(uses, sizeof(uses), "%lld", (long long)json_number(service, "uses"));
	table_add(table, NULL,
		  (const char *[]){ json_text(service, "interface"), json_text(service, "version"),
				    json_text(service, "plugin"), rank, uses,
				    json_is_true(json_object_get(service, "dormant")) ? "dormant"
										      : "there",
				    properties ? properties : "" });
	free(properties);
}

int command_services(struct ctl *ctl, int count, char **arguments)
{
	json_t *reply, *service;
	size_t i;
	int result = client_call(&ctl->client, "ListServices", NULL, CLIENT_PATIENCE, &reply);

	(void)count;
	(void)arguments;
	if (result != CTL_OK)
		return result;
	if (ctl->json) {
		result = table_print_json(json_object_get(reply, "services"));
	} else {
		struct libscols_table *table = table_new(columns);

		json_array_foreach(json_object_get(reply, "services"), i, service)
			add(table, service);
		result = table_print(table);
	}
	json_decref(reply);
	return result;
}
