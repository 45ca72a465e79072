/* SPDX-License-Identifier: MIT */
/* The settings of this plugin. */
#include "settings.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

void settings_fini(struct settings *settings)
{
	free(settings->proc);
	free(settings->sys);
	*settings = (struct settings){ 0 };
}

static bool has_kind(const struct settings *settings, const struct source_kind *kind)
{
	for (size_t i = 0; i < settings->kind_count; i++)
		if (settings->kinds[i] == kind)
			return true;
	return false;
}

static void groups_read(struct settings *settings, struct corbel_context *context)
{
	const struct corbel_config_entry *groups = corbel_config_find(context, "groups");

	for (size_t i = 0; groups && i < groups->item_count; i++) {
		const struct source_kind *kind = source_kind_find(groups->items[i]);

		if (kind && !has_kind(settings, kind) &&
		    settings->kind_count < SETTINGS_SOURCES_MAX)
			settings->kinds[settings->kind_count++] = kind;
	}
}

/* A machine may be without sysfs, but what was set on purpose has to be there. */
static int folder_check(struct corbel_context *context, const char *key, const char *filesystem)
{
	const struct corbel_config_entry *entry = corbel_config_find(context, key);
	const char *path = corbel_config_text(context, key);
	struct stat status;

	if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
		return 0;
	if (entry && entry->file) {
		corbel_explain(
			context,
			"%s:%u: %s = %s is not a folder; set it to where %s is mounted, or leave "
			"it out for /%s",
			entry->file, entry->line, key, path, filesystem, key);
		return -ENOTDIR;
	}
	corbel_log(context, CORBEL_NOTICE,
		   "%s is not mounted on %s: the sensors in it are left out", filesystem, path);
	return 0;
}

int settings_read(struct settings *settings, struct corbel_context *context)
{
	int result = folder_check(context, "proc", "procfs");

	if (result == 0)
		result = folder_check(context, "sys", "sysfs");
	if (result < 0)
		return result;
	*settings = (struct settings){
		.interval = corbel_config_integer(context, "interval"),
		.loopback = corbel_config_integer(context, "loopback") != 0,
		.proc = strdup(corbel_config_text(context, "proc")),
		.sys = strdup(corbel_config_text(context, "sys")),
	};
	groups_read(settings, context);
	if (settings->proc && settings->sys)
		return 0;
	settings_fini(settings);
	corbel_explain(context, "no memory for the settings");
	return -ENOMEM;
}

bool settings_share_sources(const struct settings *a, const struct settings *b)
{
	if (a->loopback != b->loopback || strcmp(a->proc, b->proc) != 0 ||
	    strcmp(a->sys, b->sys) != 0 || a->kind_count != b->kind_count)
		return false;
	for (size_t i = 0; i < a->kind_count; i++)
		if (a->kinds[i] != b->kinds[i])
			return false;
	return true;
}
