/* SPDX-License-Identifier: MIT */
/* The server as a plugin: what it hears from others, and when it tells its listeners. */
#include "http.h"

#include <errno.h>
#include <stdlib.h>

#include "routes.h"
#include "state.h"
#include "view.h"

/* Changes come in bursts, as when a plugin starts: one telling for all within this time. */
#define PUSH_DELAY (50 * CORBEL_MILLISECOND)
/* What is being answered may take so long until the version that was replaced is gone. */
#define RETIREMENT (2 * CORBEL_SECOND)
/* Of sensors there may be hundreds, and all are read at once. */
#define SAMPLES_QUEUED 4096

static void plugins_tell(struct http *http)
{
	int result = snapshot_take(&http->snapshot);
	struct text text = { 0 };

	if (result < 0)
		view_absence(&text, "corbel.monitor", result);
	else
		view_plugins(&text, &http->snapshot);
	if (!text.failed)
		feeds_publish(&http->feeds, FEED_PLUGINS, &text);
	text_fini(&text);
}

static void sensors_tell(struct http *http)
{
	struct text text = { 0 };

	readings_prune(&http->readings, corbel_now(http->context));
	if (http->readings.changes == http->sensors_told)
		return;
	view_sensors(&text, &http->readings);
	if (!text.failed)
		feeds_publish(&http->feeds, FEED_SENSORS, &text);
	http->sensors_told = http->readings.changes;
	text_fini(&text);
}

static void alerts_tell(struct http *http)
{
	struct text text = { 0 };

	if (http->alerts_told)
		return;
	(void)alerts_write(&text, http->context, http->rules);
	if (!text.failed)
		feeds_publish(&http->feeds, FEED_ALERTS, &text);
	http->alerts_told = true;
	text_fini(&text);
}

void http_tell(struct http *http)
{
	plugins_tell(http);
	sensors_tell(http);
	alerts_tell(http);
}

/* After a fault it goes on with this; the sockets are duplicated by the host. [strand] */
static void commit(struct http *http)
{
	int descriptors[SERVER_DESCRIPTORS];
	struct corbel_state state = { .size = sizeof(state),
				      .version = HTTP_STATE,
				      .descriptors = descriptors,
				      .descriptor_count = SERVER_DESCRIPTORS };

	server_name(&http->server, descriptors);
	if (state_write(http, &state) == 0)
		(void)corbel_commit(http->context, &state);
	corbel_free(http->context, state.bytes);
}

static void second_passed(void *data)
{
	struct http *http = data;

	if (http->feeds.stream_count > 0) {
		http_tell(http);
		feeds_wake(&http->feeds);
	}
	server_expire(&http->server);
	server_run(&http->server);
	commit(http);
}

static void changes_push(void *data)
{
	struct http *http = data;

	corbel_timer_stop(http->context, http->pushing);
	http->pushing = NULL;
	plugins_tell(http);
	alerts_tell(http);
	feeds_wake(&http->feeds);
	server_run(&http->server);
}

/* Without the timer it is told with the next second. */
static void changes_push_soon(struct http *http)
{
	if (http->feeds.stream_count > 0 && !http->pushing)
		(void)corbel_timer_start(http->context, PUSH_DELAY, 0, changes_push, http,
					 &http->pushing);
}

static void plugin_changed(void *data, const struct corbel_monitor_changed *event)
{
	struct http *http = data;

	(void)event;
	http->snapshot.is_current = false;
	changes_push_soon(http);
}

static void alarm_came(void *data, const struct corbel_delivery *delivery)
{
	struct http *http = data;

	(void)delivery;
	http->alerts_told = false;
	changes_push_soon(http);
}

static void rules_changed(void *data, bool bound)
{
	(void)bound;
	((struct http *)data)->alerts_told = false;
}

static void reading_take(struct http *http, const struct corbel_sensors_sample *sample)
{
	int result = readings_put(&http->readings, sample, corbel_now(http->context));

	if (result < 0 && !http->sensors_lost)
		corbel_log(http->context, CORBEL_WARNING,
			   "sensors beyond the first %zu are not shown: %s", http->readings.count,
			   strerrordesc_np(-result));
	http->sensors_lost |= result < 0;
}

static void sample_came(void *data, const struct corbel_sensors_sample *sample)
{
	reading_take(data, sample);
}

/*
 * What was last read before we came; samples may be an hour apart. What came as an event is not
 * taken again: it would say something else of the period.
 */
static void sensors_ask(struct http *http)
{
	struct corbel_sensors_info *infos = NULL;
	size_t count = 0;

	if (corbel_sensors_list(http->sensors, &infos, &count) < 0)
		return;
	for (size_t i = 0; i < count; i++) {
		struct corbel_sensors_sample sample = { .size = sizeof(sample),
							.name = infos[i].name };

		if (corbel_sensors_read(http->sensors, sample.name, &sample.value, &sample.unit,
					&sample.at) == 0 &&
		    !readings_has(&http->readings, sample.name, sample.at))
			reading_take(http, &sample);
	}
	corbel_sensors_infos_free(http->context, infos, count);
}

static void sensors_changed(void *data, bool bound)
{
	struct http *http = data;

	http->sensors_bound = bound;
	if (bound)
		sensors_ask(http);
	else
		readings_fini(&http->readings);
}

