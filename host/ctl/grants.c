/* SPDX-License-Identifier: MIT */
/* corbelctl grants: what plugins may do, hold, and were refused. */
#include <stdio.h>

#include "command.h"
#include "table.h"

static const struct table_column columns[] = {
	{ "PLUGIN", 0 },
	{ "ACTION", 0 },
	{ "NAME", 0 },
	{ "STATE", 0 },
	{ "HELD", SCOLS_FL_RIGHT },
	{ "REFUSED", SCOLS_FL_RIGHT },
	{ "BY", SCOLS_FL_TRUNC },
	{ NULL, 0 },
};

static const char *state_of(const json_t *grant)
{
	if (!json_is_true(json_object_get(grant, "granted")))
		return "refused";
	return json_number(grant, "held") ? "used" : "unused";
}

static void add(struct libscols_table *table, const json_t *grant)
{
	char held[32], refused[32];

	snprintf(held, sizeof(held), "%lld", (long long)json_number(grant, "held"));
	snprintf(refused, sizeof(refused), "%lld", (long long)json_number(grant, "refused"));
	table_add(table, NULL,
		  (const char *[]){ json_text(grant, "plugin"), json_text(grant, "action"),
				    json_text(grant, "name"), state_of(grant), held, refused,
				    json_text(grant, "reason") });
}

int command_grants(struct ctl *ctl, int count, char **arguments)
{
	json_t *reply, *grant;
	size_t i;
	int result = client_call(&ctl->client, "Grants",
				 count ? json_pack("{s:s}", "plugin", arguments[0]) : NULL,
				 CLIENT_PATIENCE, &reply);

	if (result != CTL_OK)
		return result;
	if (ctl->json) {
		result = table_print_json(json_object_get(reply, "grants"));
	} else {
		struct libscols_table *table = table_new(columns);

		json_array_foreach(json_object_get(reply, "grants"), i, grant) add(table, grant);
		result = table_print(table);
	}
	json_decref(reply);
	return result;
}
