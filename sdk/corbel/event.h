/* SPDX-License-Identifier: MIT */
/*
 * Events: typed streams with any number of publishers and subscribers.
 *
 * A topic is named by its interface and event, `corbel.sensors.sample`, with an optional suffix
 * that tells streams of one kind apart. corbel-scanner writes the typed functions:
 * corbel_sensors_sample_open(), corbel_sensors_sample_publish(), corbel_sensors_sample_subscribe().
 *
 * The payload is one flat buffer without pointers, so it outlives its publisher. A queued
 * subscriber (the usual kind) handles it on its own strand, in the order of each publisher. A
 * direct subscriber handles it in the publisher's thread, before publish returns, concurrently with
 * its own strand.
 */
#ifndef CORBEL_EVENT_H
#define CORBEL_EVENT_H

#include <corbel/api.h>

#ifdef __cplusplus
extern "C" {
#endif

enum corbel_delivery_mode {
	CORBEL_QUEUED = 0, /* on the subscriber's strand, from a bounded queue */
	CORBEL_DIRECT = 1  /* in the publisher's thread */
};

/* What happens to an event for which a queue has no room. Every drop is counted and shown. */
enum corbel_overflow {
	CORBEL_DROP_OLDEST = 0, /* the newest is what matters */
	CORBEL_DROP_NEWEST = 1,
	CORBEL_BLOCK = 2, /* the publisher waits, at most its call timeout */
	CORBEL_FAIL = 3   /* publish returns -EAGAIN; other subscribers get the event */
};

/* The head of a topic; its rest is the host's. publish: [any thread] */
struct corbel_topic {
	int (*publish)(struct corbel_topic *topic, const void *payload, size_t size);
};

struct corbel_topic_options {
	uint32_t size;      /* sizeof(struct corbel_topic_options) */
	uint32_t retain;    /* 1: who subscribes later gets the last event at once */
	const char *suffix; /* appended to the topic's name after a dot; NULL for none */
};

/* One event as a subscriber sees it; borrowed until the handler returns. */
struct corbel_delivery {
	const char *topic;
	const char *publisher; /* the plugin's name */
	/* The publisher's description, kept by the host. */
	const struct corbel_interface *interface;
	const struct corbel_event *event;
	const void *payload;
	size_t size;
	int64_t at;       /* corbel_now() at publish, 0 when not taken (direct) */
	uint64_t dropped; /* by this subscription before this event, ever */
};

struct corbel_subscriber {
	uint32_t size;     /* sizeof(struct corbel_subscriber) */
	uint32_t mode;     /* enum corbel_delivery_mode */
	uint32_t depth;    /* of the queue; 0: 256; rounded up to a power of two */
	uint32_t overflow; /* enum corbel_overflow */
	/* That the handler was compiled for, or NULL: any. */
	const struct corbel_interface *interface;
	/*
	 * Decodes and calls `handler`; written by the scanner. NULL: `handler` is a corbel_handler.
	 * [strand] when queued, [caller's thread] when direct.
	 */
	void (*deliver)(void (*handler)(void), void *data, const struct corbel_delivery *delivery);
	void (*handler)(void); /* [strand] when queued, [caller's thread] when direct */
	void *data;
};

/* Handles any event; for patterns. [strand] when queued, [caller's thread] when direct. */
typedef void corbel_handler(void *data, const struct corbel_delivery *delivery);

/*
 * Opens a stream for publishing; `options` may be NULL. [strand]
 * -EACCES: the manifest's [publishes] does not name it, or the configuration does not grant it
 * (may-publish); -EPROTO: the topic exists with another layout.
 */
static inline int corbel_topic_open(struct corbel_context *context,
				    const struct corbel_interface *interface, uint32_t event,
				    const struct corbel_topic_options *options,
				    struct corbel_topic **out)
{
	return context->api->topic_open(context, interface, event, options, out);
}

/* Closes it; events already queued are still delivered. NULL is allowed. [strand] */
static inline void corbel_topic_close(struct corbel_context *context, struct corbel_topic *topic)
{
	if (topic)
		context->api->topic_close(topic);
}

/*
 * Publishes a flat payload; the scanner's typed functions make it. [any thread]
 * 0; -EAGAIN: a subscriber with CORBEL_FAIL had no room; -ETIMEDOUT: one with CORBEL_BLOCK gave
 * none in time; -EDEADLK: blocking would wait for the caller itself; -EACCES: the
 * configuration has taken the topic back.
 */
static inline int corbel_publish(struct corbel_topic *topic, const void *payload, size_t size)
{
	return topic->publish(topic, payload, size);
}

/*
 * Subscribes to a topic, or to all below a name with `*` as the last part; `out` may be NULL: until
 * the plugin stops. [strand]
 * Topics that appear later are covered. A subscription that the configuration takes back gets
 * nothing until it is granted again. -EACCES: the manifest's [subscribes] does not cover it, or the
 * configuration does not grant it (may-subscribe); -EPROTO: the layout differs from what the
 * handler was compiled for; -EINVAL: not a pattern.
 */
static inline int corbel_subscribe(struct corbel_context *context, const char *pattern,
				   const struct corbel_subscriber *subscriber,
				   struct corbel_subscription **out)
{
	return context->api->subscribe(context, pattern, subscriber, out);
}

/*
 * Ends a subscription and drops what is queued. After 0 its handler neither runs nor will run.
 * [strand]
 * -EDEADLK: called from within its own direct handler; it ends when that returns. NULL is allowed.
 */
static inline int corbel_unsubscribe(struct corbel_context *context,
				     struct corbel_subscription *subscription)
{
	return subscription ? context->api->unsubscribe(subscription) : 0;
}

/*
 * Writes the event's fields as one JSON object. [any thread]
 * The length without the NUL, as by snprintf(3): at least `size` means cut; -EBADMSG: the payload
 * is damaged.
 */
static inline int corbel_event_text(struct corbel_context *context,
				    const struct corbel_delivery *delivery, char *text, size_t size)
{
	return context->api->event_text(delivery, text, size);
}

#ifdef __cplusplus
}
#endif

#endif
