/* SPDX-License-Identifier: MIT */
/* The bus and its subscriptions: how they begin and end. */
#include "bus.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bus_parts.h"

int bus_new(struct loop *loop, struct catalogue *catalogue, struct bus **out)
{
	struct bus *bus = calloc(1, sizeof(*bus));

	if (!bus)
		return -ENOMEM;
	pthread_mutex_init(&bus->lock, NULL);
	bus->loop = loop;
	bus->catalogue = catalogue;
	TAILQ_INIT(&bus->limbo);
	bus->carried_end = &bus->carried;
	*out = bus;
	return 0;
}

bool bus_tidy(struct bus *bus)
{
	pthread_mutex_lock(&bus->lock);
	limbo_reap(bus);
	bool is_empty = TAILQ_EMPTY(&bus->limbo);
	pthread_mutex_unlock(&bus->lock);
	return is_empty;
}

void bus_free(struct bus *bus)
{
	if (!bus)
		return;
	bus_tidy(bus);
	carried_free(bus);
	nametable_fini(&bus->topics);
	nametable_fini(&bus->exact);
	pthread_mutex_destroy(&bus->lock);
	free(bus);
}

void subscription_unreference(struct subscription *subscription)
{
	while (subscription &&
	       __atomic_sub_fetch(&subscription->references, 1, __ATOMIC_ACQ_REL) == 0) {
		struct subscription *successor = subscription->successor;

		counts_hand_on(subscription);
		marks_lift(subscription, UINT64_MAX);
		queue_fini(&subscription->queue);
		if (is_queued(subscription))
			gate_retire(subscription_gate(subscription));
		gate_retire(subscription->entry.gate);
		subscription = successor;
	}
}

int tie_add(struct subscription *subscription, struct topic *topic)
{
	struct tie *tie = malloc(sizeof(*tie));

	if (!tie)
		return -ENOMEM;
	tie->topic = topic;
	tie->subscription = subscription;
	LIST_INSERT_HEAD(&topic->ties, tie, of_topic);
	LIST_INSERT_HEAD(&subscription->ties, tie, of_subscription);
	topic->tie_count++;
	return 0;
}

void tie_remove(struct tie *tie)
{
	LIST_REMOVE(tie, of_subscription);
	LIST_REMOVE(tie, of_topic);
	tie->topic->tie_count--;
	free(tie);
}

int subscription_judge(const struct subscription *subscription, const struct topic *topic,
		       struct corbel_error *error)
{
	const struct corbel_interface *wanted = subscription->subscriber.interface;
	struct publisher *each = LIST_FIRST(&topic->publishers);

	if (!wanted)
		return 0;
	if (strcmp(wanted->name, topic->interface->name) != 0)
		return error_set(error, -ENOENT,
				 "%s was made for events of %s, topic %s carries those of %s",
				 subscription->plugin, wanted->name, topic->link.name,
				 topic->interface->name);
	for (; each; each = LIST_NEXT(each, of_topic)) {
		if (interfaces_agree(wanted, each->interface, error) < 0)
			return error_prefix(error, -EPROTO, "subscribing %s to topic %s of %s: ",
					    subscription->plugin, topic->link.name, each->plugin);
	}
	/* A topic that is just being made has no publisher in place yet. */
	return interfaces_agree(wanted, topic->interface, error) < 0 ? -EPROTO : 0;
}

/* A retained value on its way to a new direct subscription, once no lock is held. */
struct pending {
	struct corbel_delivery delivery;
	struct publisher *publisher;
	struct pending *next;
};

static int value_pend(const struct value *value, struct pending **pending)
{
	struct pending *made = malloc(sizeof(*made) + 16 + value->size);

	if (!made)
		return -ENOMEM;

	void *payload = (void *)(((uintptr_t)(made + 1) + 15) & ~(uintptr_t)15);

	__atomic_fetch_add(&value->publisher->references, 1, __ATOMIC_RELAXED);
	made->publisher = value->publisher;
	made->delivery = publisher_delivery(value->publisher);
	made->delivery.payload = memcpy(payload, value->payload, value->size);
	made->delivery.size = value->size;
	made->delivery.at = value->at;
	made->next = *pending;
	*pending = made;
	return 0;
}

