/* SPDX-License-Identifier: MIT */
/* Placeholder of the reload transaction while its parts are built beside each other. */
#include <errno.h>
#include <string.h>

#include <corbel/host.h>

static const char *const outcomes[] = {
	"done",          "not-now",     "unchanged",      "unfit",       "no-converter",
	"load-crashed",  "load-failed", "init-crashed",   "init-failed", "init-hung",
	"never-drained", "save-failed", "restore-failed",
};

static const char *const faults[] = {
	"none",      "abi-too-new", "load-crash",   "init-crash",
	"init-fail", "init-hang",   "never-drains", "restore-fail",
};

const char *corbel_reload_outcome_name(enum corbel_reload_outcome outcome)
{
	return (size_t)outcome < sizeof(outcomes) / sizeof(*outcomes) ? outcomes[outcome]
								      : "unknown";
}

int corbel_reload_fault_find(const char *word, enum corbel_reload_fault *out)
{
	for (size_t i = 1; i < sizeof(faults) / sizeof(*faults); i++) {
		if (strcmp(faults[i], word) != 0)
			continue;
		*out = (enum corbel_reload_fault)i;
		return 0;
	}
	return -ENOENT;
}

int corbel_host_reload(struct corbel_host *host, const char *const *plugins, size_t count,
		       const struct corbel_reload_options *options,
		       void (*done)(void *data, const struct corbel_reload_report *report),
		       void *data)
{
	struct corbel_reload_report report = {
		.size = sizeof(report),
		.outcome = CORBEL_RELOAD_NOT_NOW,
		.result = -EOPNOTSUPP,
		.plugin = count ? plugins[0] : "",
		.words = "not built in yet",
	};

	(void)host;
	(void)options;
	if (done)
		done(data, &report);
	return -EOPNOTSUPP;
}

int corbel_host_explain_address(struct corbel_host *host, const void *address, char *text,
				size_t size)
{
	(void)host;
	(void)address;
	(void)text;
	(void)size;
	return 0;
}
