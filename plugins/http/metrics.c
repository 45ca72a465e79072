/* SPDX-License-Identifier: MIT */
/* What is known, in the text format 0.0.4 of Prometheus. */
#include "metrics.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define STATES 11

static void head_add(struct text *text, const char *name, const char *type, const char *help)
{
	text_printf(text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* One sample without labels, with its head. */
static void number_add(struct text *text, const char *name, const char *type, const char *help,
		       double value)
{
	head_add(text, name, type, help);
	text_printf(text, "%s %.15g\n", name, value);
}

/* NAME{LABEL="value" for the caller to go on. */
static void label_add(struct text *text, const char *name, const char *label, const char *value)
{
	text_printf(text, "%s{%s=", name, label);
	text_quote(text, value);
}

static void host_add(struct text *text, const struct snapshot *snapshot)
{
	head_add(text, "corbel_info", "gauge", "The host and the version of its library.");
	label_add(text, "corbel_info", "name", snapshot->name);
	text_add(text, ",version=");
	text_quote(text, snapshot->version);
	text_add(text, "} 1\n");
	number_add(text, "corbel_start_time_seconds", "gauge",
		   "When the host was started, in seconds since the epoch.",
		   (double)snapshot->started / 1e9);
}

static void states_add(struct text *text, const struct snapshot *snapshot)
{
	head_add(text, "corbel_plugin_state", "gauge",
		 "1 for the state that the plugin is in, 0 for the others.");
	for (size_t i = 0; i < snapshot->plugin_count; i++) {
		const struct corbel_monitor_plugin *plugin = &snapshot->plugins[i];

		for (int state = 0; state < STATES; state++) {
			label_add(text, "corbel_plugin_state", "plugin", plugin->name);
			text_printf(text, ",state=\"%s\"} %d\n",
				    snapshot_state((enum corbel_monitor_state)state),
				    (int)plugin->state == state);
		}
	}
}

/* A number of each plugin: `offset` is where it lies in the struct. */
static const struct plugin_metric {
	const char *name, *type, *help;
	size_t offset;
} plugin_metrics[] = {
	{ "corbel_plugin_starts_total", "counter", "How often the plugin was started.",
	  offsetof(struct corbel_monitor_plugin, starts) },
	{ "corbel_plugin_events_published_total", "counter", "Events that it has published.",
	  offsetof(struct corbel_monitor_plugin, published) },
	{ "corbel_plugin_events_delivered_total", "counter", "Events that it has handled.",
	  offsetof(struct corbel_monitor_plugin, delivered) },
	{ "corbel_plugin_events_dropped_total", "counter",
	  "Events that its queues had no room for.",
	  offsetof(struct corbel_monitor_plugin, dropped) },
	{ "corbel_plugin_events_queued", "gauge", "Events that wait in its queues.",
	  offsetof(struct corbel_monitor_plugin, queued) },
	{ "corbel_plugin_holdings", "gauge", "What it holds from the host.",
	  offsetof(struct corbel_monitor_plugin, holdings) },
};

static void plugins_add(struct text *text, const struct snapshot *snapshot)
{
	states_add(text, snapshot);
	for (size_t m = 0; m < sizeof(plugin_metrics) / sizeof(plugin_metrics[0]); m++) {
		const struct plugin_metric *metric = &plugin_metrics[m];

		head_add(text, metric->name, metric->type, metric->help);
		for (size_t i = 0; i < snapshot->plugin_count; i++) {
			const char *plugin = (const char *)&snapshot->plugins[i];
			uint64_t value;

			memcpy(&value, plugin + metric->offset, sizeof(value));
			label_add(text, metric->name, "plugin", snapshot->plugins[i].name);
			text_printf(text, "} %" PRIu64 "\n", value);
		}
	}
}

static bool is_same_service(const struct corbel_monitor_service *a,
			    const struct corbel_monitor_service *b)
{
	return strcmp(a->interface, b->interface) == 0 && strcmp(a->version, b->version) == 0 &&
	       strcmp(a->plugin, b->plugin) == 0;
}

/* A plugin may offer one interface several times: that is one series. */
static void services_add(struct text *text, const struct snapshot *snapshot)
{
	const struct corbel_monitor_service *services = snapshot->services;

	head_add(text, "corbel_service_uses", "gauge", "Uses that are bound to the service.");
	for (size_t i = 0; i < snapshot->service_count; i++) {
		uint64_t uses = services[i].uses;
		size_t first = 0;

		while (!is_same_service(&services[first], &services[i]))
			first++;
		if (first < i)
			continue;
		for (size_t j = i + 1; j < snapshot->service_count; j++)
			if (is_same_service(&services[i], &services[j]))
				uses += services[j].uses;
		label_add(text, "corbel_service_uses", "interface", services[i].interface);
		text_add(text, ",version=");
		text_quote(text, services[i].version);
		text_add(text, ",plugin=");
		text_quote(text, services[i].plugin);
		text_printf(text, "} %" PRIu64 "\n", uses);
	}
}

static void topics_add(struct text *text, const struct snapshot *snapshot)
{
	head_add(text, "corbel_topic_published_total", "counter", "Events of the topic.");
	for (size_t i = 0; i < snapshot->topic_count; i++) {
		label_add(text, "corbel_topic_published_total", "topic", snapshot->topics[i].name);
		text_printf(text, "} %" PRIu64 "\n", snapshot->topics[i].published);
	}
	head_add(text, "corbel_topic_subscribers", "gauge", "Subscriptions of the topic.");
	for (size_t i = 0; i < snapshot->topic_count; i++) {
		label_add(text, "corbel_topic_subscribers", "topic", snapshot->topics[i].name);
		text_printf(text, "} %" PRIu64 "\n", snapshot->topics[i].subscribers);
	}
}

/* A metric has one unit, so there is one for each; Prometheus has ratios, no percentages. */
static const struct sensor_metric {
	enum corbel_sensors_unit unit;
	double factor;
	const char *name, *help;
} sensor_metrics[] = {
	{ CORBEL_SENSORS_UNIT_PERCENT, 0.01, "corbel_sensor_ratio", "Sensors of a share, 0 to 1." },
	{ CORBEL_SENSORS_UNIT_BYTES, 1, "corbel_sensor_bytes", "Sensors of a size." },
	{ CORBEL_SENSORS_UNIT_CELSIUS, 1, "corbel_sensor_celsius", "Sensors of a temperature." },
	{ CORBEL_SENSORS_UNIT_BYTES_PER_SECOND, 1, "corbel_sensor_bytes_per_second",
	  "Sensors of a throughput." },
	{ CORBEL_SENSORS_UNIT_COUNT, 1, "corbel_sensor_value", "Sensors of a plain number." },
	{ CORBEL_SENSORS_UNIT_SECONDS, 1, "corbel_sensor_seconds", "Sensors of a time." },
};

static void sensors_add(struct text *text, const struct readings *readings)
{
	for (size_t m = 0; m < sizeof(sensor_metrics) / sizeof(sensor_metrics[0]); m++) {
		const struct sensor_metric *metric = &sensor_metrics[m];

		head_add(text, metric->name, "gauge", metric->help);
		for (size_t i = 0; i < readings->count; i++) {
			const struct reading *reading = &readings->items[i];

			if (reading->unit != metric->unit || !isfinite(reading->value))
				continue;
			label_add(text, metric->name, "sensor", reading->name);
			text_printf(text, "} %.15g\n", reading->value * metric->factor);
		}
	}
}

static void alerts_add(struct text *text, const struct http *http)
{
	size_t count;

	if (alerts_count(http->context, http->rules, &count) == 0)
		number_add(text, "corbel_alerts_raised", "gauge", "Alerts that are raised now.",
			   (double)count);
}

static void server_add(struct text *text, const struct http *http)
{
	head_add(text, "corbel_http_responses_total", "counter",
		 "Responses by status, without those to what was no HTTP.");
	for (int status = 0; status < HTTP_STATUS_MAX; status++)
		if (http->answers[status])
			text_printf(text, "corbel_http_responses_total{code=\"%d\"} %" PRIu64 "\n",
				    status, http->answers[status]);
	number_add(text, "corbel_http_connections", "gauge", "Connections that are open.",
		   (double)http->server.connection_count);
	number_add(text, "corbel_http_streams", "gauge", "Event streams that are open.",
		   (double)http->feeds.stream_count);
	number_add(text, "corbel_http_connections_total", "counter", "Connections ever made.",
		   (double)http->server.accepted);
	number_add(text, "corbel_http_connections_expired_total", "counter",
		   "Connections closed because they were quiet for too long.",
		   (double)http->server.expired);
	number_add(text, "corbel_http_connections_evicted_total", "counter",
		   "Connections closed to make room for others.", (double)http->server.evicted);
}

/* Under the names that all exporters have. */
static void process_add(struct text *text)
{
	FILE *file = fopen("/proc/self/statm", "re");
	struct timespec time;
	long pages;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	number_add(text, "process_cpu_seconds_total", "counter", "Processor time of the process.",
		   (double)time.tv_sec + (double)time.tv_nsec / 1e9);
	if (!file)
		return;
	if (fscanf(file, "%*d %ld", &pages) == 1)
		number_add(text, "process_resident_memory_bytes", "gauge",
			   "Memory of the process that is resident.",
			   (double)pages * (double)sysconf(_SC_PAGESIZE));
	fclose(file);
}

void metrics_write(struct text *text, struct http *http)
{
	if (snapshot_take(&http->snapshot) == 0) {
		host_add(text, &http->snapshot);
		plugins_add(text, &http->snapshot);
		services_add(text, &http->snapshot);
		topics_add(text, &http->snapshot);
	}
	sensors_add(text, &http->readings);
	alerts_add(text, http);
	server_add(text, http);
	process_add(text);
}
