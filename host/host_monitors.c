/* SPDX-License-Identifier: MIT */
/* The streams of org.corbel.Host: states, events and the log, for callers of any speed. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host_json.h"
#include "host_service.h"
#include "subscribe.h"

struct host_monitor {
	struct host_service *service;
	struct varlink_call *call;
	uint64_t dropped; /* since the last reply that got through */
	struct corbel_host_monitor *states;
	struct corbel_subscription *subscription;
	uint64_t dropped_by_host; /* as the last event said */
	bool is_of_log;
	uint64_t next_line;
	int level;
	struct host_monitor *next; /* among those of the log */
};

/* Takes `item` over; NULL is the reply that says that the stream stands. */
static void tell(struct host_monitor *monitor, const char *name, json_t *item)
{
	json_t *reply = json_object();

	if (item)
		json_object_set_new(reply, name, item);
	json_object_set_new(reply, "dropped", json_integer((json_int_t)monitor->dropped));
	if (varlink_continue(monitor->call, reply) < 0)
		monitor->dropped++;
	else
		monitor->dropped = 0;
}

static void unlink_log(struct host_monitor *monitor)
{
	struct host_monitor **link = &monitor->service->monitors;

	while (*link && *link != monitor)
		link = &(*link)->next;
	if (*link)
		*link = monitor->next;
	logsink_listen(monitor->service->sink, false);
}

static void end(struct varlink_call *call, void *state)
{
	struct host_monitor *monitor = state;
	struct corbel_host *host = monitor->service->host;

	(void)call;
	if (monitor->states)
		corbel_host_monitor_remove(monitor->states);
	if (monitor->subscription)
		unsubscribe(host, monitor->subscription);
	if (monitor->is_of_log)
		unlink_log(monitor);
	free(monitor);
}

static struct host_monitor *begin(struct varlink_call *call, struct host_service *service)
{
	struct host_monitor *monitor = calloc(1, sizeof(*monitor));

	if (!monitor) {
		host_service_fail(call, -ENOMEM, "out of memory");
		return NULL;
	}
	monitor->service = service;
	monitor->call = call;
	call->abandoned = end;
	call->state = monitor;
	return monitor;
}

/* A stream that could not be set up: its call ends with an error instead. */
static void give_up(struct host_monitor *monitor, int code, const char *words)
{
	struct varlink_call *call = monitor->call;

	call->abandoned = NULL;
	free(monitor);
	host_service_fail(call, code, words);
}

static void tell_state(void *data, const struct corbel_plugin_info *plugin)
{
	tell(data, "plugin", host_json_plugin(plugin));
}

void host_monitors_states(struct varlink_call *call, void *data)
{
	struct host_service *service = data;
	struct host_monitor *monitor = begin(call, service);

	if (!monitor)
		return;
	int code = corbel_host_monitor_add(service->host, tell_state, monitor, &monitor->states);

	if (code < 0) {
		give_up(monitor, code, NULL);
		return;
	}
	corbel_host_plugins(service->host, tell_state, monitor);
	tell(monitor, "plugin", NULL);
}

static void tell_event(void *data, const struct corbel_delivery *delivery)
{
	struct host_monitor *monitor = data;
	json_t *event = NULL;

	monitor->dropped += delivery->dropped - monitor->dropped_by_host;
	monitor->dropped_by_host = delivery->dropped;
	if (host_json_event(delivery, &event) < 0)
		monitor->dropped++;
	else
		tell(monitor, "event", event);
}

void host_monitors_events(struct varlink_call *call, void *data)
{
	struct host_service *service = data;
	struct host_monitor *monitor = begin(call, service);
	struct corbel_error error = { "" };

	if (!monitor)
		return;
	int code = subscribe(service->host, varlink_string(call, "pattern"), tell_event, monitor,
			     &monitor->subscription, &error);

	if (code < 0)
		give_up(monitor, code, error.text);
	else
		tell(monitor, "event", NULL);
}

static bool is_wanted(const struct host_monitor *monitor, const struct logsink_line *line)
{
	const char *plugin = varlink_string(monitor->call, "plugin");

	return line->level <= monitor->level && (!plugin || strcmp(plugin, line->plugin) == 0);
}

/* All lines that have come since, without those that the ring has lost meanwhile. */
static void tell_lines(struct host_monitor *monitor, uint64_t end_before)
{
	struct logsink_line line;
	uint64_t number = monitor->next_line;

	while (number < end_before && logsink_read(monitor->service->sink, &number, &line)) {
		monitor->dropped += number - monitor->next_line;
		monitor->next_line = ++number;
		if (is_wanted(monitor, &line))
			tell(monitor, "line", host_json_line(&line));
	}
}

void host_monitors_log_ready(void *data, uint32_t events)
{
	struct host_service *service = data;

	(void)events;
	logsink_drain(service->sink);
	uint64_t next = logsink_next(service->sink);

	for (struct host_monitor *monitor = service->monitors; monitor; monitor = monitor->next)
		tell_lines(monitor, next);
}

/* The number of the line from which on the caller has `backlog` that it wants. */
static uint64_t first_line(const struct host_monitor *monitor, json_int_t backlog, uint64_t next)
{
	struct logsink_line line;
	uint64_t oldest = next > LOGSINK_LINES ? next - LOGSINK_LINES : 0, first = next;

	while (first > oldest && backlog > 0) {
		uint64_t number = --first;

		if (logsink_read(monitor->service->sink, &number, &line) &&
		    is_wanted(monitor, &line))
			backlog--;
	}
	return first;
}

void host_monitors_log(struct varlink_call *call, void *data)
{
	struct host_service *service = data;
	const char *level = varlink_string(call, "level");
	int number = level ? logsink_level_parse(level) : CORBEL_DEBUG;

	if (number < 0) {
		host_service_invalid(call, "level");
		return;
	}
	struct host_monitor *monitor = begin(call, service);

	if (!monitor)
		return;
	uint64_t next = logsink_next(service->sink);

	monitor->level = number;
	monitor->is_of_log = true;
	monitor->next_line = first_line(
		monitor, json_integer_value(json_object_get(call->parameters, "backlog")), next);
	monitor->next = service->monitors;
	service->monitors = monitor;
	logsink_listen(service->sink, true);
	tell_lines(monitor, next);
	tell(monitor, "line", NULL);
	/* What came before the ring knew of a listener woke nobody. */
	tell_lines(monitor, logsink_next(service->sink));
}
