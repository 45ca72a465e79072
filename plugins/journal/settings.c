/* SPDX-License-Identifier: MIT */
/* The settings of this plugin. */
#include "settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void settings_fini(struct settings *settings)
{
	for (size_t i = 0; i < settings->pattern_count; i++)
		free(settings->patterns[i]);
	free(settings->patterns);
	free(settings->path);
	*settings = (struct settings){ 0 };
}

bool pattern_covers(const char *wide, const char *narrow)
{
	size_t length = strlen(wide);

	if (strcmp(wide, narrow) == 0)
		return true;
	return length > 0 && wide[length - 1] == '*' && strncmp(wide, narrow, length - 1) == 0 &&
	       narrow[length - 1] != '\0';
}

/* One of two equal patterns covers the other: the first one does. */
static bool is_covered(const struct corbel_config_entry *patterns, size_t index)
{
	for (size_t i = 0; i < patterns->item_count; i++) {
		if (i == index || !pattern_covers(patterns->items[i], patterns->items[index]))
			continue;
		if (i < index || !pattern_covers(patterns->items[index], patterns->items[i]))
			return true;
	}
	return false;
}

/* Through two patterns that overlap every event would come twice. */
static int patterns_read(struct settings *settings, struct corbel_context *context)
{
	const struct corbel_config_entry *patterns = corbel_config_find(context, "patterns");
	size_t count = patterns ? patterns->item_count : 0;

	settings->patterns = calloc(count + 1, sizeof(*settings->patterns));
	if (!settings->patterns)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		if (is_covered(patterns, i))
			continue;

		char *pattern = strdup(patterns->items[i]);

		if (!pattern)
			return -ENOMEM;
		settings->patterns[settings->pattern_count++] = pattern;
	}
	return 0;
}

/* A relative path is one in the state folder. */
static int file_path_read(struct settings *settings, struct corbel_context *context)
{
	const struct corbel_config_entry *file = corbel_config_find(context, "file");
	const char *path = file ? file->text : "events.log", *folder;

	if (*path == '/') {
		settings->path = strdup(path);
		return settings->path ? 0 : -ENOMEM;
	}

	int result = corbel_state_folder(context, &folder);

	if (result < 0) {
		corbel_explain(context,
			       "there is no state folder for %s: %s (set file to an absolute "
			       "path, or state-dir in [corbel])",
			       path, strerrordesc_np(-result));
		return result;
	}
	if (asprintf(&settings->path, "%s/%s", folder, path) < 0)
		settings->path = NULL;
	return settings->path ? 0 : -ENOMEM;
}

static int target_read(struct settings *settings, struct corbel_context *context)
{
	const char *target = corbel_config_text(context, "target");
	const char *format = corbel_config_text(context, "format");

	settings->format = strcmp(format, "json") == 0    ? LINE_JSON
			   : strcmp(format, "short") == 0 ? LINE_SHORT
							  : LINE_TEXT;
	if (strcmp(target, "file") == 0) {
		settings->target = TARGET_FILE;
		return file_path_read(settings, context);
	}
	if (strcmp(target, "journald") == 0) {
		settings->target = TARGET_JOURNALD;
		settings->path = strdup(corbel_config_text(context, "socket"));
	} else {
		settings->target = TARGET_STDERR;
		settings->path = strdup("");
	}
	return settings->path ? 0 : -ENOMEM;
}

int settings_read(struct settings *settings, struct corbel_context *context)
{
	*settings = (struct settings){
		.limits = { .size = (uint64_t)corbel_config_integer(context, "max-size"),
			    .keep = (unsigned int)corbel_config_integer(context, "keep") },
		.queue = (uint32_t)corbel_config_integer(context, "queue"),
	};

	int result = target_read(settings, context);

	if (result == 0)
		result = patterns_read(settings, context);
	if (result == -ENOMEM)
		corbel_explain(context, "no memory for the settings");
	if (result < 0)
		settings_fini(settings);
	return result;
}

bool settings_share_target(const struct settings *a, const struct settings *b)
{
	return a->target == b->target && strcmp(a->path, b->path) == 0 &&
	       a->limits.size == b->limits.size && a->limits.keep == b->limits.keep;
}

bool settings_share_patterns(const struct settings *a, const struct settings *b)
{
	if (a->queue != b->queue || a->pattern_count != b->pattern_count)
		return false;
	for (size_t i = 0; i < a->pattern_count; i++)
		if (strcmp(a->patterns[i], b->patterns[i]) != 0)
			return false;
	return true;
}
