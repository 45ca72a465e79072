/* SPDX-License-Identifier: MIT */
/* org.corbel.Host: the host and its plugins over Varlink. */
#include "host_service.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "host_json.h"
#include "org.corbel.Host.h"
#include "rescue.h"

void host_service_fail(struct varlink_call *call, int code, const char *words)
{
	varlink_error(call, "org.corbel.Host.Failed",
		      json_pack("{s:o, s:i}", "words",
				host_json_text(words && *words ? words : strerror(-code)), "errno",
				-code));
}

void host_service_invalid(struct varlink_call *call, const char *parameter)
{
	varlink_error(call, "org.varlink.service.InvalidParameter",
		      json_pack("{s:s}", "parameter", parameter));
}

void host_service_not_found(struct varlink_call *call, const char *plugin)
{
	varlink_error(call, "org.corbel.Host.PluginNotFound",
		      json_pack("{s:s}", "name", plugin ? plugin : ""));
}

struct tally {
	int all, running, waiting, failed;
};

static void count_plugin(void *data, const struct corbel_plugin_info *plugin)
{
	struct tally *tally = data;

	tally->all++;
	if (plugin->state == CORBEL_PLUGIN_RUNNING)
		tally->running++;
	else if (plugin->state == CORBEL_PLUGIN_FAILED ||
		 plugin->state == CORBEL_PLUGIN_QUARANTINED)
		tally->failed++;
	else if (plugin->wanted && !plugin->on_demand)
		tally->waiting++;
}

/* NULL: this program is the first. */
static json_t *past_of(void)
{
	const struct rescue_past *past = rescue_past();

	return past ? json_pack("{s:i, s:s, s:s, s:b}", "times", (int)past->count, "culprit",
				past->culprit, "words", past->words, "safe", past->is_safe)
		    : json_null();
}

static void get_info(struct varlink_call *call, void *data)
{
	struct host_service *service = data;
	const struct corbel_config_entry *name =
		corbel_host_setting(service->host, "corbel", "name");
	struct tally tally = { 0 };

	corbel_host_plugins(service->host, count_plugin, &tally);
	varlink_reply(call,
		      json_pack("{s:s, s:s, s:i, s:s, s:I, s:b, s:b, s:i, s:i, s:i, s:i, s:o, s:b}",
				"name", name && name->text ? name->text : "corbeld", "version",
				corbel_host_version(), "pid", (int)getpid(), "file", service->file,
				"started", (json_int_t)service->started, "settled",
				corbel_host_is_settled(service->host), "stopping",
				service->is_stopping, "plugins", tally.all, "running",
				tally.running, "waiting", tally.waiting, "failed", tally.failed,
				"began_anew", past_of(), "well",
				corbel_host_is_well(service->host)));
}

static void append_plugin(void *data, const struct corbel_plugin_info *plugin)
{
	json_array_append_new(data, host_json_plugin(plugin));
}

static void append_metrics(void *data, const struct corbel_plugin_info *plugin)
{
	json_array_append_new(data, host_json_metrics(plugin));
}

static void append_service(void *data, const struct corbel_service_info *service)
{
	json_array_append_new(data, host_json_service(service));
}

static void append_topic(void *data, const struct corbel_topic_info *topic)
{
	json_array_append_new(data, host_json_topic(topic));
}

static void reply_list(struct varlink_call *call, const char *name, json_t *list)
{
	varlink_reply(call, json_pack("{s:o}", name, list));
}

static void list_plugins(struct varlink_call *call, void *data)
{
	struct host_service *service = data;
	json_t *list = json_array();

	corbel_host_plugins(service->host, append_plugin, list);
	reply_list(call, "plugins", list);
}

static void get_metrics(struct varlink_call *call, void *data)
{
	struct host_service *service = data;
	json_t *list = json_array();

	corbel_host_plugins(service->host, append_metrics, list);
	reply_list(call, "metrics", list);
}

static void list_services(struct varlink_call *call, void *data)
{
	struct host_service *service = data;
	json_t *list = json_array();

	corbel_host_services(service->host, append_service, list);
	reply_list(call, "services", list);
}

static void list_topics(struct varlink_call *call, void *data)
{
	struct host_service *service = data;
	json_t *list = json_array();

	corbel_host_topics(service->host, append_topic, list);
	reply_list(call, "topics", list);
}

static void reply_plugin(void *data, const struct corbel_plugin_info *plugin)
{
	json_t *object = host_json_plugin(plugin);

	if (*plugin->fault_report)
		json_object_set_new(object, "fault_report", host_json_text(plugin->fault_report));
	varlink_reply(data, json_pack("{s:o}", "plugin", object));
}

static void describe_plugin(struct varlink_call *call, void *data)
{
	struct host_service *service = data;
	const char *name = varlink_string(call, "name");

	if (corbel_host_plugin(service->host, name, reply_plugin, call) < 0)
		host_service_not_found(call, name);
}

