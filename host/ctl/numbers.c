/* SPDX-License-Identifier: MIT */
/* Tables of which most columns are numbers, straight from a reply. */
#include "numbers.h"

#include <stdio.h>

#include "table.h"

static void add(struct libscols_table *table, const json_t *item,
		const struct numbers_column *columns)
{
	char texts[NUMBERS_COLUMNS][32];
	const char *cells[NUMBERS_COLUMNS] = { NULL };

	for (size_t i = 0; columns[i].title; i++) {
		const json_t *value = json_object_get(item, columns[i].member);

		cells[i] = texts[i];
		if (json_is_string(value))
			cells[i] = json_string_value(value);
		else if (json_is_boolean(value))
			cells[i] = json_is_true(value) ? "yes" : "no";
		else
			snprintf(texts[i], sizeof(texts[i]), "%lld",
				 (long long)json_integer_value(value));
	}
	table_add(table, NULL, cells);
}

static int print(const json_t *list, const struct numbers_column *columns)
{
	struct table_column titles[NUMBERS_COLUMNS + 1] = { { NULL, 0 } };
	json_t *item;
	size_t i;

	for (i = 0; columns[i].title; i++)
		titles[i] = (struct table_column){ columns[i].title, i ? SCOLS_FL_RIGHT : 0 };
	struct libscols_table *table = table_new(titles);

	json_array_foreach((json_t *)list, i, item) add(table, item, columns);
	return table_print(table);
}

int numbers_print(struct ctl *ctl, const char *method, const char *list,
		  const struct numbers_column *columns)
{
	json_t *reply;
	int result = client_call(&ctl->client, method, NULL, CLIENT_PATIENCE, &reply);

	if (result != CTL_OK)
		return result;
	const json_t *items = json_object_get(reply, list);

	result = ctl->json ? table_print_json(items) : print(items, columns);
	json_decref(reply);
	return result;
}
