/* SPDX-License-Identifier: MIT */
/* A made-up host for the tests of http, which tells what it is configured to. */
#include <stdlib.h>

#include <corbel/plugin.h>

#include "corbel.monitor.h"

struct teller {
	struct corbel_context *context;
	struct corbel_provision *provision;
	struct corbel_monitor_changed_topic *topic;
	uint64_t asked;
};

static int information(void *self, char **name, char **version, int32_t *pid, int64_t *started)
{
	struct corbel_context *context = ((struct teller *)self)->context;

	*name = corbel_strdup(context, "made \"up\"\nhost \\ \xff");
	*version = corbel_strdup(context, "9.9");
	*pid = 4711;
	*started = 1500 * CORBEL_MILLISECOND;
	return 0;
}

static struct corbel_array words(struct corbel_context *context, const char *word)
{
	const char **items = corbel_alloc(context, sizeof(*items));

	items[0] = corbel_strdup(context, word);
	return (struct corbel_array){ items, 1 };
}

static int plugins(void *self, struct corbel_monitor_plugin **out, size_t *count)
{
	struct teller *teller = self;
	struct corbel_context *context = teller->context;
	struct corbel_monitor_plugin *plugin = corbel_alloc(context, sizeof(*plugin));

	*plugin = (struct corbel_monitor_plugin){
		.name = corbel_strdup(context, "patient"),
		.version = corbel_strdup(context, "1.2.3"),
		.summary = corbel_strdup(context, "Waits"),
		.state = (enum corbel_monitor_state)corbel_config_integer(context, "state"),
		.reason = corbel_strdup(context, corbel_config_text(context, "reason")),
		.since = 2 * CORBEL_SECOND,
		.starts = ++teller->asked,
		.published = 11,
		.delivered = 12,
		.dropped = 13,
		.queued = 14,
		.holdings = 15,
		.provides = words(context, "test.bed 1.0"),
		.needs = words(context, "test.room 2.1"),
		.wishes = words(context, "test.window 3.0"),
	};
	*out = plugin;
	*count = 1;
	return 0;
}

/* Two offers that Prometheus could not tell apart. */
static int services(void *self, struct corbel_monitor_service **out, size_t *count)
{
	struct corbel_context *context = ((struct teller *)self)->context;
	struct corbel_monitor_service *offers = corbel_alloc(context, 2 * sizeof(*offers));

	for (int i = 0; i < 2; i++)
		offers[i] = (struct corbel_monitor_service){
			.interface = corbel_strdup(context, "test.bed"),
			.version = corbel_strdup(context, "1.0"),
			.plugin = corbel_strdup(context, "patient"),
			.rank = -i,
			.uses = 2,
		};
	*out = offers;
	*count = 2;
	return 0;
}

static int topics(void *self, struct corbel_monitor_topic **out, size_t *count)
{
	struct corbel_context *context = ((struct teller *)self)->context;
	struct corbel_monitor_topic *topic = corbel_alloc(context, sizeof(*topic));

	*topic = (struct corbel_monitor_topic){ corbel_strdup(context, "test.bed.\"a\\b\""), 21, 22,
						23 };
	*out = topic;
	*count = 1;
	return 0;
}

static const struct corbel_monitor_methods methods = { .size = sizeof(methods),
						       .information = information,
						       .plugins = plugins,
						       .services = services,
						       .topics = topics };

static int start(struct corbel_context *context, void **self)
{
	struct corbel_service_options best = { .size = sizeof(best), .rank = 1000 };
	struct teller *teller = calloc(1, sizeof(*teller));
	int result;

	if (!teller)
		return -ENOMEM;
	teller->context = context;
	result = corbel_monitor_changed_open(context, NULL, &teller->topic);
	if (result == 0)
		result = corbel_monitor_provide(context, &methods, teller, &best,
						&teller->provision);
	if (result < 0) {
		free(teller);
		return result;
	}
	*self = teller;
	return 0;
}

static void stop(void *self, enum corbel_stop_reason reason)
{
	(void)reason;
	free(self);
}

/* The getters give the new settings already; it is told that they are others. */
static int configure(void *self)
{
	struct teller *teller = self;
	struct corbel_monitor_changed event = { .size = sizeof(event), .plugin = "patient" };

	event.state = (enum corbel_monitor_state)corbel_config_integer(teller->context, "state");
	event.reason = corbel_config_text(teller->context, "reason");
	return corbel_monitor_changed_publish(teller->topic, &event);
}

CORBEL_PLUGIN(.start = start, .stop = stop, .configure = configure);
