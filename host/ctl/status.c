/* SPDX-License-Identifier: MIT */
/* corbelctl status: whether all is well, for people and (by its exit code) for scripts. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "table.h"

static void print_host(const json_t *info)
{
	char age[32];

	table_age(json_number(info, "started"), age, sizeof(age));
	printf("%s: corbeld %s, pid %d, up %s, configuration %s\n", json_text(info, "name"),
	       json_text(info, "version"), (int)json_number(info, "pid"), age,
	       json_text(info, "file"));
	printf("%d plugins: %d running, %d waiting, %d failed%s%s%s\n",
	       (int)json_number(info, "plugins"), (int)json_number(info, "running"),
	       (int)json_number(info, "waiting"), (int)json_number(info, "failed"),
	       json_is_true(json_object_get(info, "settled")) ? "" : "; changing just now",
	       json_is_true(json_object_get(info, "stopping")) ? "; stopping" : "",
	       json_is_true(json_object_get(info, "well"))
		       ? ""
		       : "; not well, something essential does not run");
}

/* That the daemon was executed again in place, and whether that went on for too long. */
static void print_past(const json_t *past)
{
	const char *culprit = json_text(past, "culprit");

	if (!json_is_object(past))
		return;
	printf("began anew in place%s%s: %s\n", *culprit ? " because of " : "", culprit,
	       json_text(past, "words"));
	if (json_is_true(json_object_get(past, "safe")))
		printf("safe mode, after %d new beginnings within re-exec-period: no plugin was "
		       "started (corbelctl re-exec starts them)\n",
		       (int)json_number(past, "times"));
}

static bool is_down(const json_t *plugin)
{
	const char *state = json_text(plugin, "state");

	if (strcmp(state, "running") == 0)
		return false;
	if (strcmp(state, "failed") == 0 || strcmp(state, "quarantined") == 0)
		return true;
	return json_is_true(json_object_get(plugin, "wanted")) &&
	       !json_is_true(json_object_get(plugin, "on_demand"));
}

static bool is_essential(const json_t *plugin)
{
	return json_is_true(json_object_get(plugin, "essential"));
}

static void print_plugin(const json_t *plugin)
{
	const char *reason = json_text(plugin, "reason");
	int64_t restart_at = json_number(plugin, "restart_at");
	char wait[32];

	printf("%s: %s%s%s%s", json_text(plugin, "name"), json_text(plugin, "state"),
	       is_essential(plugin) ? ", essential" : "", *reason ? ": " : "", reason);
	if (restart_at > 0) {
		table_until(restart_at, wait, sizeof(wait));
		printf("; starts again in %s", wait);
	}
	putchar('\n');
}

static int print_down(struct ctl *ctl)
{
	json_t *reply, *plugin;
	size_t i;
	int result = client_call(&ctl->client, "ListPlugins", NULL, CLIENT_PATIENCE, &reply);

	if (result != CTL_OK)
		return result;
	json_array_foreach(json_object_get(reply, "plugins"), i, plugin) if (is_down(plugin))
		print_plugin(plugin);
	json_decref(reply);
	return CTL_OK;
}

static int status_of_host(struct ctl *ctl)
{
	json_t *info;
	int result = client_call(&ctl->client, "GetInfo", NULL, CLIENT_PATIENCE, &info);

	if (result != CTL_OK)
		return result;
	const json_t *past = json_object_get(info, "began_anew");
	bool is_well = json_is_true(json_object_get(info, "well"));
	bool is_whole = json_number(info, "failed") == 0 && json_number(info, "waiting") == 0 &&
			!json_is_true(json_object_get(info, "stopping")) &&
			!json_is_true(json_object_get(past, "safe"));

	if (ctl->json) {
		table_print_json(info);
	} else {
		print_host(info);
		print_past(past);
		result = print_down(ctl);
	}
	json_decref(info);
	if (result != CTL_OK)
		return result;
	if (!is_well)
		return CTL_UNWELL;
	return is_whole ? CTL_OK : CTL_UNHEALTHY;
}

static int status_of_plugin(struct ctl *ctl, const char *name)
{
	json_t *reply;
	int result = client_call(&ctl->client, "DescribePlugin", json_pack("{s:s}", "name", name),
				 CLIENT_PATIENCE, &reply);

	if (result != CTL_OK)
		return result;
	const json_t *plugin = json_object_get(reply, "plugin");
	/* A plugin asked for by name is well only if it serves, meant to or not. */
	bool is_well = !is_down(plugin) && (strcmp(json_text(plugin, "state"), "running") == 0 ||
					    json_is_true(json_object_get(plugin, "on_demand")));
	int unwell = is_essential(plugin) ? CTL_UNWELL : CTL_UNHEALTHY;

	if (ctl->json)
		table_print_json(plugin);
	else
		print_plugin(plugin);
	json_decref(reply);
	return is_well ? CTL_OK : unwell;
}

int command_status(struct ctl *ctl, int count, char **arguments)
{
	return count > 0 ? status_of_plugin(ctl, arguments[0]) : status_of_host(ctl);
}
