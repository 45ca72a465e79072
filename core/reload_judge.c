/* SPDX-License-Identifier: MIT */
/* Whether the files of a transaction are fit to replace what runs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lifecycle.h"
#include "reload_parts.h"

static int unfit(const struct member *member, int result, const struct corbel_error *error)
{
	return reload_fail(member->reload, member, CORBEL_RELOAD_UNFIT, result, error->text);
}

/* Every complaint on a line. */
static int tell_all(const struct member *member, const struct complaints *complaints, int result)
{
	char words[RELOAD_WORDS_MAX];
	size_t used = 0;

	for (size_t i = 0; i < complaints->count && used < sizeof(words); i++)
		used += (size_t)snprintf(words + used, sizeof(words) - used, "%s%s", i ? "\n" : "",
					 complaints->texts[i]);
	return reload_fail(member->reload, member, CORBEL_RELOAD_UNFIT, result, words);
}

/* The manifest of a plugin as it will be: members have a new one. */
static const struct manifest *manifest_to_be(const struct reload *reload,
					     const struct plugin *plugin)
{
	for (size_t i = 0; i < reload->count; i++)
		if (reload->members[i].plugin == plugin)
			return reload->members[i].candidate.verdict.manifest;
	return plugin->verdict.manifest;
}

static bool will_offer(const struct reload *reload, const struct plugin *plugin,
		       const struct manifest_interface *wanted)
{
	const struct manifest_interface *offered =
		manifest_interface_find(&manifest_to_be(reload, plugin)->provides, wanted->name);

	return offered && version_satisfies(offered->version, wanted->version);
}

/* Who runs must find what it requires: with one of the members, or with somebody else. */
static bool will_be_met(const struct reload *reload, const struct plugin *user,
			const struct manifest_interface *wanted)
{
	for (size_t i = 0; i < reload->count; i++)
		if (reload->members[i].plugin != user &&
		    will_offer(reload, reload->members[i].plugin, wanted))
			return true;
	for (size_t i = 0; i < user->host->plugin_count; i++) {
		const struct plugin *other = user->host->plugins[i];

		if (other != user && !other->reload && plugin_provides(other, wanted) &&
		    lifecycle_stays(other))
			return true;
	}
	return false;
}

/* Whether following the requirements from one leads to the other. */
static bool leads_to(const struct reload *reload, const struct plugin *from,
		     const struct plugin *to)
{
	const struct manifest *manifest = manifest_to_be(reload, from);

	for (size_t i = 0; manifest && i < manifest->requires.count; i++) {
		for (size_t j = 0; j < from->host->plugin_count; j++) {
			struct plugin *next = from->host->plugins[j];

			if (next == from || next->mark || !manifest_to_be(reload, next) ||
			    !will_offer(reload, next, &manifest->requires.items[i]))
				continue;
			next->mark = true;
			if (next == to || leads_to(reload, next, to))
				return true;
		}
	}
	return false;
}

static int circle_check(const struct member *member)
{
	const struct corbel_host *host = member->plugin->host;
	struct corbel_error error;

	for (size_t i = 0; i < host->plugin_count; i++)
		host->plugins[i]->mark = false;
	if (!leads_to(member->reload, member->plugin, member->plugin))
		return 0;
	error_set(&error, 0,
		  "%s %s requires something that requires %s: such a circle could never start "
		  "(let one of them want it instead)",
		  member->plugin->name, member->candidate.verdict.manifest->version,
		  member->plugin->name);
	return unfit(member, -ELOOP, &error);
}

static int requirements_check(const struct member *member)
{
	const struct manifest *manifest = member->candidate.verdict.manifest;
	struct corbel_error error;

	for (size_t i = 0; i < manifest->requires.count; i++) {
		const struct manifest_interface *wanted = &manifest->requires.items[i];

		if (!will_be_met(member->reload, member->plugin, wanted))
			return unfit(
				member, -ENOENT,
				(error_set(&error, 0,
					   "%s %s requires %s %u.%u, which no running plugin "
					   "offers (start one that does, or reload both in "
					   "one go)",
					   member->plugin->name, manifest->version, wanted->name,
					   wanted->version.major, wanted->version.minor),
				 &error));
	}
	return 0;
}

/* One that runs, stays as it is, and requires what the old version offers. */
static int user_check(const struct member *member, const struct plugin *user)
{
	const struct manifest *manifest = user->verdict.manifest;
	struct corbel_error error;

	for (size_t i = 0; i < manifest->requires.count; i++) {
		const struct manifest_interface *wanted = &manifest->requires.items[i];

		if (!plugin_provides(member->plugin, wanted) ||
		    will_be_met(member->reload, user, wanted))
			continue;
		error_set(&error, 0,
			  "%s %s no longer offers %s %u.%u, which %s requires and which runs (stop "
			  "%s first, or reload both in one go)",
			  member->plugin->name, member->candidate.verdict.manifest->version,
			  wanted->name, wanted->version.major, wanted->version.minor, user->name,
			  user->name);
		return unfit(member, -EBUSY, &error);
	}
	return 0;
}

