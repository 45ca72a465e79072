/* SPDX-License-Identifier: MIT */
/* A host for the plugin rules in one thread: its time is the test's, and so are sensors and store.
 */
#include "stage.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "corbel.sensors.h"

__thread struct corbel_record *corbel_thread;

static struct stage *stage_of(struct corbel_context *context)
{
	return (struct stage *)context;
}

static bool is_refused(const struct stage *stage, const char *member)
{
	return stage->refused && strcmp(stage->refused, member) == 0;
}

static void append(char *text, size_t size, const char *between, const char *more)
{
	size_t used = strlen(text);

	snprintf(text + used, size - used, "%s%s", used ? between : "", more);
}

static void stage_log(struct corbel_context *context, int level, const char *format,
		      va_list arguments)
{
	struct stage *stage = stage_of(context);
	char line[1024];

	(void)level;
	vsnprintf(line, sizeof(line), format, arguments);
	append(stage->log, sizeof(stage->log), "\n", line);
}

static void stage_explain(struct corbel_context *context, const char *format, va_list arguments)
{
	struct stage *stage = stage_of(context);

	vsnprintf(stage->words, sizeof(stage->words), format, arguments);
}

static void *stage_alloc(struct corbel_context *context, size_t size)
{
	return is_refused(stage_of(context), "alloc") ? NULL : malloc(size);
}

static void stage_free(struct corbel_context *context, void *buffer)
{
	(void)context;
	free(buffer);
}

static int stage_provide(struct corbel_context *context, const struct corbel_interface *interface,
			 const void *table, void *self,
			 const struct corbel_service_options *options,
			 struct corbel_provision **out)
{
	struct stage *stage = stage_of(context);

	(void)interface;
	(void)options;
	(void)out;
	if (is_refused(stage, "provide"))
		return -EACCES;
	stage->methods = table;
	stage->self = self;
	return 0;
}

static int stage_acquire(struct corbel_context *context, const struct corbel_interface *interface,
			 const struct corbel_use_options *options, struct corbel_use **out)
{
	struct stage *stage = stage_of(context);

	(void)interface;
	if (is_refused(stage, "acquire"))
		return -EACCES;
	stage->changed = *options;
	*out = &stage->use;
	options->changed(options->data, stage->is_store_there);
	return 0;
}

static void stage_release(struct corbel_use *use)
{
	(void)use;
}

static int refuse_call(struct corbel_call *call, struct corbel_use *use, uint32_t method)
{
	(void)call;
	(void)use;
	(void)method;
	return -ENOTCONN;
}