static void monitor_changed(void *data, bool bound)
{
	(void)bound;
	((struct http *)data)->snapshot.is_current = false;
}

static int uses_make(struct http *http)
{
	const struct corbel_use_options rules = { .size = sizeof(rules),
						  .changed = rules_changed,
						  .data = http };
	const struct corbel_use_options monitor = { .size = sizeof(monitor),
						    .changed = monitor_changed,
						    .data = http };
	const struct corbel_use_options sensors = { .size = sizeof(sensors),
						    .changed = sensors_changed,
						    .data = http };
	int result = corbel_monitor_acquire(http->context, &monitor, &http->monitor);

	if (result == 0)
		result = corbel_sensors_acquire(http->context, &sensors, &http->sensors);
	if (result == 0)
		result = corbel_rules_acquire(http->context, &rules, &http->rules);
	return result;
}

static int subscriptions_make(struct http *http)
{
	const struct corbel_subscriber many = { .size = sizeof(many), .depth = SAMPLES_QUEUED };
	const struct corbel_subscriber any = { .size = sizeof(any),
					       .handler = (void (*)(void))alarm_came,
					       .data = http };
	int result;

	result = corbel_subscribe(http->context, "corbel.rules.*", &any, &http->alarms);
	if (result == 0)
		result = corbel_monitor_changed_subscribe(http->context, NULL, NULL, plugin_changed,
							  http, &http->changes);
	if (result == 0)
		result = corbel_sensors_sample_subscribe(http->context, NULL, &many, sample_came,
							 http, &http->samples);
	return result;
}

/* Whatever was made: the host would take it back only after this memory is gone. */
static void http_free(struct http *http)
{
	corbel_unsubscribe(http->context, http->alarms);
	corbel_unsubscribe(http->context, http->samples);
	corbel_unsubscribe(http->context, http->changes);
	corbel_sensors_release(http->context, http->sensors);
	corbel_rules_release(http->context, http->rules);
	corbel_monitor_release(http->context, http->monitor);
	corbel_timer_stop(http->context, http->pushing);
	server_close(&http->server);
	routes_fini(http);
	feeds_fini(&http->feeds);
	snapshot_fini(&http->snapshot);
	readings_fini(&http->readings);
	free(http);
}

static int http_begin(struct http *http)
{
	const struct server_owner owner = { .answer = routes_answer,
					    .tick = second_passed,
					    .data = http };
	int result = settings_read(&http->settings, http->context);

	if (result == 0)
		result = routes_init(http);
	if (result == 0)
		result = server_open(&http->server, http->context, &http->settings, &owner);
	if (result == 0)
		result = uses_make(http);
	if (result == 0)
		result = subscriptions_make(http);
	if (result == 0 && !corbel_is_replacement(http->context))
		result = server_begin(&http->server, &http->settings);
	snapshot_init(&http->snapshot, http->context, http->monitor);
	if (result == 0 && !corbel_is_replacement(http->context))
		commit(http);
	return result;
}

static int start(struct corbel_context *context, void **self)
{
	struct http *http = calloc(1, sizeof(*http));
	int result;

	if (!http)
		return -ENOMEM;
	http->context = context;
	result = http_begin(http);
	if (result < 0) {
		http_free(http);
		return result;
	}
	*self = http;
	return 0;
}

static void stop(void *self, enum corbel_stop_reason reason)
{
	struct http *http = self;

	if (reason == CORBEL_STOP_REPLACED) {
		feeds_end(&http->feeds);
		server_retire(&http->server, RETIREMENT);
	}
	http_free(http);
}

static int save(void *self, struct corbel_state *state)
{
	struct http *http = self;
	int result = state_write(http, state);

	if (result < 0)
		return result;
	state->descriptors =
		corbel_alloc(http->context, SERVER_DESCRIPTORS * sizeof(*state->descriptors));
	if (!state->descriptors)
		return -ENOMEM;
	state->descriptor_count = SERVER_DESCRIPTORS;
	return server_save(&http->server, state->descriptors);
}

static int restore(void *self, const struct corbel_state *state)
{
	struct http *http = self;
	struct settings before;
	int result = state_read(http, state, &before);

	if (result == 0 && state->descriptor_count != SERVER_DESCRIPTORS)
		result = -EBADMSG;
	if (result == 0)
		result = server_restore(&http->server, state->descriptors,
					!settings_share_address(&before, &http->settings));
	if (result == -EBADMSG || result == -ENOMEM)
		corbel_explain(http->context,
			       "cannot take over the saved state: %s (`corbelctl restart %s` "
			       "begins without it)",
			       strerrordesc_np(-result), corbel_name(http->context));
	if (result == 0)
		commit(http);
	return result;
}

static int configure(void *self)
{
	struct http *http = self;
	struct settings settings;
	int result = settings_read(&settings, http->context);

	if (result == 0 && !settings_share_address(&settings, &http->settings))
		result = server_listen(&http->server, &settings);
	if (result < 0)
		return result;
	http->settings = settings;
	commit(http);
	return 0;
}

CORBEL_PLUGIN(.start = start, .stop = stop, .save = save, .restore = restore,
	      .configure = configure);
