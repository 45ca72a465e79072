/* SPDX-License-Identifier: MIT */
/* corbelctl reload: replaces running plugins by what their files are now. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "table.h"

static json_t *parameters_of(const struct ctl *ctl, int count, char **plugins)
{
	static const struct {
		unsigned int option;
		const char *name;
	} flags[] = {
		{ CTL_OPTION_DRY_RUN, "dry_run" },
		{ CTL_OPTION_PREVIOUS, "previous" },
		{ CTL_OPTION_ANYWAY, "anyway" },
	};
	json_t *names = json_array(), *parameters = json_pack("{s:o}", "plugins", names);

	for (int i = 0; i < count; i++)
		json_array_append_new(names, json_string(plugins[i]));
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++)
		if (ctl->given & flags[i].option)
			json_object_set_new(parameters, flags[i].name, json_true());
	if (ctl->given & CTL_OPTION_TIMEOUT)
		json_object_set_new(parameters, "timeout", json_integer(ctl->timeout));
	if (ctl->given & CTL_OPTION_INJECT)
		json_object_set_new(parameters, "fault", json_string(ctl->fault));
	return parameters;
}

static double milliseconds(const json_t *report, const char *name)
{
	return (double)json_number(report, name) / 1e6;
}

static void print_replacement(const json_t *plugin)
{
	printf("%s: %s -> %s, generation %lld, ", json_text(plugin, "name"),
	       json_text(plugin, "from"), json_text(plugin, "to"),
	       (long long)json_number(plugin, "generation"));
	if (json_number(plugin, "format"))
		printf("state %lld bytes", (long long)json_number(plugin, "bytes"));
	else
		fputs("no state", stdout);
}

/* One plugin and what it cost is a line; several are a line each, and one for all together. */
static void print_done(const json_t *report)
{
	json_t *plugins = json_object_get(report, "plugins"), *plugin;
	bool are_several = json_array_size(plugins) > 1;
	double pause = milliseconds(report, "pause");
	size_t i;

	json_array_foreach(plugins, i, plugin)
	{
		print_replacement(plugin);
		fputs(are_several ? "\n" : ", ", stdout);
	}
	if (are_several)
		fputs("together: ", stdout);
	if (pause < 10)
		printf("pause %.0f us", pause * 1000);
	else
		printf("pause %.1f ms", pause);
	printf(" (judge %.1f ms, trial %.1f ms, start %.1f ms)\n", milliseconds(report, "judge"),
	       milliseconds(report, "trial"), milliseconds(report, "start"));
}

static void print_dry_run(const json_t *report)
{
	json_t *plugins = json_object_get(report, "plugins"), *plugin;
	bool are_several = json_array_size(plugins) > 1;
	size_t i;

	json_array_foreach(plugins, i, plugin)
	{
		printf("%s: %s -> %s passes%s", json_text(plugin, "name"),
		       json_text(plugin, "from"), json_text(plugin, "to"), are_several ? "\n" : "");
	}
	printf("%s (judge %.1f ms, trial %.1f ms); nothing changed\n",
	       are_several ? "together" : "", milliseconds(report, "judge"),
	       milliseconds(report, "trial"));
}

/* What was refused and at which step, then why, line by line, then what serves still. */
static void print_refusal(const json_t *report)
{
	const char *words = json_text(report, "words"), *culprit = json_text(report, "plugin");
	const char *outcome = json_text(report, "outcome");
	json_t *plugin;
	size_t i;

	fprintf(stderr, "corbelctl: %s is not reloaded, ", *culprit ? culprit : "it");
	for (const char *at = outcome; *at; at++)
		fputc(*at == '_' ? ' ' : *at, stderr);
	fputs(":\n", stderr);
	while (*words) {
		size_t length = strcspn(words, "\n");

		fprintf(stderr, "  %.*s\n", (int)length, words);
		words += length + (words[length] == '\n');
	}
	if (strcmp(outcome, "not_now") == 0)
		return; /* it may not run at all */
	json_array_foreach(json_object_get(report, "plugins"), i, plugin)
	{
		fprintf(stderr, "%s %s goes on, generation %lld\n", json_text(plugin, "name"),
			json_text(plugin, "from"), (long long)json_number(plugin, "generation"));
	}
}

int command_reload(struct ctl *ctl, int count, char **arguments)
{
	json_t *reply;
	/* The host bounds it: each step has a deadline. */
	int result = client_call(&ctl->client, "Reload", parameters_of(ctl, count, arguments), 0,
				 &reply);

	if (result != CTL_OK && result != CTL_REFUSED)
		return result;
	const json_t *report = json_object_get(reply, "report");

	if (ctl->json)
		table_print_json(report);
	else if (result == CTL_REFUSED)
		print_refusal(report);
	else if (ctl->given & CTL_OPTION_DRY_RUN)
		print_dry_run(report);
	else
		print_done(report);
	if (result == CTL_REFUSED)
		result += (int)json_number(report, "code");
	json_decref(reply);
	return result;
}