static void note(struct stage *stage, const char *format, ...)
{
	char line[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	append(stage->events, sizeof(stage->events), ", ", line);
}

static void raised(void *data, const struct corbel_rules_raised *event)
{
	note(data, "raised %s %s %g", event->rule, event->sensor, event->value);
}

static void cleared(void *data, const struct corbel_rules_cleared *event)
{
	note(data, "cleared %s %s %g", event->rule, event->sensor, event->value);
}

static void recording(void *data, const struct corbel_rules_recording *event)
{
	note(data, "%s %llu", event->paused ? "paused" : "continues",
	     (unsigned long long)event->pending);
}

static int stage_publish(struct corbel_topic *topic, const void *payload, size_t size)
{
	struct stage_topic *from = (struct stage_topic *)topic;
	const struct corbel_event *event = &from->interface->events[from->event];
	struct corbel_delivery delivery = {
		.interface = from->interface, .event = event, .payload = payload, .size = size
	};

	ck_assert_uint_gt(from->openings, 0);
	if (strcmp(event->name, "raised") == 0)
		corbel_rules_raised_deliver((void (*)(void))raised, from->stage, &delivery);
	else if (strcmp(event->name, "cleared") == 0)
		corbel_rules_cleared_deliver((void (*)(void))cleared, from->stage, &delivery);
	else
		corbel_rules_recording_deliver((void (*)(void))recording, from->stage, &delivery);
	return 0;
}

static int stage_topic_open(struct corbel_context *context,
			    const struct corbel_interface *interface, uint32_t event,
			    const struct corbel_topic_options *options, struct corbel_topic **out)
{
	struct stage *stage = stage_of(context);

	(void)options;
	if (is_refused(stage, interface->events[event].name))
		return -EACCES;
	ck_assert_uint_lt(event, 4);
	stage->topics[event] = (struct stage_topic){
		{ stage_publish }, stage, interface, event, stage->topics[event].openings + 1
	};
	*out = &stage->topics[event].topic;
	return 0;
}

static void stage_topic_close(struct corbel_topic *topic)
{
	((struct stage_topic *)topic)->openings--;
}

static int stage_subscribe(struct corbel_context *context, const char *pattern,
			   const struct corbel_subscriber *subscriber,
			   struct corbel_subscription **out)
{
	struct stage *stage = stage_of(context);

	if (is_refused(stage, "subscribe"))
		return -EACCES;
	ck_assert_str_eq(pattern, "corbel.sensors.sample");
	stage->subscriber = *subscriber;
	*out = NULL;
	return 0;
}

static int64_t stage_now(struct corbel_context *context)
{
	return stage_of(context)->now;
}

static int stage_post(struct corbel_context *context, void (*run)(void *data), void *data)
{
	struct stage *stage = stage_of(context);

	stage->posted = run;
	stage->posted_data = data;
	return 0;
}

static bool stage_is_replacement(struct corbel_context *context)
{
	return stage_of(context)->is_replacement;
}

static int stage_timer_start(struct corbel_context *context, int64_t first, int64_t period,
			     void (*fire)(void *data), void *data, struct corbel_timer **out)
{
	struct stage *stage = stage_of(context);

	if (is_refused(stage, "timer_start"))
		return -EACCES;
	for (size_t i = 0; i < STAGE_TIMERS; i++) {
		struct corbel_timer *timer = &stage->timers[i];

		if (timer->is_running)
			continue;
		*timer = (struct corbel_timer){ stage->now + first, period, fire, data, true };
		*out = timer;
		return 0;
	}
	ck_abort_msg("too many timers");
}

static void stage_timer_stop(struct corbel_timer *timer)
{
	ck_assert(timer->is_running);
	timer->is_running = false;
}

static const struct corbel_config_entry *stage_config_find(struct corbel_context *context,
							   const char *key)
{
	struct stage *stage = stage_of(context);

	for (size_t i = 0; i < stage->setting_count; i++)
		if (strcmp(stage->settings[i].key, key) == 0)
			return &stage->settings[i];
	return NULL;
}

static const struct corbel_config_entry *stage_config_next(struct corbel_context *context,
							   const char *prefix,
							   const struct corbel_config_entry *after)
{
	struct stage *stage = stage_of(context);
	size_t next = after ? (size_t)(after - stage->settings) + 1 : 0;

	ck_assert_str_eq(prefix, "");
	return next < stage->setting_count ? &stage->settings[next] : NULL;
}

static const char *stage_name(struct corbel_context *context)
{
	(void)context;
	return "rules";
}

static int stage_commit(struct corbel_context *context, const struct corbel_state *state)
{
	(void)state;
	stage_of(context)->commits++;
	return 0;
}

static const struct corbel_api api = {
	.size = sizeof(api),
	.abi = CORBEL_ABI,
	.log = stage_log,
	.alloc = stage_alloc,
	.free = stage_free,
	.provide = stage_provide,
	.acquire = stage_acquire,
	.release = stage_release,
	.topic_open = stage_topic_open,
	.topic_close = stage_topic_close,
	.subscribe = stage_subscribe,
	.now = stage_now,
	.post = stage_post,
	.timer_start = stage_timer_start,
	.timer_stop = stage_timer_stop,
	.config_find = stage_config_find,
	.config_next = stage_config_next,
	.name = stage_name,
	.explain = stage_explain,
	.is_replacement = stage_is_replacement,
	.commit = stage_commit,
};

void stage_enter_thread(struct stage_thread *thread)
{
	memset(thread, 0, sizeof(*thread));
	thread->record.capacity = STAGE_FRAMES;
	thread->record.enter = refuse_call;
	corbel_thread = &thread->record;
}

void stage_init(struct stage *stage)
{
	memset(stage, 0, sizeof(*stage));
	stage->context.api = &api;
	stage_store_init(&stage->store, &stage->context);
	stage->service.gate = 1;
	stage->service.table = &stage_store_methods;
	stage->service.self = &stage->store;
	stage->use.service = &stage->service;
	stage_enter_thread(&stage->thread);
	stage_set(stage, "history", "1000", 1000);
	stage_set(stage, "pending", "256", 256);
}

void stage_fini(struct stage *stage)
{
	stage_store_fini(&stage->store);
}

void stage_set(struct stage *stage, const char *key, const char *text, int64_t integer)
{
	size_t i = 0;

	while (i < stage->setting_count && strcmp(stage->settings[i].key, key) != 0)
		i++;
	if (!text && i < stage->setting_count)
		stage->settings[i] = stage->settings[--stage->setting_count];
	if (!text)
		return;
	ck_assert_uint_lt(i, STAGE_SETTINGS);
	stage->setting_count += i == stage->setting_count;
	stage->settings[i] = (struct corbel_config_entry){ .key = key,
							   .text = text,
							   .integer = integer,
							   .file = "corbeld.ini",
							   .line = (uint32_t)i };
}

static struct corbel_timer *next_timer(struct stage *stage)
{
	struct corbel_timer *next = NULL;

	for (size_t i = 0; i < STAGE_TIMERS; i++) {
		struct corbel_timer *timer = &stage->timers[i];

		if (timer->is_running && (!next || timer->due < next->due))
			next = timer;
	}
	return next;
}

void stage_pass(struct stage *stage, int64_t milliseconds)
{
	int64_t end = stage->now + milliseconds * CORBEL_MILLISECOND;
	struct corbel_timer *timer;

	while ((timer = next_timer(stage)) && timer->due <= end) {
		if (timer->due > stage->now)
			stage->now = timer->due;
		timer->due = timer->period ? timer->due + timer->period : INT64_MAX;
		timer->fire(timer->data);
	}
	stage->now = end;
}

void stage_run_posted(struct stage *stage)
{
	void (*run)(void *data) = stage->posted;

	ck_assert(run != NULL);
	stage->posted = NULL;
	run(stage->posted_data);
}

void stage_sample(struct stage *stage, const char *name, double value)
{
	struct corbel_sensors_sample sample = {
		.size = sizeof(sample),
		.name = name,
		.value = value,
		.at = STAGE_EPOCH * CORBEL_SECOND + stage->now,
	};

	((void (*)(void *, const struct corbel_sensors_sample *))stage->subscriber.handler)(
		stage->subscriber.data, &sample);
}

void stage_samples(struct stage *stage, const char *name, double value, int seconds)
{
	for (int i = 0; i < seconds; i++) {
		stage_sample(stage, name, value);
		stage_pass(stage, 1000);
	}
}

void stage_set_store(struct stage *stage, bool is_there)
{
	__atomic_store_n(&stage->service.gate, is_there ? 0 : 1, __ATOMIC_RELEASE);
	stage->is_store_there = is_there;
	if (stage->changed.changed)
		stage->changed.changed(stage->changed.data, is_there);
}

size_t stage_running_timers(const struct stage *stage)
{
	size_t running = 0;

	for (size_t i = 0; i < STAGE_TIMERS; i++)
		running += stage->timers[i].is_running;
	return running;
}

size_t stage_said(const struct stage *stage, const char *words)
{
	size_t count = 0;

	for (const char *at = stage->log; (at = strstr(at, words)); at += strlen(words))
		count++;
	return count;
}

void stage_forget(struct stage *stage)
{
	stage->log[0] = stage->events[0] = '\0';
}
