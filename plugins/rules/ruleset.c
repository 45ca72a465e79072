/* SPDX-License-Identifier: MIT */
/* All rules of the configuration. */
#include "ruleset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void watch_fini(struct watch *watch)
{
	rule_fini(&watch->rule);
	for (size_t i = 0; i < watch->count; i++)
		free(watch->monitors[i].sensor);
	free(watch->monitors);
}

void ruleset_fini(struct ruleset *ruleset)
{
	for (size_t i = 0; i < ruleset->count; i++)
		watch_fini(&ruleset->watches[i]);
	free(ruleset->watches);
	*ruleset = (struct ruleset){ 0 };
}

/* Every key is a rule but these. */
static bool is_setting(const char *key)
{
	return strcmp(key, "history") == 0 || strcmp(key, "pending") == 0;
}

static const struct corbel_config_entry *next_rule(struct corbel_context *context,
						   const struct corbel_config_entry *entry)
{
	do
		entry = corbel_config_next(context, "", entry);
	while (entry && is_setting(entry->key));
	return entry;
}

static int read_rule(struct corbel_context *context, const struct corbel_config_entry *entry,
		     struct watch *watch)
{
	struct corbel_error error;
	int result = rule_parse(entry->key, entry->text, &watch->rule, &error);

	watch->begun = corbel_now(context);
	if (result < 0)
		corbel_explain(context,
			       "%s:%u: rule %s = %s: %s (a key that is neither history nor pending "
			       "is a rule, as in cpu = corbel.sensors.cpu.busy > 90 for 5s)",
			       entry->file, entry->line, entry->key, entry->text, error.text);
	return result;
}

int ruleset_read(struct ruleset *ruleset, struct corbel_context *context)
{
	const struct corbel_config_entry *entry = NULL;
	size_t count = 0;
	int result = 0;

	while ((entry = next_rule(context, entry)))
		count++;
	*ruleset = (struct ruleset){ .watches = calloc(count + 1, sizeof(*ruleset->watches)) };
	if (!ruleset->watches) {
		corbel_explain(context, "no memory for %zu rules", count);
		return -ENOMEM;
	}
	while (result == 0 && (entry = next_rule(context, entry)))
		result = read_rule(context, entry, &ruleset->watches[ruleset->count++]);
	if (result < 0)
		ruleset_fini(ruleset);
	return result;
}

void ruleset_inherit(struct ruleset *ruleset, struct ruleset *old)
{
	for (size_t i = 0; i < ruleset->count; i++) {
		struct watch *to = &ruleset->watches[i];
		struct watch *from = ruleset_find(old, to->rule.name);

		if (!from || !rule_equals(&from->rule, &to->rule))
			continue;

		/* Of what the rules are made of, `old` may have no more than its words. */
		struct watch fresh = *to, kept = *from;

		*to = kept;
		to->rule = fresh.rule;
		*from = fresh;
		from->rule = kept.rule;
	}
}

struct watch *ruleset_find(struct ruleset *ruleset, const char *name)
{
	for (size_t i = 0; i < ruleset->count; i++)
		if (strcmp(ruleset->watches[i].rule.name, name) == 0)
			return &ruleset->watches[i];
	return NULL;
}

/* A place for one more, or that of a sensor which has fallen silent when all are taken. */
static struct monitor *monitor_place(struct watch *watch)
{
	if (watch->count == RULESET_MONITORS_MAX) {
		for (size_t i = 0; i < watch->count; i++)
			if (watch->monitors[i].state == MONITOR_NO_DATA)
				return &watch->monitors[i];
		return NULL;
	}
	if (watch->count == watch->capacity) {
		size_t capacity = watch->capacity * 2 + 1;
		struct monitor *monitors =
			reallocarray(watch->monitors, capacity, sizeof(*monitors));

		if (!monitors)
			return NULL;
		watch->monitors = monitors;
		watch->capacity = capacity;
	}
	watch->monitors[watch->count] = (struct monitor){ 0 };
	return &watch->monitors[watch->count];
}

struct monitor *watch_monitor(struct watch *watch, const char *sensor)
{
	for (size_t i = 0; i < watch->count; i++)
		if (strcmp(watch->monitors[i].sensor, sensor) == 0)
			return &watch->monitors[i];

	char *name = strlen(sensor) <= RULESET_SENSOR_MAX ? strdup(sensor) : NULL;
	struct monitor *place = name ? monitor_place(watch) : NULL;

	if (!place) {
		free(name);
		return NULL;
	}
	watch->count += !place->sensor;
	free(place->sensor);
	*place = (struct monitor){ .sensor = name };
	return place;
}