static int value_put(const struct value *value, struct subscription *subscription)
{
	struct queue *queue = &subscription->queue;
	struct queue_event event = {
		.origin = value->publisher,
		.at = value->at,
		.payload = value->payload,
		.size = value->size,
	};

	/* Its publisher may be gone already, so that no list of it will set the mark. */
	if (value->publisher->closed &&
	    !mark_add(subscription, value->publisher, queue_tail(queue) + 1))
		return -ENOMEM;
	return subscription_put(subscription, &event, 0) == -ENOMEM ? -ENOMEM : 0;
}

/*
 * Publishers of a retained topic keep the value and enter their list in one step. Under the same
 * lock the subscription gets the value and its place in the lists: it has each event once, and in
 * order. Where it has a match, that one has had the value, and keeps its place for it.
 */
static int topic_take(struct topic *topic, struct subscription *subscription,
		      struct pending **pending)
{
	const struct value *value = &topic->value;
	int rc = tie_add(subscription, topic);

	if (rc < 0 || subscription->unlisted)
		return rc;
	carried_events_put(subscription, topic);
	pthread_mutex_lock(&topic->value_lock);
	if (value->publisher && is_queued(subscription))
		rc = value_put(value, subscription);
	else if (value->publisher)
		rc = value_pend(value, pending);
	if (rc == 0)
		rc = topic_relist(topic);
	pthread_mutex_unlock(&topic->value_lock);
	return rc;
}

/* The topics whose names fit, one after the other; begins with NULL. */
static struct topic *topic_next(const struct subscription *subscription, const struct topic *after)
{
	const struct nametable_link *link = after ? &after->link : NULL;
	const char *pattern = subscription->link.name;

	if (!pattern_is_wild(pattern))
		return after ? NULL : topic_find(subscription->bus, pattern);
	do
		link = nametable_next(&subscription->bus->topics, link);
	while (link && !pattern_matches(pattern, link->name));
	return (struct topic *)link;
}

/* Judges all before it takes any. With the bus's lock held. */
static int topics_take(struct subscription *subscription, struct pending **pending,
		       struct corbel_error *error)
{
	bool is_wild = pattern_is_wild(subscription->link.name);
	struct topic *topic = NULL;
	int rc = 0;

	while ((topic = topic_next(subscription, topic))) {
		rc = subscription_judge(subscription, topic, error);
		if (rc < 0 && !(rc == -ENOENT && is_wild))
			return -EPROTO;
	}
	for (rc = 0; rc == 0 && (topic = topic_next(subscription, topic));) {
		if (subscription_judge(subscription, topic, NULL) == 0)
			rc = topic_take(topic, subscription, pending);
	}
	return rc;
}

/* Makes it known to topics to come. */
static int enrol(struct subscription *subscription)
{
	struct bus *bus = subscription->bus;

	if (pattern_is_wild(subscription->link.name))
		LIST_INSERT_HEAD(&bus->wild, subscription, of_wild);
	else if (nametable_add(&bus->exact, &subscription->link) < 0)
		return -ENOMEM;
	LIST_INSERT_HEAD(&bus->all, subscription, of_bus);
	return 0;
}

static void strike(struct subscription *subscription)
{
	if (pattern_is_wild(subscription->link.name))
		LIST_REMOVE(subscription, of_wild);
	else
		nametable_remove(&subscription->bus->exact, &subscription->link);
	LIST_REMOVE(subscription, of_bus);
}

/* The handler may have an event of any of them in hand, and run on. False: no memory. */
static bool publishers_keep(struct subscription *subscription, const struct topic *topic)
{
	struct publisher *each = LIST_FIRST(&topic->publishers);

	for (; subscription->queue.cells && each; each = LIST_NEXT(each, of_topic))
		if (!mark_add(subscription, each, queue_tail(&subscription->queue)))
			return false;
	return true;
}

/*
 * Lists that cannot be renewed for want of memory still name it, and keep its memory; who comes by
 * them finds it ended.
 */
void subscription_end(struct subscription *subscription)
{
	__atomic_store_n(&subscription->ended, true, __ATOMIC_RELEASE);
	gate_set(subscription_gate(subscription), GATE_ABSENT);
	gate_refuse(subscription_gate(subscription));
	if (subscription->queue.cells)
		queue_end(&subscription->queue);
	for (struct tie *tie; (tie = LIST_FIRST(&subscription->ties));) {
		struct topic *topic = tie->topic;
		bool kept = publishers_keep(subscription, topic);

		tie_remove(tie);
		if (kept)
			topic_relist(topic);
	}
	limbo_reap(subscription->bus);
}

