/* SPDX-License-Identifier: MIT */
/* Values of a checked section, without asking whether they are there. */
#include "settings_lookup.h"

#include <string.h>

static const char *const level_words[] = { "error", "warning", "notice", "info", "debug", NULL };
const char *const settings_fault_words[] = { "strict", "contain", "re-exec", NULL };

const char *text_of(const struct config_table *table, const char *key)
{
	const char *text = NULL;

	config_get_string(table, key, &text);
	return text;
}

int64_t duration_of(const struct config_table *table, const char *key, int64_t fallback)
{
	config_get_duration(table, key, &fallback);
	return fallback;
}

int64_t number_of(const struct config_table *table, const char *key)
{
	int64_t number = 0;

	config_get_int(table, key, &number);
	return number;
}

int64_t size_of(const struct config_table *table, const char *key)
{
	uint64_t size = 0;

	config_get_size(table, key, &size);
	return size > INT64_MAX ? INT64_MAX : (int64_t)size;
}

bool answer_of(const struct config_table *table, const char *key)
{
	bool answer = false;

	config_get_bool(table, key, &answer);
	return answer;
}

struct settings_list list_of(const struct config_table *table, const char *key)
{
	struct settings_list list = { NULL, 0 };

	config_get_list(table, key, &list.items, &list.count);
	return list;
}

int choice_of(const struct config_table *table, const char *key, const char *const *words,
	      int fallback)
{
	const char *text = text_of(table, key);

	for (int i = 0; text && words[i]; i++)
		if (strcmp(words[i], text) == 0)
			return i;
	return fallback;
}

enum settings_level level_of(const struct config_table *table, const char *key,
			     enum settings_level fallback)
{
	int index = choice_of(table, key, level_words, -1);

	return index < 0 ? fallback : (enum settings_level)(SETTINGS_LEVEL_ERROR + index);
}
