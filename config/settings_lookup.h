/* SPDX-License-Identifier: MIT */
/*
 * Values of a checked section, without asking whether they are there: a key that has none gives
 * zero, or the fallback. What is borrowed belongs to the table, which may be NULL.
 */
#ifndef CORBEL_CONFIG_SETTINGS_LOOKUP_H
#define CORBEL_CONFIG_SETTINGS_LOOKUP_H

#include "settings.h"
#include "table.h"

/* By enum settings_fault. */
extern const char *const settings_fault_words[];

const char *text_of(const struct config_table *table, const char *key);
int64_t duration_of(const struct config_table *table, const char *key, int64_t fallback);
int64_t number_of(const struct config_table *table, const char *key);
int64_t size_of(const struct config_table *table, const char *key);
bool answer_of(const struct config_table *table, const char *key);
struct settings_list list_of(const struct config_table *table, const char *key);
/* Which of words the choice is; fallback if it is not set. */
int choice_of(const struct config_table *table, const char *key, const char *const *words,
	      int fallback);
enum settings_level level_of(const struct config_table *table, const char *key,
			     enum settings_level fallback);

#endif
