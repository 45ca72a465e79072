/* SPDX-License-Identifier: MIT */
/* What the host tells about itself, as JSON in the shapes of org.corbel.Host. */
#include "host_json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "utf8.h"

#define EVENT_TEXT_MAX (1024 * 1024)

json_t *host_json_text(const char *text)
{
	json_t *string = json_string(text);
	size_t left = strlen(text), used = 0;
	char *copy = string ? NULL : malloc(4 * left + 1);

	if (!copy)
		return string;
	while (left > 0) {
		size_t size = utf8_size(text, left);

		if (size)
			memcpy(copy + used, text, size);
		else
			sprintf(copy + used, "\\x%02x", (unsigned char)*text);
		used += size ? size : 4;
		size += !size;
		text += size;
		left -= size;
	}
	string = json_stringn(copy, used);
	free(copy);
	return string;
}

static json_t *words(const char *const *items, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, json_string(items[i]));
	return array;
}

static json_t *usage_of(const struct corbel_plugin_info *plugin)
{
	return json_pack(
		"{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "memory",
		(json_int_t)plugin->memory, "threads", (json_int_t)plugin->threads, "descriptors",
		(json_int_t)plugin->descriptors, "limit_memory", (json_int_t)plugin->limit_memory,
		"limit_threads", (json_int_t)plugin->limit_threads, "limit_descriptors",
		(json_int_t)plugin->limit_descriptors, "cpu_time", (json_int_t)plugin->cpu_time,
		"hangs", (json_int_t)plugin->hangs, "given_up", (json_int_t)plugin->given_up,
		"hang", host_json_text(plugin->hang));
}

static json_t *faults_of(const struct corbel_plugin_info *plugin)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:o, s:s, s:b, s:b}", "faults",
			 (json_int_t)plugin->faults, "restarts", (json_int_t)plugin->restarts,
			 "restart_at", (json_int_t)plugin->restart_at, "fault_time",
			 (json_int_t)plugin->fault_time, "fault_words",
			 host_json_text(plugin->fault_words), "group", plugin->group, "essential",
			 plugin->essential, "gave_up", plugin->gave_up);
}

json_t *host_json_plugin(const struct corbel_plugin_info *plugin)
{
	json_t *object = json_pack(
		"{s:s, s:s, s:s, s:o, s:s, s:o, s:I, s:b, s:b, s:b, s:I, s:s, s:I, s:s, "
		"s:s, s:I, s:o, s:o, s:o, s:o}",
		"name", plugin->name, "version", plugin->version, "summary", plugin->summary,
		"path", host_json_text(plugin->path), "state",
		corbel_plugin_state_name(plugin->state), "reason", host_json_text(plugin->reason),
		"since", (json_int_t)plugin->since, "wanted", plugin->wanted, "on_demand",
		plugin->on_demand, "on_change", plugin->on_change, "generation",
		(json_int_t)plugin->generation, "previous", plugin->previous, "lingering",
		(json_int_t)plugin->lingering, "log_level", logsink_level_name(plugin->log_level),
		"vouched", plugin->vouched, "owner", (json_int_t)plugin->owner, "provides",
		words(plugin->provides, plugin->provide_count), "requires",
		words(plugin->needs, plugin->need_count), "wants",
		words(plugin->wishes, plugin->wish_count), "users",
		words(plugin->users, plugin->user_count));

	json_object_update_new(object, usage_of(plugin));
	json_object_update_new(object, faults_of(plugin));
	return object;
}

json_t *host_json_metrics(const struct corbel_plugin_info *plugin)
{
	return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I}", "plugin", plugin->name, "starts",
			 (json_int_t)plugin->starts, "events_published",
			 (json_int_t)plugin->events_published, "events_delivered",
			 (json_int_t)plugin->events_delivered, "events_dropped",
			 (json_int_t)plugin->events_dropped, "events_queued",
			 (json_int_t)plugin->events_queued, "holdings",
			 (json_int_t)plugin->holdings);
}

