/* SPDX-License-Identifier: MIT */
/* corbelctl show: all about one plugin. */
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "table.h"

static void print_list(const char *name, const json_t *list)
{
	const json_t *item;
	size_t i;

	json_array_foreach((json_t *)list, i, item)
		printf("%-11s %s\n", i == 0 ? name : "", json_string_value(item));
}

static void print_text(const char *name, const char *text)
{
	if (*text)
		printf("%-11s %s\n", name, text);
}

static void print_count(const char *name, const json_t *plugin, const char *words)
{
	if (json_number(plugin, name))
		printf("%-11s %lld%s\n", name, (long long)json_number(plugin, name), words);
}

/* Of a plugin that was never judged nothing is known. */
static void print_trust(const json_t *plugin)
{
	const char *vouched = json_text(plugin, "vouched");
	uid_t owner = (uid_t)json_number(plugin, "owner");
	const struct passwd *user = getpwuid(owner);

	if (!*json_text(plugin, "version"))
		return;
	printf("%-11s %s%s", "trust", vouched, *vouched ? ", " : "");
	if (user)
		printf("file of %s\n", user->pw_name);
	else
		printf("file of uid %u\n", owner);
}

static const char *of_limit(int64_t limit, bool is_memory, char text[32])
{
	char size[24];

	text[0] = '\0';
	if (limit && is_memory)
		snprintf(text, 32, " of %s", table_size(limit, size));
	else if (limit)
		snprintf(text, 32, " of %lld", (long long)limit);
	return text;
}

static void print_usage(const json_t *plugin)
{
	char size[24], memory[32], threads[32], descriptors[32];

	printf("%-11s %s%s of memory, %lld%s threads, %lld%s descriptors, %.3g s of processor\n",
	       "uses", table_size(json_number(plugin, "memory"), size),
	       of_limit(json_number(plugin, "limit_memory"), true, memory),
	       (long long)json_number(plugin, "threads"),
	       of_limit(json_number(plugin, "limit_threads"), false, threads),
	       (long long)json_number(plugin, "descriptors"),
	       of_limit(json_number(plugin, "limit_descriptors"), false, descriptors),
	       (double)json_number(plugin, "cpu_time") / 1e9);
}

static void print_faults(const json_t *plugin)
{
	long long faults = (long long)json_number(plugin, "faults");
	long long restarts = (long long)json_number(plugin, "restarts");
	char when[32];

	if (faults > 0 || restarts > 0)
		printf("%-11s %lld, started again %lld times\n", "faults", faults, restarts);
	if (json_number(plugin, "restart_at")) {
		table_until(json_number(plugin, "restart_at"), when, sizeof(when));
		printf("%-11s in %s\n", "next start", when);
	}
	if (json_is_true(json_object_get(plugin, "gave_up")))
		printf("%-11s not started again before: corbelctl reset %s\n", "gave up",
		       json_text(plugin, "name"));
	if (!json_number(plugin, "fault_time"))
		return;
	table_age(json_number(plugin, "fault_time"), when, sizeof(when));
	printf("%-11s %s ago: %s\n", "last fault", when, json_text(plugin, "fault_words"));
	for (const char *at = json_text(plugin, "fault_report"); *at;) {
		size_t length = strcspn(at, "\n");

		printf("%-11s   %.*s\n", "", (int)length, at);
		at += length + (at[length] == '\n');
	}
}

static void print(const json_t *plugin)
{
	char age[32];

	table_age(json_number(plugin, "since"), age, sizeof(age));
	printf("%-11s %s %s\n", "plugin", json_text(plugin, "name"), json_text(plugin, "version"));
	print_text("summary", json_text(plugin, "summary"));
	printf("%-11s %s for %s%s%s%s\n", "state", json_text(plugin, "state"), age,
	       json_is_true(json_object_get(plugin, "essential")) ? ", essential" : "",
	       json_is_true(json_object_get(plugin, "on_demand")) ? ", on demand" : "",
	       json_is_true(json_object_get(plugin, "wanted")) ? "" : ", not meant to run");
	print_text("reason", json_text(plugin, "reason"));
	print_text("group", json_text(plugin, "group"));
	print_text("file", json_text(plugin, "path"));
	print_trust(plugin);
	print_count("generation", plugin, "");
	print_text("previous", json_text(plugin, "previous"));
	print_count("lingering", plugin, " of its images had to stay in memory");
	print_usage(plugin);
	print_count("hangs", plugin, "");
	print_count("given up", plugin, " threads that could not be made to leave it");
	print_text("last hang", json_text(plugin, "hang"));
	print_text("log level", json_text(plugin, "log_level"));
	print_list("provides", json_object_get(plugin, "provides"));
	print_list("requires", json_object_get(plugin, "requires"));
	print_list("wants", json_object_get(plugin, "wants"));
	print_list("required by", json_object_get(plugin, "users"));
	print_faults(plugin);
}

int command_show(struct ctl *ctl, int count, char **arguments)
{
	json_t *reply;
	int result = client_call(&ctl->client, "DescribePlugin",
				 json_pack("{s:s}", "name", arguments[0]), CLIENT_PATIENCE, &reply);

	(void)count;
	if (result != CTL_OK)
		return result;
	if (ctl->json)
		table_print_json(json_object_get(reply, "plugin"));
	else
		print(json_object_get(reply, "plugin"));
	json_decref(reply);
	return CTL_OK;
}
