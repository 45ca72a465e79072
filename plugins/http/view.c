/* SPDX-License-Identifier: MIT */
/* What is known, as JSON and as words. */
#include "view.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* Members of an object follow one another with this between them. */
static const char *comma(size_t index)
{
	return index ? "," : "";
}

static void string_add(struct text *text, const char *name, const char *value)
{
	text_printf(text, "\"%s\":", name);
	text_quote(text, value);
	text_add(text, ",");
}

static void time_add(struct text *text, const char *name, int64_t time)
{
	text_printf(text, "\"%s\":", name);
	text_seconds(text, time);
}

static void names_add(struct text *text, const char *name, const struct corbel_array *names)
{
	const char *const *items = names->items;

	text_printf(text, ",\"%s\":[", name);
	for (size_t i = 0; i < names->count; i++) {
		text_add(text, comma(i));
		text_quote(text, items[i]);
	}
	text_add(text, "]");
}

static void plugin_add(struct text *text, const struct corbel_monitor_plugin *plugin)
{
	text_add(text, "{");
	string_add(text, "name", plugin->name);
	string_add(text, "version", plugin->version);
	string_add(text, "summary", plugin->summary);
	string_add(text, "state", snapshot_state(plugin->state));
	string_add(text, "reason", plugin->reason);
	time_add(text, "since", plugin->since);
	text_printf(text,
		    ",\"starts\":%" PRIu64 ",\"published\":%" PRIu64 ",\"delivered\":%" PRIu64
		    ",\"dropped\":%" PRIu64 ",\"queued\":%" PRIu64 ",\"holdings\":%" PRIu64
		    ",\"dormant\":%s",
		    plugin->starts, plugin->published, plugin->delivered, plugin->dropped,
		    plugin->queued, plugin->holdings, plugin->dormant ? "true" : "false");
	names_add(text, "provides", &plugin->provides);
	names_add(text, "needs", &plugin->needs);
	names_add(text, "wishes", &plugin->wishes);
	text_add(text, "}");
}

static void services_add(struct text *text, const struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->service_count; i++) {
		const struct corbel_monitor_service *service = &snapshot->services[i];

		text_printf(text, "%s{", comma(i));
		string_add(text, "interface", service->interface);
		string_add(text, "version", service->version);
		string_add(text, "plugin", service->plugin);
		text_printf(text, "\"rank\":%" PRId32 ",\"uses\":%" PRIu64 ",\"dormant\":%s}",
			    service->rank, service->uses, service->dormant ? "true" : "false");
	}
}

static void topics_add(struct text *text, const struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->topic_count; i++) {
		const struct corbel_monitor_topic *topic = &snapshot->topics[i];

		text_printf(text, "%s{", comma(i));
		string_add(text, "name", topic->name);
		text_printf(text,
			    "\"published\":%" PRIu64 ",\"publishers\":%" PRIu64
			    ",\"subscribers\":%" PRIu64 "}",
			    topic->published, topic->publishers, topic->subscribers);
	}
}

void view_plugins(struct text *text, const struct snapshot *snapshot)
{
	text_add(text, "{\"host\":{");
	string_add(text, "name", snapshot->name);
	string_add(text, "version", snapshot->version);
	text_printf(text, "\"pid\":%" PRId32 ",", snapshot->pid);
	time_add(text, "started", snapshot->started);
	text_add(text, "},\"plugins\":[");
	for (size_t i = 0; i < snapshot->plugin_count; i++) {
		text_add(text, comma(i));
		plugin_add(text, &snapshot->plugins[i]);
	}
	text_add(text, "],\"services\":[");
	services_add(text, snapshot);
	text_add(text, "],\"topics\":[");
	topics_add(text, snapshot);
	text_add(text, "]}");
}

static const char *unit_name(enum corbel_sensors_unit unit)
{
	switch (unit) {
	case CORBEL_SENSORS_UNIT_PERCENT:
		return "percent";
	case CORBEL_SENSORS_UNIT_BYTES:
		return "bytes";
	case CORBEL_SENSORS_UNIT_CELSIUS:
		return "celsius";
	case CORBEL_SENSORS_UNIT_BYTES_PER_SECOND:
		return "bytes_per_second";
	case CORBEL_SENSORS_UNIT_SECONDS:
		return "seconds";
	default:
		return "count";
	}
}

void view_sensors(struct text *text, const struct readings *readings)
{
	text_add(text, "{\"sensors\":[");
	for (size_t i = 0; i < readings->count; i++) {
		const struct reading *reading = &readings->items[i];

		text_printf(text, "%s{", comma(i));
		string_add(text, "name", reading->name);
		text_add(text, "\"value\":");
		text_number(text, reading->value);
		text_add(text, ",");
		string_add(text, "unit", unit_name(reading->unit));
		time_add(text, "at", reading->at);
		text_add(text, "}");
	}
	text_add(text, "]}");
}

bool view_health(struct text *text, const struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->plugin_count; i++) {
		const struct corbel_monitor_plugin *plugin = &snapshot->plugins[i];

		if (!snapshot_is_well(plugin))
			text_printf(text, "%s is %s%s%s\n", plugin->name,
				    snapshot_state(plugin->state), *plugin->reason ? ": " : "",
				    plugin->reason);
	}
	if (text->length > 0)
		return false;
	text_add(text, "ok\n");
	return true;
}

void view_absence(struct text *text, const char *interface, int error)
{
	text_add(text, "{\"error\":\"");
	if (error == -ENOTCONN)
		text_printf(text, "nobody offers %s", interface);
	else
		text_printf(text, "%s does not answer: %s", interface, strerrordesc_np(-error));
	text_add(text, "\"}");
}
