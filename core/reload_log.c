/* SPDX-License-Identifier: MIT */
/* What the log says of a reload that has ended. */
#include <string.h>

#include "reload_parts.h"

static void log_refusal(const struct reload *reload)
{
	const struct corbel_reload_report *report = &reload->report;
	struct log *log = &reload->host->log;

	log_host(log, CORBEL_WARNING, "%s is not reloaded, %s:", report->plugin,
		 corbel_reload_outcome_name(report->outcome));
	for (const char *at = reload->words; *at;) {
		size_t length = strcspn(at, "\n"), name = strlen(report->plugin);
		bool is_named = strncmp(at, report->plugin, name) == 0 && at[name] == ':';

		log_host(log, CORBEL_WARNING, "%s%s%.*s", is_named ? "" : report->plugin,
			 is_named ? "" : ": ", (int)length, at);
		at += length + (at[length] == '\n');
	}
	for (size_t i = 0; i < report->plugin_count; i++)
		log_host(log, CORBEL_NOTICE, "%s %s goes on, generation %llu",
			 report->plugins[i].name, report->plugins[i].from,
			 (unsigned long long)report->plugins[i].generation);
}

static double milliseconds(int64_t nanoseconds)
{
	return (double)nanoseconds / (double)CORBEL_MILLISECOND;
}

static void log_done(const struct reload *reload)
{
	const struct corbel_reload_report *report = &reload->report;

	for (size_t i = 0; i < report->plugin_count; i++)
		log_host(&reload->host->log, CORBEL_NOTICE,
			 "%s: %s -> %s, generation %llu, state %zu bytes, pause %.0f us (judge "
			 "%.1f ms, trial %.1f ms, start %.1f ms)",
			 report->plugins[i].name, report->plugins[i].from, report->plugins[i].to,
			 (unsigned long long)report->plugins[i].generation,
			 report->plugins[i].byte_count, milliseconds(report->pause) * 1000,
			 milliseconds(report->judge), milliseconds(report->trial),
			 milliseconds(report->start));
}

void reload_log(const struct reload *reload)
{
	const struct corbel_reload_report *report = &reload->report;
	bool passes = report->outcome == CORBEL_RELOAD_UNCHANGED ||
		      report->outcome == CORBEL_RELOAD_NOT_NOW || report->result == -ESTALE;

	if (passes)
		return;
	if (report->outcome != CORBEL_RELOAD_DONE)
		log_refusal(reload);
	else if (!(reload->options.flags & CORBEL_RELOAD_DRY_RUN))
		log_done(reload);
}
