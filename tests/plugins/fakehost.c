/* SPDX-License-Identifier: MIT */
/* A host for one plugin in one thread. */
#include "fakehost.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

static struct fake_host *host_of(struct corbel_context *context)
{
	return (struct fake_host *)context;
}

static bool is_refused(const struct fake_host *host, const char *member)
{
	return host->refused && strcmp(host->refused, member) == 0;
}

static void fake_log(struct corbel_context *context, int level, const char *format,
		     va_list arguments)
{
	struct fake_host *host = host_of(context);

	vsnprintf(host->log, sizeof(host->log), format, arguments);
	host->log_level = level;
	host->log_count++;
}

static bool fake_log_enabled(struct corbel_context *context, int level)
{
	(void)context;
	(void)level;
	return true;
}

static void fake_explain(struct corbel_context *context, const char *format, va_list arguments)
{
	struct fake_host *host = host_of(context);

	vsnprintf(host->words, sizeof(host->words), format, arguments);
}

static void *fake_alloc(struct corbel_context *context, size_t size)
{
	return is_refused(host_of(context), "alloc") ? NULL : malloc(size);
}

static void fake_free(struct corbel_context *context, void *buffer)
{
	(void)context;
	free(buffer);
}

static int fake_provide(struct corbel_context *context, const struct corbel_interface *interface,
			const void *table, void *self, const struct corbel_service_options *options,
			struct corbel_provision **out)
{
	struct fake_host *host = host_of(context);

	(void)interface;
	(void)options;
	if (is_refused(host, "provide"))
		return -EACCES;
	host->provision = (struct corbel_provision){ table, self, true };
	if (out)
		*out = &host->provision;
	return 0;
}

static int fake_withdraw(struct corbel_provision *provision)
{
	provision->is_open = false;
	return 0;
}

static int fake_acquire(struct corbel_context *context, const struct corbel_interface *interface,
			const struct corbel_use_options *options, struct corbel_use **out)
{
	(void)interface;
	(void)options;
	*out = &host_of(context)->use;
	return 0;
}

static void fake_release(struct corbel_use *use)
{
	(void)use;
}

static int fake_publish(struct corbel_topic *topic, const void *payload, size_t size)
{
	struct fake_host *host = ((struct fake_topic *)topic)->host;

	ck_assert_uint_lt(host->event_count, FAKE_EVENTS);
	host->events[host->event_count].bytes = malloc(size);
	memcpy(host->events[host->event_count].bytes, payload, size);
	host->events[host->event_count++].size = size;
	return 0;
}

static int fake_topic_open(struct corbel_context *context, const struct corbel_interface *interface,
			   uint32_t event, const struct corbel_topic_options *options,
			   struct corbel_topic **out)
{
	struct fake_host *host = host_of(context);

	(void)interface;
	(void)event;
	(void)options;
	if (is_refused(host, "topic_open"))
		return -EACCES;
	host->topic = (struct fake_topic){ { fake_publish }, host, true };
	*out = &host->topic.topic;
	return 0;
}

static void fake_topic_close(struct corbel_topic *topic)
{
	((struct fake_topic *)topic)->is_open = false;
}

static int fake_subscribe(struct corbel_context *context, const char *pattern,
			  const struct corbel_subscriber *subscriber,
			  struct corbel_subscription **out)
{
	struct fake_host *host = host_of(context);

	if (strchr(pattern, ' '))
		return -EINVAL;
	ck_assert_uint_lt(host->subscription_count, FAKE_SUBSCRIPTIONS);

	struct corbel_subscription *subscription = &host->subscriptions[host->subscription_count++];

	*subscription = (struct corbel_subscription){ .host = host,
						      .subscriber = *subscriber,
						      .is_open = true };
	snprintf(subscription->pattern, sizeof(subscription->pattern), "%s", pattern);
	*out = subscription;
	return 0;
}

static int fake_unsubscribe(struct corbel_subscription *subscription)
{
	ck_assert(subscription->is_open);
	subscription->is_open = false;
	return 0;
}

static int fake_event_text(const struct corbel_delivery *delivery, char *text, size_t size)
{
	const char *fields = delivery->payload;

	return fields ? snprintf(text, size, "%s", fields) : -EBADMSG;
}

static int64_t fake_now(struct corbel_context *context)
{
	return host_of(context)->now;
}

static int fake_post(struct corbel_context *context, void (*run)(void *data), void *data)
{
	struct fake_host *host = host_of(context);

	if (is_refused(host, "post"))
		return -EACCES;
	host->posted = run;
	host->posted_data = data;
	return 0;
}

static int fake_timer_start(struct corbel_context *context, int64_t first, int64_t period,
			    void (*fire)(void *data), void *data, struct corbel_timer **out)
{
	struct fake_host *host = host_of(context);

	if (is_refused(host, "timer_start"))
		return -EACCES;
	ck_assert_uint_lt(host->timer_count, sizeof(host->timers) / sizeof(host->timers[0]));
	host->timers[host->timer_count] = (struct corbel_timer){ first, period, fire, data, true };
	*out = &host->timers[host->timer_count++];
	return 0;
}

static void fake_timer_stop(struct corbel_timer *timer)
{
	timer->is_running = false;
}

