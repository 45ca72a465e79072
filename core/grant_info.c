/* SPDX-License-Identifier: MIT */
/* What the outside is shown of grants: what a plugin may do, what it holds, what it was refused. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "instance.h"

static const char *const actions[GRANT_COUNT] = {
	[GRANT_PROVIDE] = "provide",     [GRANT_USE] = "use",         [GRANT_PUBLISH] = "publish",
	[GRANT_SUBSCRIBE] = "subscribe", [GRANT_CONTROL] = "control",
};

/* One thing that is declared, granted, held or was refused. */
struct row {
	enum grant grant;
	char *name;
	size_t held; /* by this very name */
	uint64_t refused;
};

struct rows {
	struct row *items;
	size_t count;
	bool is_short; /* of memory */
};

/* The row of that name, made at need; NULL: no memory. */
static struct row *row_at(struct rows *rows, enum grant grant, const char *name)
{
	struct row *grown;

	for (size_t i = 0; i < rows->count; i++)
		if (rows->items[i].grant == grant && strcmp(rows->items[i].name, name) == 0)
			return &rows->items[i];
	grown = realloc(rows->items, (rows->count + 1) * sizeof(*grown));
	if (grown)
		rows->items = grown;
	char *copy = grown ? strdup(name) : NULL;
	if (!copy) {
		rows->is_short = true;
		return NULL;
	}
	rows->items[rows->count] = (struct row){ .grant = grant, .name = copy };
	return &rows->items[rows->count++];
}

static void add_interfaces(struct rows *rows, enum grant grant,
			   const struct manifest_interfaces *list)
{
	for (size_t i = 0; i < list->count; i++)
		row_at(rows, grant, list->items[i].name);
}

static void add_names(struct rows *rows, enum grant grant, char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		row_at(rows, grant, names[i]);
}

static void add_held(void *data, enum grant grant, const char *name)
{
	struct row *row = row_at(data, grant, name);

	if (row)
		row->held++;
}

static void add_refused(struct rows *rows, struct grants *grants)
{
	struct refusal *refusal;

	pthread_mutex_lock(&grants->lock);
	LIST_FOREACH(refusal, &grants->refusals, entry)
	{
		struct row *row = row_at(rows, refusal->grant, refusal->name);

		if (row)
			row->refused = refusal->count;
	}
	pthread_mutex_unlock(&grants->lock);
}

static void collect(struct plugin *plugin, struct rows *rows)
{
	const struct settings_list *control = &plugin->settings->may_control;
	const struct manifest *manifest = plugin->verdict.manifest;

	add_interfaces(rows, GRANT_PROVIDE, &manifest->provides);
	add_interfaces(rows, GRANT_USE, &manifest->requires);
	add_interfaces(rows, GRANT_USE, &manifest->wants);
	add_names(rows, GRANT_PUBLISH, manifest->publishes.names, manifest->publishes.count);
	add_names(rows, GRANT_SUBSCRIBE, manifest->subscribes.names, manifest->subscribes.count);
	add_names(rows, GRANT_CONTROL, control->items, control->count);
	if (plugin->instance) {
		registry_held(plugin->host->registry, &plugin->instance->party, add_held, rows);
		bus_held(plugin->host->bus, &plugin->instance->party, add_held, rows);
	}
	add_refused(rows, &plugin->grants);
}

/* Of a pattern: all that it covers. */
static size_t count_held(const struct rows *rows, const struct row *of)
{
	size_t held = 0;

	for (size_t i = 0; i < rows->count; i++)
		if (rows->items[i].grant == of->grant &&
		    pattern_matches(of->name, rows->items[i].name))
			held += rows->items[i].held;
	return held;
}

static void show(struct plugin *plugin, const struct rows *rows, const struct row *row,
		 void (*visit)(void *data, const struct corbel_grant_info *info), void *data)
{
	struct corbel_error reason = { "" };
	struct corbel_grant_info info = {
		.size = sizeof(info),
		.plugin = plugin->name,
		.action = actions[row->grant],
		.name = row->name,
		.reason = reason.text,
		.held = count_held(rows, row),
		.refused = row->refused,
	};

	info.is_granted = grant_judge(plugin->settings, plugin->verdict.manifest, row->grant,
				      row->name, &reason) == 0;
	visit(data, &info);
}

static void rows_free(struct rows *rows)
{
	for (size_t i = 0; i < rows->count; i++)
		free(rows->items[i].name);
	free(rows->items);
}

static int show_all(struct plugin *plugin,
		    void (*visit)(void *data, const struct corbel_grant_info *info), void *data)
{
	struct rows rows = { 0 };

	if (!plugin->verdict.manifest)
		return 0;
	collect(plugin, &rows);
	for (size_t i = 0; i < rows.count; i++)
		show(plugin, &rows, &rows.items[i], visit, data);
	rows_free(&rows);
	return rows.is_short ? -ENOMEM : 0;
}

int corbel_host_grants(struct corbel_host *host, const char *name,
		       void (*visit)(void *data, const struct corbel_grant_info *info), void *data)
{
	int result = name && !host_find(host, name) ? -ENOENT : 0;

	for (size_t i = 0; i < host->plugin_count && result == 0; i++)
		if (!name || strcmp(host->plugins[i]->name, name) == 0)
			result = show_all(host->plugins[i], visit, data);
	return result;
}

/* What may be meant by a name: what the manifest says of it, or else all that it could. */
static bool is_meant(const struct manifest *manifest, enum grant grant, const char *thing)
{
	bool is_declared = false;

	if (!strchr(thing, '.') || grant == GRANT_CONTROL)
		return !strchr(thing, '.') && grant == GRANT_CONTROL;
	for (int other = GRANT_PROVIDE; other < GRANT_CONTROL; other++)
		is_declared |= grant_is_declared(manifest, (enum grant)other, thing);
	return is_declared ? grant_is_declared(manifest, grant, thing) : grant != GRANT_PROVIDE;
}

int corbel_host_why(struct corbel_host *host, const char *name, const char *thing,
		    void (*visit)(void *data, const struct corbel_grant_info *info), void *data)
{
	struct plugin *plugin = host_find(host, name);
	struct rows rows = { 0 };

	if (!plugin)
		return -ENOENT;
	if (!plugin->verdict.manifest)
		return -ENODATA;
	collect(plugin, &rows);
	for (int grant = 0; grant < GRANT_COUNT; grant++) {
		struct row *row = is_meant(plugin->verdict.manifest, (enum grant)grant, thing)
					  ? row_at(&rows, (enum grant)grant, thing)
					  : NULL;

		if (row)
			show(plugin, &rows, row, visit, data);
	}
	rows_free(&rows);
	return rows.is_short ? -ENOMEM : 0;
}