static void set_log_level(struct varlink_call *call, void *data)
{
	struct host_service *service = data;
	const char *plugin = varlink_string(call, "plugin");
	int level = logsink_level_parse(varlink_string(call, "level"));

	if (level < 0) {
		host_service_invalid(call, "level");
		return;
	}
	int code = corbel_host_set_level(service->host, plugin, level);

	if (code == -ENOENT)
		host_service_not_found(call, plugin);
	else if (code < 0)
		host_service_fail(call, code, NULL);
	else
		varlink_reply(call, NULL);
}

static void reset(struct varlink_call *call, void *data)
{
	struct host_service *service = data;
	const char *name = varlink_string(call, "name");

	if (corbel_host_reset(service->host, name) < 0)
		host_service_not_found(call, name);
	else
		varlink_reply(call, NULL);
}

static void reload_config(struct varlink_call *call, void *data)
{
	struct host_service *service = data;
	struct corbel_error error = { "" };
	int code = service->reload(service->data, &error);

	if (code < 0)
		host_service_fail(call, code, error.text);
	else
		varlink_reply(call, NULL);
}

#define NAME \
	{ \
		{ \
			"name", VARLINK_STRING, false \
		} \
	}

static const struct varlink_method methods[] = {
	{ "GetInfo", VARLINK_READ, .run = get_info },
	{ "ListPlugins", VARLINK_READ, .run = list_plugins },
	{ "DescribePlugin", VARLINK_READ, .run = describe_plugin, .parameters = NAME },
	{ "ListServices", VARLINK_READ, .run = list_services },
	{ "ListTopics", VARLINK_READ, .run = list_topics },
	{ "GetMetrics", VARLINK_READ, .run = get_metrics },
	{ "Grants", VARLINK_READ, .run = host_grants_list,
	  .parameters = { { "plugin", VARLINK_STRING, true } } },
	{ "Why", VARLINK_READ, .run = host_grants_why,
	  .parameters = { { "plugin", VARLINK_STRING, false },
			  { "thing", VARLINK_STRING, false } } },
	{ "Start", VARLINK_CONTROL, .run = host_requests_start, .parameters = NAME },
	{ "Stop", VARLINK_CONTROL, .run = host_requests_stop, .parameters = NAME },
	{ "Restart", VARLINK_CONTROL, .run = host_requests_restart, .parameters = NAME },
	{ "Reset", VARLINK_CONTROL, .run = reset,
	  .parameters = { { "name", VARLINK_STRING, true } } },
	{ "ReExec", VARLINK_CONTROL, .run = host_requests_re_exec },
	{ "Reload", VARLINK_CONTROL, .run = host_requests_reload,
	  .parameters = { { "plugins", VARLINK_STRINGS, false },
			  { "dry_run", VARLINK_BOOL, true },
			  { "previous", VARLINK_BOOL, true },
			  { "anyway", VARLINK_BOOL, true },
			  { "timeout", VARLINK_INT, true },
			  { "fault", VARLINK_STRING, true } } },
	{ "MonitorStates", VARLINK_READ, .run = host_monitors_states, .streams = true },
	{ "MonitorEvents", VARLINK_READ, .run = host_monitors_events, .streams = true,
	  .parameters = { { "pattern", VARLINK_STRING, false } } },
	{ "MonitorLog", VARLINK_READ, .run = host_monitors_log, .streams = true,
	  .parameters = { { "level", VARLINK_STRING, true },
			  { "plugin", VARLINK_STRING, true },
			  { "backlog", VARLINK_INT, true } } },
	{ "SetLogLevel", VARLINK_CONTROL, .run = set_log_level,
	  .parameters = { { "plugin", VARLINK_STRING, true },
			  { "level", VARLINK_STRING, false } } },
	{ "ReloadConfig", VARLINK_CONTROL, .run = reload_config },
	{ "ListFaults", VARLINK_READ, .run = host_inject_list },
	{ "Inject", VARLINK_CONTROL, .run = host_inject_play,
	  .parameters = { { "plugin", VARLINK_STRING, false },
			  { "fault", VARLINK_STRING, false },
			  { "at", VARLINK_STRING, true } } },
	{ .name = NULL },
};

int host_service_init(struct host_service *service, struct poller *poller)
{
	service->poller = poller;
	service->requests = NULL;
	service->monitors = NULL;
	service->interface = (struct varlink_interface){ .name = "org.corbel.Host",
							 .description = host_description,
							 .methods = methods,
							 .data = service };
	service->log_watch = (struct poller_watch){ .descriptor = -1,
						    .ready = host_monitors_log_ready,
						    .data = service };
	return poller_add(poller, &service->log_watch, logsink_descriptor(service->sink), EPOLLIN);
}

void host_service_fini(struct host_service *service)
{
	poller_remove(service->poller, &service->log_watch);
	host_requests_fini(service);
}