static void settle(struct subscription *subscription, struct pending *pending)
{
	for (struct pending *next; pending; pending = next) {
		next = pending->next;
		if (subscription)
			subscription_deliver(subscription, &pending->delivery);
		publisher_unreference(pending->publisher);
		free(pending);
	}
}

static int begin(struct corbel_subscription *handle, struct party *party, struct pending **pending,
		 struct corbel_error *error)
{
	struct subscription *subscription = handle->body;
	struct bus *bus = subscription->bus;

	pthread_mutex_lock(&bus->lock);
	match_make(handle, party);
	int rc = enrol(subscription);

	if (rc == 0) {
		rc = topics_take(subscription, pending, error);
		if (rc < 0) {
			strike(subscription);
			subscription_end(subscription);
		} else {
			LIST_INSERT_HEAD(&party->subscriptions, handle, of_party);
			subscription_review(subscription, party);
			limbo_reap(bus);
		}
	}
	if (rc < 0)
		match_part(handle);
	pthread_mutex_unlock(&bus->lock);
	return rc;
}

static int judge(const char *pattern, const struct corbel_subscriber *subscriber,
		 struct corbel_error *error)
{
	if (pattern_check(pattern) < 0)
		return error_set(
			error, -EINVAL,
			"subscribing to \"%.200s\": not a topic's name or a pattern (expected "
			"a.b.c, or a.b.* for all below a.b)",
			pattern ? pattern : "");
	if (!subscriber->handler)
		return error_set(error, -EINVAL, "subscribing to %s: no handler was given",
				 pattern);
	if (subscriber->mode > CORBEL_DIRECT)
		return error_set(error, -EINVAL,
				 "subscribing to %s: found mode %u, expected CORBEL_QUEUED or "
				 "CORBEL_DIRECT",
				 pattern, subscriber->mode);
	if (subscriber->overflow > CORBEL_FAIL)
		return error_set(error, -EINVAL,
				 "subscribing to %s: found overflow %u, expected one of enum "
				 "corbel_overflow",
				 pattern, subscriber->overflow);
	if (subscriber->depth > BUS_DEPTH_MAX)
		return error_set(error, -EINVAL,
				 "subscribing to %s: found depth %u, expected at most %u", pattern,
				 subscriber->depth, BUS_DEPTH_MAX);
	return 0;
}

static int queue_prepare(struct subscription *subscription)
{
	struct corbel_subscriber *subscriber = &subscription->subscriber;
	struct gate *door = gate_new(NULL, GATE_SUBSCRIPTION, 0, 0);

	subscription->use.service = door ? &door->service : NULL;
	if (!door || queue_init(&subscription->queue, subscriber->depth, subscriber->overflow) < 0)
		return -ENOMEM;
	door->label = "queue";
	subscriber->depth = subscription->queue.size;
	return 0;
}

static void subscription_release(struct source *source)
{
	subscription_unreference(container_of(source, struct subscription, source));
}

static struct subscription *subscription_new(struct bus *bus, const struct party *party,
					     const char *pattern,
					     const struct corbel_subscriber *subscriber)
{
	const char *plugin = party->plugin ? party->plugin : "";
	size_t pattern_size = strlen(pattern) + 1, plugin_size = strlen(plugin) + 1;
	bool direct = subscriber->mode == CORBEL_DIRECT;
	/* Only direct handlers are entered by this gate, wait at it, and are drained. */
	struct gate *gate = gate_new(direct ? party->owner : NULL, GATE_SUBSCRIPTION,
				     direct && party_waits(party) ? GATE_ABSENT : 0,
				     sizeof(struct subscription) + 63 + pattern_size + plugin_size);

	if (!gate)
		return NULL;

	struct subscription *subscription = gate_aligned_extra(gate);
	char *text = (char *)(subscription + 1);

	subscription->link.name = memcpy(text, pattern, pattern_size);
	subscription->plugin = memcpy(text + pattern_size, plugin, plugin_size);
	gate->label = subscription->link.name;
	subscription->bus = bus;
	subscription->entry = (struct entry){
		.gate = gate,
		.deliver = subscriber->deliver,
		.handler = subscriber->handler,
		.data = subscriber->data,
	};
	if (direct && party->owner && party->owner->guards_calls) {
		subscription->guarded.owner = party->owner;
		entry_guard(subscription);
	}
	subscription->use.service = &gate->service;
	subscription->subscriber = *subscriber;
	/* They are in the entry, which goes over with a reload. */
	subscription->subscriber.deliver = NULL;
	subscription->subscriber.handler = NULL;
	subscription->references = 1;
	source_init(&subscription->source, party->strand, subscription_run);
	subscription->source.released = subscription_release;
	if (!direct && queue_prepare(subscription) < 0) {
		subscription_unreference(subscription);
		return NULL;
	}
	return subscription;
}

