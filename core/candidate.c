/* SPDX-License-Identifier: MIT */
/* From a [plugin] section to a file, its verdict and its entries. */
#include "candidate.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host_context.h"
#include "sandbox.h"
#include "trust.h"

static int join(char *path, size_t size, const char *folder, const char *name,
		struct corbel_error *error)
{
	char here[PATH_MAX];

	if (*folder == '/')
		here[0] = '\0';
	else if (!getcwd(here, sizeof(here)))
		return error_set(error, -errno, "%s: cannot tell the current folder: %s", name,
				 strerror(errno));
	if (snprintf(path, size, "%s%s%s/%s", here, *here ? "/" : "", folder, name) >= (int)size)
		return error_set(error, -ENAMETOOLONG, "%s/%s: the path is too long", folder, name);
	return 0;
}

/* The absolute path of its file: as configured, or looked up in plugin-path. */
static int find_file(const struct settings *host, const struct plugin_settings *plugin, char *path,
		     size_t size, struct corbel_error *error)
{
	const struct settings_list *folders = &host->plugin_path;
	const char *given = plugin->path;
	char name[NAME_MAX + 1], tried[512] = "";

	if (given && *given == '/' && snprintf(path, size, "%s", given) >= (int)size)
		return error_set(error, -ENAMETOOLONG,
				 "plugin %s: its path has more than %zu bytes (give a shorter one)",
				 plugin->name, size - 1);
	if (given && *given == '/')
		return 0;
	if (given && trust_leads_up(given, strlen(given)))
		return error_set(error, -EINVAL,
				 "plugin %s: its path %s leads out of plugin-path (give the whole "
				 "path, or one without \"..\")",
				 plugin->name, given);
	if (snprintf(name, sizeof(name), given ? "%s" : "%s.so", given ? given : plugin->name) >=
	    (int)sizeof(name))
		return error_set(error, -ENAMETOOLONG, "plugin %s: its name is too long",
				 plugin->name);
	for (size_t i = 0; i < folders->count; i++) {
		size_t used = strlen(tried);

		if (join(path, size, folders->items[i], name, error) < 0)
			return -ENAMETOOLONG;
		if (access(path, F_OK) == 0)
			return 0;
		snprintf(tried + used, sizeof(tried) - used, "%s%s", used ? ", " : "",
			 folders->items[i]);
	}
	return error_set(
		error, -ENOENT,
		"plugin %s: there is no %s in plugin-path (%s): install it, add its folder to "
		"plugin-path in [corbel], or give path = /its/file.so in [plugin %s]",
		plugin->name, name, *tried ? tried : "which is empty", plugin->name);
}

static int judge_settings(struct candidate *candidate, const struct plugin_settings *settings,
			  struct complaints *complaints)
{
	struct config_table *table = NULL;
	int result = settings_plugin_table(settings, candidate->verdict.manifest->schema, &table,
					   complaints);

	return result < 0 ? result : entries_new(table, true, &candidate->entries);
}

static int judge_name(const struct verdict *verdict, const struct plugin_settings *settings,
		      struct corbel_error *error)
{
	const struct manifest *manifest = verdict->manifest;

	if (settings->path || strcmp(manifest->name, settings->name) == 0)
		return 0;
	return error_set(error, -EINVAL,
			 "%s: its manifest calls it %s, not %s: rename the file, or say path = "
			 "in [plugin %s]",
			 verdict->path, manifest->name, settings->name, settings->name);
}

struct judge_terms candidate_terms(const struct corbel_host *host,
				   const struct plugin_settings *settings)
{
	const struct vouch_demand demand = {
		.plugin = settings->name,
		.sha256 = settings->sha256,
		.is_signature_required = settings->require_signature,
		.public_key = settings->public_key,
		.vouch = host->vouch,
		.data = host->data,
	};

	return (struct judge_terms){
		.is_relaxed = host->flags & CORBEL_HOST_DEVELOP && !vouch_is_demanded(&demand),
		.demand = demand,
	};
}

int candidate_judge(const struct corbel_host *host, const struct settings *settings,
		    const struct plugin_settings *plugin, const struct plugin_previous *previous,
		    struct candidate *candidate, struct complaints *complaints)
{
	struct judge_terms terms = candidate_terms(host, plugin);
	struct corbel_error error = { "" };
	char path[PATH_MAX];
	int result = previous ? 0 : find_file(settings, plugin, path, sizeof(path), &error);

	memset(candidate, 0, sizeof(*candidate));
	terms.demand.signature = previous ? previous->signature : NULL;
	if (result == 0)
		result = judge_file(previous ? previous->path : path, &terms, &candidate->verdict,
				    &error);
	if (result < 0)
		return complaints_add_error(complaints, result, &error);
	result = judge_name(&candidate->verdict, plugin, &error);
	if (result == 0)
		result = sandbox_judge(plugin, candidate->verdict.manifest, &error);
	if (result < 0)
		complaints_add_error(complaints, result, &error);
	else
		result = judge_settings(candidate, plugin, complaints);
	if (result < 0)
		candidate_fini(candidate);
	return result;
}

void candidate_fini(struct candidate *candidate)
{
	verdict_fini(&candidate->verdict);
	entries_free(candidate->entries);
	memset(candidate, 0, sizeof(*candidate));
}