json_t *host_json_service(const struct corbel_service_info *service)
{
	const struct corbel_interface *interface = service->interface;
	json_t *properties = json_object();
	char version[32];

	snprintf(version, sizeof(version), "%u.%u", interface->major, interface->minor);
	for (size_t i = 0; i < service->property_count; i++)
		json_object_set_new(properties, service->properties[i].name,
				    host_json_text(service->properties[i].value));
	return json_pack("{s:s, s:s, s:s, s:i, s:I, s:b, s:o}", "interface", interface->name,
			 "version", version, "plugin", service->plugin, "rank", (int)service->rank,
			 "uses", (json_int_t)service->use_count, "dormant", service->dormant,
			 "properties", properties);
}

json_t *host_json_topic(const struct corbel_topic_info *topic)
{
	return json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:b}", "name", topic->name, "interface",
			 topic->interface ? topic->interface->name : "", "event",
			 topic->event ? topic->event->name : "", "published",
			 (json_int_t)topic->published, "publishers", (json_int_t)topic->publishers,
			 "subscribers", (json_int_t)topic->subscribers, "retained",
			 topic->retained != 0);
}

json_t *host_json_grant(const struct corbel_grant_info *grant)
{
	return json_pack("{s:s, s:s, s:s, s:b, s:o, s:I, s:I}", "plugin", grant->plugin, "action",
			 grant->action, "name", grant->name, "granted", grant->is_granted, "reason",
			 host_json_text(grant->reason), "held", (json_int_t)grant->held, "refused",
			 (json_int_t)grant->refused);
}

static json_t *replacement(const struct corbel_reload_plugin *plugin)
{
	return json_pack("{s:s, s:s, s:s, s:I, s:I, s:I}", "name", plugin->name, "from",
			 plugin->from, "to", plugin->to, "generation",
			 (json_int_t)plugin->generation, "format", (json_int_t)plugin->format,
			 "bytes", (json_int_t)plugin->byte_count);
}

/* Varlink knows no hyphens in its names. */
static json_t *outcome_name(enum corbel_reload_outcome outcome)
{
	char name[32];

	snprintf(name, sizeof(name), "%s", corbel_reload_outcome_name(outcome));
	for (char *at = strchr(name, '-'); at; at = strchr(at, '-'))
		*at = '_';
	return json_string(name);
}

json_t *host_json_reload(const struct corbel_reload_report *report)
{
	json_t *plugins = json_array();

	for (size_t i = 0; i < report->plugin_count; i++)
		json_array_append_new(plugins, replacement(&report->plugins[i]));
	return json_pack("{s:o, s:i, s:i, s:s, s:o, s:I, s:I, s:I, s:I, s:I, s:o}", "outcome",
			 outcome_name(report->outcome), "code", (int)report->outcome, "errno",
			 -(int)report->result, "plugin", report->plugin, "words",
			 host_json_text(report->words), "judge", (json_int_t)report->judge, "trial",
			 (json_int_t)report->trial, "start", (json_int_t)report->start, "pause",
			 (json_int_t)report->pause, "total", (json_int_t)report->total, "plugins",
			 plugins);
}

json_t *host_json_line(const struct logsink_line *line)
{
	return json_pack("{s:s, s:s, s:o, s:I}", "plugin", line->plugin, "level",
			 logsink_level_name(line->level), "text", host_json_text(line->text),
			 "time", (json_int_t)line->time);
}

static int fields_of(const struct corbel_delivery *delivery, json_t **out)
{
	char small[4096], *text = small;
	int length = corbel_host_event_text(delivery, small, sizeof(small));

	if (length >= EVENT_TEXT_MAX)
		return -EMSGSIZE;
	if (length >= (int)sizeof(small)) {
		size_t size = (size_t)length + 1;

		text = malloc(size);
		if (!text)
			return -ENOMEM;
		length = corbel_host_event_text(delivery, text, size);
	}
	*out = length < 0 ? NULL : json_loads(text, 0, NULL);
	if (text != small)
		free(text);
	return *out ? 0 : -EBADMSG;
}

int host_json_event(const struct corbel_delivery *delivery, json_t **out)
{
	struct timespec now;
	json_t *fields = NULL;
	int code = fields_of(delivery, &fields);

	if (code < 0)
		return code;
	clock_gettime(CLOCK_REALTIME, &now);
	*out = json_pack("{s:s, s:s, s:I, s:o}", "topic", delivery->topic, "publisher",
			 delivery->publisher, "time",
			 (json_int_t)now.tv_sec * 1000000000 + now.tv_nsec, "fields", fields);
	return *out ? 0 : -ENOMEM;
}
