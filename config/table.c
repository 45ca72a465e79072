/* SPDX-License-Identifier: MIT */
/* A section's entries as typed values, with defaults, to look up and to compare. */
#include "table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "schema.h"

static void item_fini(struct config_item *item)
{
	free(item->key);
	free(item->text);
	free(item->file);
	value_fini(&item->value);
}

void config_table_free(struct config_table *table)
{
	if (!table)
		return;
	for (size_t i = 0; i < table->count; i++)
		item_fini(&table->items[i]);
	free(table->items);
	free(table);
}

static int compare_items(const void *left, const void *right)
{
	const struct config_item *a = left, *b = right;

	return strcmp(a->key, b->key);
}

/* Completes the item, whose value is set; on failure it is left to config_table_free(). */
static int name_item(struct config_item *item, const char *key, char *text)
{
	item->key = strdup(key);
	item->text = text;
	return item->key && item->text ? 0 : -ENOMEM;
}

/* An entry is good by now, so what can fail is memory only. */
static int add_entry(struct config_table *table, const struct schema *schema,
		     const struct ini_entry *entry)
{
	struct config_item *item = &table->items[table->count];
	int code = schema_read_value(schema_find(schema, entry->key), entry, &item->value, NULL);

	if (code < 0)
		return code;
	table->count++;
	item->file = strdup(entry->origin.file);
	item->line = ini_origin_is_file(&entry->origin) ? entry->origin.line : 0;
	return item->file ? name_item(item, entry->key, strdup(entry->value)) : -ENOMEM;
}

static int add_default(struct config_table *table, const struct schema_key *key)
{
	struct config_item *item = &table->items[table->count];
	int code = value_copy(&key->default_value, &item->value);

	if (code < 0)
		return code;
	table->count++;
	return name_item(item, key->name, value_format(&item->value));
}

static int fill(struct config_table *table, const struct schema *schema,
		const struct ini_section *section)
{
	int code = 0;

	for (size_t i = 0; code == 0 && section && i < section->count; i++)
		code = add_entry(table, schema, &section->entries[i]);
	for (size_t i = 0; code == 0 && schema && i < schema->count; i++)
		if (schema->keys[i].has_default && !ini_find_entry(section, schema->keys[i].name))
			code = add_default(table, &schema->keys[i]);
	if (code == 0 && table->count)
		qsort(table->items, table->count, sizeof(*table->items), compare_items);
	return code;
}

int config_table_new(const struct schema *schema, const struct ini_section *section,
		     struct config_table **table, struct complaints *complaints)
{
	int code = schema_check(schema, section, complaints);
	size_t most = (section ? section->count : 0) + (schema ? schema->count : 0);

	if (code < 0)
		return code;
	struct config_table *made = calloc(1, sizeof(*made));
	if (made)
		made->items = calloc(most + 1, sizeof(*made->items));
	code = made && made->items ? fill(made, schema, section) : -ENOMEM;
	if (code < 0) {
		config_table_free(made);
		return complaints_add(complaints, code, "out of memory");
	}
	*table = made;
	return 0;
}

const struct config_item *config_table_item(const struct config_table *table, const char *key)
{
	struct config_item wanted = { .key = (char *)key };

	if (!table || table->count == 0)
		return NULL;
	return bsearch(&wanted, table->items, table->count, sizeof(*table->items), compare_items);
}

const struct config_value *config_table_find(const struct config_table *table, const char *key)
{
	const struct config_item *item = config_table_item(table, key);

	return item ? &item->value : NULL;
}

const struct config_item *config_table_next(const struct config_table *table, const char *prefix,
					    size_t *cursor)
{
	while (table && *cursor < table->count) {
		const struct config_item *item = &table->items[(*cursor)++];
		if (strncmp(item->key, prefix, strlen(prefix)) == 0)
			return item;
	}
	return NULL;
}

bool config_table_equals(const struct config_table *a, const struct config_table *b)
{
	size_t count = a ? a->count : 0;

	if (count != (b ? b->count : 0))
		return false;
	for (size_t i = 0; i < count; i++)
		if (strcmp(a->items[i].key, b->items[i].key) != 0 ||
		    !value_equals(&a->items[i].value, &b->items[i].value))
			return false;
	return true;
}

/* The value if it is of this type. */
static int get(const struct config_table *table, const char *key, enum value_type type,
	       const struct config_value **value)
{
	*value = config_table_find(table, key);
	if (!*value)
		return -ENOENT;
	return (*value)->type == type ? 0 : -EINVAL;
}

int config_get_bool(const struct config_table *table, const char *key, bool *result)
{
	const struct config_value *value;
	int code = get(table, key, VALUE_BOOL, &value);

	if (code == 0)
		*result = value->boolean;
	return code;
}

int config_get_int(const struct config_table *table, const char *key, int64_t *result)
{
	const struct config_value *value;
	int code = get(table, key, VALUE_INT, &value);

	if (code == 0)
		*result = value->integer;
	return code;
}

int config_get_float(const struct config_table *table, const char *key, double *result)
{
	const struct config_value *value;
	int code = get(table, key, VALUE_FLOAT, &value);

	if (code == 0)
		*result = value->real;
	return code;
}

int config_get_string(const struct config_table *table, const char *key, const char **result)
{
	const struct config_value *value = config_table_find(table, key);

	if (!value)
		return -ENOENT;
	if (value->type != VALUE_STRING && value->type != VALUE_PATH && value->type != VALUE_CHOICE)
		return -EINVAL;
	*result = value->string;
	return 0;
}

int config_get_duration(const struct config_table *table, const char *key, int64_t *result)
{
	const struct config_value *value;
	int code = get(table, key, VALUE_DURATION, &value);

	if (code == 0)
		*result = value->duration;
	return code;
}

int config_get_size(const struct config_table *table, const char *key, uint64_t *result)
{
	const struct config_value *value;
	int code = get(table, key, VALUE_SIZE, &value);

	if (code == 0)
		*result = value->size;
	return code;
}

int config_get_list(const struct config_table *table, const char *key, char *const **items,
		    size_t *count)
{
	const struct config_value *value;
	int code = get(table, key, VALUE_LIST, &value);

	if (code == 0) {
		*items = value->list.items;
		*count = value->list.count;
	}
	return code;
}
