/* SPDX-License-Identifier: MIT */
/* A host of a few lines, so that generated headers are tested without libcorbel. */
#include "fake.h"

#include <stdlib.h>
#include <string.h>

__thread struct corbel_record *corbel_thread;

static struct fake *fake_of(struct corbel_context *context)
{
	return (struct fake *)((char *)context - offsetof(struct fake, context));
}

static void *fake_alloc(struct corbel_context *context, size_t size)
{
	fake_of(context)->alive++;
	return malloc(size);
}

static void fake_free(struct corbel_context *context, void *buffer)
{
	if (buffer)
		fake_of(context)->alive--;
	free(buffer);
}

static int fake_provide(struct corbel_context *context, const struct corbel_interface *interface,
			const void *table, void *self, const struct corbel_service_options *options,
			struct corbel_provision **out)
{
	struct fake *fake = fake_of(context);

	(void)options;
	(void)out;
	fake->interface = interface;
	fake->service.table = table;
	fake->service.self = self;
	return 0;
}

static int fake_acquire(struct corbel_context *context, const struct corbel_interface *interface,
			const struct corbel_use_options *options, struct corbel_use **out)
{
	struct fake *fake = fake_of(context);

	(void)options;
	fake->interface = interface;
	*out = &fake->use;
	return 0;
}

static void fake_release(struct corbel_use *use)
{
	use->service = NULL;
}

static int fake_publish(struct corbel_topic *topic, const void *payload, size_t size)
{
	struct fake *fake = (struct fake *)((char *)topic - offsetof(struct fake, topic));

	free(fake->payload);
	fake->payload = malloc(size);
	memcpy(fake->payload, payload, size);
	fake->payload_size = size;
	return 0;
}

static int fake_topic_open(struct corbel_context *context, const struct corbel_interface *interface,
			   uint32_t event, const struct corbel_topic_options *options,
			   struct corbel_topic **out)
{
	struct fake *fake = fake_of(context);

	(void)options;
	fake->interface = interface;
	fake->event = event;
	*out = &fake->topic;
	return 0;
}

static int fake_subscribe(struct corbel_context *context, const char *pattern,
			  const struct corbel_subscriber *subscriber,
			  struct corbel_subscription **out)
{
	struct fake *fake = fake_of(context);

	(void)out;
	fake->subscriber = *subscriber;
	strncpy(fake->pattern, pattern, sizeof(fake->pattern) - 1);
	return 0;
}

static int refuse(struct corbel_call *call, struct corbel_use *use, uint32_t method)
{
	(void)call;
	(void)use;
	(void)method;
	return -ENOTCONN;
}

void fake_init(struct fake *fake)
{
	memset(fake, 0, sizeof(*fake));
	fake->context.api = &fake->api;
	fake->api.size = sizeof(fake->api);
	fake->api.abi = CORBEL_ABI;
	fake->api.alloc = fake_alloc;
	fake->api.free = fake_free;
	fake->api.provide = fake_provide;
	fake->api.acquire = fake_acquire;
	fake->api.release = fake_release;
	fake->api.topic_open = fake_topic_open;
	fake->api.subscribe = fake_subscribe;
	fake->use.service = &fake->service;
	fake->topic.publish = fake_publish;
	fake->thread.record.capacity = FAKE_FRAMES;
	fake->thread.record.enter = refuse;
	corbel_thread = &fake->thread.record;
}

void fake_fini(struct fake *fake)
{
	free(fake->payload);
	fake->payload = NULL;
}

void fake_deliver(struct fake *fake, const void *payload, size_t size)
{
	struct corbel_delivery delivery = { .interface = fake->interface, .size = size };
	char *exact = malloc(size ? size : 1);

	if (size)
		memcpy(exact, payload, size);
	delivery.payload = exact;
	fake->subscriber.deliver(fake->subscriber.handler, fake->subscriber.data, &delivery);
	free(exact);
}
