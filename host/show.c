/* SPDX-License-Identifier: MIT */
/* `corbeld --show`: what runs, and events as they come, on standard output. */
#include "show.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "error.h"
#include "fields.h"
#include "host_json.h"
#include "subscribe.h"

static void show_state(void *data, const struct corbel_plugin_info *plugin)
{
	(void)data;
	switch (plugin->state) {
	case CORBEL_PLUGIN_RUNNING:
	case CORBEL_PLUGIN_STOPPED:
	case CORBEL_PLUGIN_FAILED:
	case CORBEL_PLUGIN_QUARANTINED:
	case CORBEL_PLUGIN_ZOMBIE:
		break;
	default:
		return; /* what lasts for a moment only */
	}
	fields_print_clock(stdout, plugin->since);
	printf("  %s %s: %s", plugin->name, plugin->version,
	       corbel_plugin_state_name(plugin->state));
	if (*plugin->reason)
		printf(" (%s)", plugin->reason);
	else if (plugin->state == CORBEL_PLUGIN_RUNNING && *plugin->summary)
		printf(" - %s", plugin->summary);
	putchar('\n');
	fflush(stdout);
}

static void show_event(void *data, const struct corbel_delivery *delivery)
{
	json_t *event;

	(void)data;
	if (host_json_event(delivery, &event) < 0)
		return;
	fields_print_event(stdout, event);
	json_decref(event);
}

static void show_banner(const char *control)
{
	printf("corbeld %s", corbel_host_version());
	if (control)
		printf(", control socket %s (corbelctl --socket %s list)", control, control);
	putchar('\n');
	fflush(stdout);
}

int show_start(struct show *show, struct corbel_host *host, const char *const *patterns,
	       size_t count, const char *control, struct corbel_error *error)
{
	*show = (struct show){ .host = host };
	if (count == 0)
		return 0;
	show_banner(control);
	show->subscriptions = calloc(count, sizeof(struct corbel_subscription *));
	if (!show->subscriptions)
		return error_set(error, -ENOMEM, "out of memory");
	int code = corbel_host_monitor_add(host, show_state, show, &show->monitor);

	while (code == 0 && show->count < count) {
		code = subscribe(host, patterns[show->count], show_event, show,
				 &show->subscriptions[show->count], error);
		if (code < 0)
			error_prefix(error, code, "--show %s: ", patterns[show->count]);
		else
			show->count++;
	}
	return code;
}

void show_stop(struct show *show)
{
	while (show->count > 0)
		unsubscribe(show->host, show->subscriptions[--show->count]);
	if (show->monitor)
		corbel_host_monitor_remove(show->monitor);
	free(show->subscriptions);
	*show = (struct show){ 0 };
}
