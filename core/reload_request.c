/* SPDX-License-Identifier: MIT */
/* Asking for a reload: <corbel/host.h>, plugins, and new settings. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "reload_parts.h"

/* More than anybody means, and little enough to be added to a time. */
#define TIMEOUT_MAX (365 * 86400 * CORBEL_SECOND)

static const char *const fault_words[] = {
	[CORBEL_FAULT_NONE] = "none",
	[CORBEL_FAULT_ABI_TOO_NEW] = "abi-too-new",
	[CORBEL_FAULT_LOAD_CRASH] = "load-crash",
	[CORBEL_FAULT_INIT_CRASH] = "init-crash",
	[CORBEL_FAULT_INIT_FAIL] = "init-fail",
	[CORBEL_FAULT_INIT_HANG] = "init-hang",
	[CORBEL_FAULT_NEVER_DRAINS] = "never-drains",
	[CORBEL_FAULT_RESTORE_FAIL] = "restore-fail",
	[CORBEL_FAULT_START_CRASH] = "start-crash",
};

const char *corbel_reload_fault_name(enum corbel_reload_fault fault)
{
	return (size_t)fault < sizeof(fault_words) / sizeof(*fault_words) ? fault_words[fault]
									  : NULL;
}

int corbel_reload_fault_find(const char *word, enum corbel_reload_fault *out)
{
	for (size_t i = 1; i < sizeof(fault_words) / sizeof(*fault_words); i++) {
		if (strcmp(fault_words[i], word) != 0)
			continue;
		*out = (enum corbel_reload_fault)i;
		return 0;
	}
	return -ENOENT;
}

static int refuse(void (*done)(void *data, const struct corbel_reload_report *report), void *data,
		  int result, const char *plugin, const char *words)
{
	struct corbel_reload_report report = {
		.size = sizeof(report),
		.outcome = CORBEL_RELOAD_NOT_NOW,
		.result = result,
		.plugin = plugin,
		.words = words,
	};

	if (done)
		done(data, &report);
	return result;
}

/* -ENOENT: no such plugin; -EINVAL: one twice, or none. */
static int members_find(struct reload *reload, const char *const *names, size_t count)
{
	if (count == 0)
		return -EINVAL;
	for (; reload->count < count; reload->count++) {
		struct member *member = &reload->members[reload->count];

		member->reload = reload;
		member->plugin = host_find(reload->host, names[reload->count]);
		if (!member->plugin)
			return -ENOENT;
		for (size_t i = 0; i < reload->count; i++)
			if (reload->members[i].plugin == member->plugin)
				return -EINVAL;
	}
	return 0;
}

int corbel_host_reload(struct corbel_host *host, const char *const *plugins, size_t count,
		       const struct corbel_reload_options *options,
		       void (*done)(void *data, const struct corbel_reload_report *report),
		       void *data)
{
	struct reload *reload = calloc(1, sizeof(*reload) + count * sizeof(reload->members[0]));
	int result;

	if (!reload)
		return refuse(done, data, -ENOMEM, "", "out of memory");
	reload->host = host;
	reload->report.plugin = "";
	result = members_find(reload, plugins, count);
	if (result < 0) {
		const char *name = reload->count < count ? plugins[reload->count] : "";

		refuse(done, data, result, name,
		       result == -ENOENT ? "no plugin of that name is in the configuration"
					 : "expected one plugin or more, each once");
		free(reload);
		return result;
	}
	if (options)
		memcpy(&reload->options, options,
		       options->size < sizeof(*options) ? options->size : sizeof(*options));
	reload->is_bounded = reload->options.timeout > 0;
	if (reload->options.timeout > TIMEOUT_MAX)
		reload->options.timeout = TIMEOUT_MAX;
	reload->report.plugin = "";
	reload->done = done;
	reload->data = data;
	reload_enqueue(reload);
	return 0;
}

struct request {
	void (*done)(void *data, int result, const char *words);
	void *data;
};

static void answer(void *data, const struct corbel_reload_report *report)
{
	struct request *request = data;

	request->done(request->data, report->result, report->words);
	free(request);
}

int reload_request(struct plugin *plugin, void (*done)(void *data, int result, const char *words),
		   void *data)
{
	const char *name = plugin->name;
	struct request *request = malloc(sizeof(*request));

	if (!request) {
		done(data, -ENOMEM, "out of memory");
		return -ENOMEM;
	}
	*request = (struct request){ done, data };
	return corbel_host_reload(plugin->host, &name, 1, NULL, answer, request);
}

static void configured(void *data, const struct corbel_reload_report *report)
{
	struct corbel_host *host = data;

	if (report->outcome != CORBEL_RELOAD_DONE)
		log_host(&host->log, CORBEL_ERROR,
			 "%s keeps its old settings (restart it to apply the new ones and lose its "
			 "state)",
			 report->plugin);
}

bool reload_configure(struct plugin *plugin)
{
	const struct corbel_reload_options options = {
		.size = sizeof(options),
		.flags = CORBEL_RELOAD_ANYWAY,
	};
	const char *name = plugin->name;

	if (instance_manifest(plugin->instance)->state_version == 0)
		return false;
	return corbel_host_reload(plugin->host, &name, 1, &options, configured, plugin->host) == 0;
}