/*
 * It has ended: waits until nobody is with it, and lets it go. A deadline below 0: by force,
 * waiting for no handler.
 */
static int leave(struct subscription *subscription, int64_t deadline)
{
	int rc = 0;

	if (is_queued(subscription)) {
		/* Let go by the source, too, if that cannot be waited for. */
		__atomic_fetch_add(&subscription->references, 1, __ATOMIC_RELAXED);
		source_fini(&subscription->source);
		/*
		 * Publishers on their way to the strand; they do not stay, so that this needs no
		 * deadline of the caller's.
		 */
		frame_drain(NULL, subscription_gate(subscription), INT64_MAX);
	} else if (deadline >= 0) {
		rc = frame_drain(NULL, subscription->entry.gate, deadline);
	}
	subscription_unreference(subscription);
	return rc;
}

static void subscription_reclaim(struct ledger_item *item)
{
	bus_unsubscribe(container_of(item, struct corbel_subscription, item), -1);
}

static int start(struct corbel_subscription *handle, struct party *party,
		 struct corbel_error *error)
{
	struct subscription *subscription = handle->body;
	struct pending *pending = NULL;
	int rc;

	/* Its first event may make it end itself, in whatever thread, before this one is back. */
	__atomic_fetch_add(&subscription->references, 1, __ATOMIC_RELAXED);
	ledger_add(party->ledger, &handle->item, "subscription", subscription_reclaim);
	rc = begin(handle, party, &pending, error);
	if (rc < 0) {
		ledger_remove(&handle->item);
		/* Some lists may have named it for a moment. */
		leave(subscription, frame_now() + GATE_TIMEOUT);
	}
	settle(rc < 0 ? NULL : subscription, pending);
	subscription_unreference(subscription);
	return rc;
}

int bus_subscribe(struct bus *bus, struct party *party, const char *pattern,
		  const struct corbel_subscriber *subscriber, struct corbel_subscription **out,
		  struct corbel_error *error)
{
	struct corbel_subscriber copy = { 0 };

	memcpy(&copy, subscriber,
	       subscriber->size < sizeof(copy) ? subscriber->size : sizeof(copy));

	int rc = judge(pattern, &copy, error);

	if (rc == 0 && copy.mode == CORBEL_QUEUED && !party->strand)
		rc = error_set(error, -EINVAL,
			       "subscribing to %s: no strand to handle queued events on", pattern);
	if (rc == 0 && copy.interface)
		rc = catalogue_keep(bus->catalogue, copy.interface, &copy.interface, error);
	if (rc < 0)
		return rc;
	if (copy.depth == 0)
		copy.depth = BUS_DEPTH_USUAL;

	struct corbel_subscription *handle = *out = calloc(1, sizeof(*handle));

	if (handle)
		handle->body = subscription_new(bus, party, pattern, &copy);
	rc = handle && handle->body ? start(handle, party, error) : -ENOMEM;
	if (rc < 0) {
		free(handle);
		*out = NULL;
	}
	return rc == -ENOMEM ? error_set(error, rc, "no memory to subscribe to %s", pattern) : rc;
}

int bus_unsubscribe(struct corbel_subscription *handle, int64_t deadline)
{
	struct subscription *subscription = handle->body;
	struct bus *bus = subscription->bus;

	ledger_remove(&handle->item);
	pthread_mutex_lock(&bus->lock);
	match_part(handle);
	LIST_REMOVE(handle, of_party);
	strike(subscription);
	subscription_end(subscription);
	counts_hand_on(subscription);
	pthread_mutex_unlock(&bus->lock);
	free(handle);
	return leave(subscription, deadline);
}