static int users_check(const struct member *member)
{
	const struct corbel_host *host = member->plugin->host;
	int result = 0;

	for (size_t i = 0; i < host->plugin_count && result == 0; i++)
		if (plugin_is_up(host->plugins[i]) && !host->plugins[i]->reload)
			result = user_check(member, host->plugins[i]);
	return result;
}

/* The highest format that the old version writes and the new one reads. */
static int format_find(struct member *member)
{
	const struct manifest *old = instance_manifest(member->old);
	const struct manifest *new = member->candidate.verdict.manifest;
	unsigned int format =
		old->state_version < new->state_version ? old->state_version : new->state_version;
	char words[512];

	if (old->state_version == 0)
		return 0;
	if (format > 0 && format >= old->state_oldest && format >= new->state_oldest) {
		member->format = format;
		return 0;
	}
	snprintf(words, sizeof(words),
		 "no format of its state is known to both: %s knows %u to %u, %s knows %u to "
		 "%u%s (add a converter, state = V reads R in its .plugin file, or restart it and "
		 "lose the state)",
		 old->version, old->state_oldest, old->state_version, new->version,
		 new->state_oldest, new->state_version,
		 new->state_version == 0 ? ", that is none" : "");
	return reload_fail(member->reload, member, CORBEL_RELOAD_NO_CONVERTER, -EPROTO, words);
}

/* Another name is another plugin, whatever the file is called. */
static int name_check(const struct member *member)
{
	const char *old = instance_manifest(member->old)->name;
	const char *new = member->candidate.verdict.manifest->name;
	struct corbel_error error;

	if (strcmp(old, new) == 0)
		return 0;
	error_set(&error, 0, "%s: its manifest calls it %s, what runs is %s (restart %s to run it)",
		  member->candidate.verdict.path, new, old, member->plugin->name);
	return unfit(member, -EINVAL, &error);
}

static int file_judge(struct member *member)
{
	const struct plugin *plugin = member->plugin;
	struct complaints complaints = { 0 };
	const struct plugin_previous *previous = NULL;

	if (member->reload->options.flags & CORBEL_RELOAD_PREVIOUS) {
		previous = &plugin->previous;
		if (!previous->path)
			return reload_fail(member->reload, member, CORBEL_RELOAD_UNFIT, -ENOENT,
					   "there is no image to go back to: none was replaced "
					   "since it started, or that one was loaded in place "
					   "(put the old file back and reload)");
	}
	int result = candidate_judge(plugin->host, plugin->host->settings, plugin->settings,
				     previous, &member->candidate, &complaints);

	/* Half a file is no reason to refuse the whole one. */
	if (result < 0 && private_copy_is_written(previous ? previous->path : plugin->verdict.path))
		result = -ESTALE;
	if (result < 0)
		tell_all(member, &complaints, result);
	complaints_fini(&complaints);
	return result;
}

static int difference_check(const struct member *member)
{
	const struct corbel_reload_options *options = &member->reload->options;

	if (options->flags & (CORBEL_RELOAD_ANYWAY | CORBEL_RELOAD_PREVIOUS) || options->fault)
		return 0;

	if (private_copy_differs(member->old->image->verdict, &member->candidate.verdict))
		return 0;
	return reload_fail(member->reload, member, CORBEL_RELOAD_UNCHANGED, -EALREADY,
			   "the file is the one that runs (restart it to begin anew, or reload it "
			   "anyway)");
}

/* A reload to the copy of an image leaves the plugin the file that it is configured to have. */
static int path_keep(struct member *member)
{
	char *path = strdup(member->plugin->verdict.path);

	if (!path)
		return reload_fail(member->reload, member, CORBEL_RELOAD_UNFIT, -ENOMEM,
				   "out of memory");
	free(member->candidate.verdict.path);
	member->candidate.verdict.path = path;
	return 0;
}

static int copy_make(struct member *member)
{
	const struct corbel_host *host = member->plugin->host;
	struct judge_terms terms = candidate_terms(host, member->plugin->settings);
	struct corbel_error error = { "" };
	int result =
		private_copy_make(&member->candidate.verdict, host->settings->runtime_dir, &terms,
				  (enum corbel_reload_fault)member->reload->options.fault,
				  &member->version.copy, &error);

	if (result < 0)
		return unfit(member, result, &error);
	member->version.entries = member->candidate.entries;
	member->version.is_restored = member->format > 0;
	return member->reload->options.flags & CORBEL_RELOAD_PREVIOUS ? path_keep(member) : 0;
}

static int member_judge(struct member *member)
{
	int result = file_judge(member);

	if (result == 0)
		result = difference_check(member);
	if (result == 0)
		result = name_check(member);
	if (result == 0)
		result = format_find(member);
	return result;
}

int reload_judge(struct reload *reload)
{
	int result = 0;

	for (size_t i = 0; i < reload->count && result == 0; i++)
		result = member_judge(&reload->members[i]);
	for (size_t i = 0; i < reload->count && result == 0; i++) {
		result = requirements_check(&reload->members[i]);
		if (result == 0)
			result = users_check(&reload->members[i]);
		if (result == 0)
			result = circle_check(&reload->members[i]);
		if (result == 0)
			result = copy_make(&reload->members[i]);
	}
	return result;
}