static int fake_watch_add(struct corbel_context *context, int descriptor, uint32_t events,
			  void (*ready)(void *data, int descriptor, uint32_t events), void *data,
			  struct corbel_watch **out)
{
	struct fake_host *host = host_of(context);

	if (is_refused(host, "watch_add"))
		return -EACCES;
	ck_assert_uint_lt(host->watch_count, FAKE_WATCHES);
	*out = &host->watches[host->watch_count++];
	**out = (struct corbel_watch){ descriptor, events, ready, data, true };
	return 0;
}

static int fake_watch_change(struct corbel_watch *watch, uint32_t events)
{
	watch->events = events;
	return 0;
}

static void fake_watch_remove(struct corbel_watch *watch)
{
	watch->is_running = false;
}

static const struct corbel_config_entry *fake_config_find(struct corbel_context *context,
							  const char *key)
{
	struct fake_host *host = host_of(context);

	for (size_t i = 0; i < host->setting_count; i++)
		if (strcmp(host->settings[i].key, key) == 0)
			return &host->settings[i];
	return NULL;
}

static int fake_state_folder(struct corbel_context *context, const char **path)
{
	struct fake_host *host = host_of(context);

	if (!host->state_folder)
		return -ENOENT;
	*path = host->state_folder;
	return 0;
}

static const char *fake_name(struct corbel_context *context)
{
	(void)context;
	return "journal";
}

static bool fake_is_replacement(struct corbel_context *context)
{
	return host_of(context)->is_replacement;
}

static int fake_commit(struct corbel_context *context, const struct corbel_state *state)
{
	struct fake_host *host = host_of(context);

	ck_assert_uint_eq(state->version, 1);
	host->commits++;
	return 0;
}

static const struct corbel_api api = {
	.size = sizeof(api),
	.abi = CORBEL_ABI,
	.log = fake_log,
	.log_enabled = fake_log_enabled,
	.alloc = fake_alloc,
	.free = fake_free,
	.provide = fake_provide,
	.withdraw = fake_withdraw,
	.acquire = fake_acquire,
	.release = fake_release,
	.topic_open = fake_topic_open,
	.topic_close = fake_topic_close,
	.subscribe = fake_subscribe,
	.unsubscribe = fake_unsubscribe,
	.event_text = fake_event_text,
	.now = fake_now,
	.post = fake_post,
	.timer_start = fake_timer_start,
	.timer_stop = fake_timer_stop,
	.watch_add = fake_watch_add,
	.watch_change = fake_watch_change,
	.watch_remove = fake_watch_remove,
	.config_find = fake_config_find,
	.state_folder = fake_state_folder,
	.name = fake_name,
	.explain = fake_explain,
	.is_replacement = fake_is_replacement,
	.commit = fake_commit,
};

void fake_host_init(struct fake_host *host)
{
	memset(host, 0, sizeof(*host));
	host->context.api = &api;
	host->service.gate = 1;
	host->use.service = &host->service;
}

void fake_host_fini(struct fake_host *host)
{
	fake_host_drop_events(host);
}

struct corbel_config_entry *fake_host_set(struct fake_host *host, const char *key, const char *text,
					  int64_t integer)
{
	struct corbel_config_entry *entry = NULL;

	for (size_t i = 0; i < host->setting_count; i++)
		if (strcmp(host->settings[i].key, key) == 0)
			entry = &host->settings[i];
	if (!entry) {
		ck_assert_uint_lt(host->setting_count, FAKE_SETTINGS);
		entry = &host->settings[host->setting_count++];
	}
	*entry = (struct corbel_config_entry){ .key = key, .text = text, .integer = integer };
	return entry;
}

void fake_host_run_posted(struct fake_host *host)
{
	ck_assert(host->posted != NULL);
	host->posted(host->posted_data);
	host->posted = NULL;
}

void fake_host_fire(struct fake_host *host)
{
	for (size_t i = 0; i < host->timer_count; i++)
		if (host->timers[i].is_running)
			host->timers[i].fire(host->timers[i].data);
}

size_t fake_host_timers(const struct fake_host *host)
{
	size_t running = 0;

	for (size_t i = 0; i < host->timer_count; i++)
		running += host->timers[i].is_running;
	return running;
}

bool fake_host_serve(struct fake_host *host)
{
	bool was_any = false;

	for (size_t i = 0; i < host->watch_count; i++) {
		struct corbel_watch *watch = &host->watches[i];
		struct pollfd look = { .fd = watch->descriptor, .events = (short)watch->events };

		if (!watch->is_running || poll(&look, 1, 0) <= 0)
			continue;
		watch->ready(watch->data, watch->descriptor, (uint32_t)look.revents);
		was_any = true;
	}
	return was_any;
}

void fake_host_drop_events(struct fake_host *host)
{
	for (size_t i = 0; i < host->event_count; i++)
		free(host->events[i].bytes);
	host->event_count = 0;
}

void fake_host_deliver(struct fake_host *host, size_t subscription, const char *topic,
		       const char *text, uint64_t dropped)
{
	struct corbel_subscription *to = &host->subscriptions[subscription];
	struct corbel_delivery delivery = {
		.topic = topic,
		.publisher = "sensors",
		.payload = text,
		.size = text ? strlen(text) : 0,
		.at = host->now,
		.dropped = dropped,
	};

	ck_assert(to->is_open);
	((corbel_handler *)to->subscriber.handler)(to->subscriber.data, &delivery);
}
