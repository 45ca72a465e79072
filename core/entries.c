/* SPDX-License-Identifier: MIT */
/* A checked configuration section in the form that plugins read (<corbel/config.h>). */
#include "entries.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void fill(struct corbel_config_entry *entry, const struct config_item *item)
{
	const struct config_value *value = &item->value;

	entry->key = item->key;
	entry->text = item->text ? item->text : "";
	entry->file = item->file;
	entry->line = item->line;
	switch (value->type) {
	case VALUE_BOOL:
		entry->integer = value->boolean;
		break;
	case VALUE_INT:
		entry->integer = value->integer;
		break;
	case VALUE_DURATION:
		entry->integer = value->duration;
		break;
	case VALUE_SIZE:
		entry->integer = value->size > INT64_MAX ? INT64_MAX : (int64_t)value->size;
		break;
	case VALUE_FLOAT:
		entry->number = value->real;
		break;
	case VALUE_STRING:
	case VALUE_PATH:
	case VALUE_CHOICE:
		entry->text = value->string;
		break;
	case VALUE_LIST:
		entry->items = (const char *const *)value->list.items;
		entry->item_count = value->list.count;
		break;
	}
}

int entries_new(struct config_table *table, bool is_owned, struct entries **out)
{
	struct entries *entries = calloc(1, sizeof(*entries));

	if (!entries) {
		if (is_owned)
			config_table_free(table);
		return -ENOMEM;
	}
	entries->table = table;
	entries->is_owned = is_owned;
	entries->count = table ? table->count : 0;
	entries->items = calloc(entries->count + 1, sizeof(*entries->items));
	if (!entries->items) {
		entries_free(entries);
		return -ENOMEM;
	}
	for (size_t i = 0; i < entries->count; i++)
		fill(&entries->items[i], &table->items[i]);
	*out = entries;
	return 0;
}

void entries_free(struct entries *entries)
{
	if (!entries)
		return;
	if (entries->is_owned)
		config_table_free(entries->table);
	free(entries->items);
	free(entries);
}

const struct corbel_config_entry *entries_find(const struct entries *entries, const char *key)
{
	for (size_t i = 0; entries && i < entries->count; i++)
		if (strcmp(entries->items[i].key, key) == 0)
			return &entries->items[i];
	return NULL;
}

const struct corbel_config_entry *entries_next(const struct entries *entries, const char *prefix,
					       const struct corbel_config_entry *after)
{
	size_t first = after && entries ? (size_t)(after - entries->items) + 1 : 0;

	for (size_t i = first; entries && i < entries->count; i++)
		if (strncmp(entries->items[i].key, prefix, strlen(prefix)) == 0)
			return &entries->items[i];
	return NULL;
}
