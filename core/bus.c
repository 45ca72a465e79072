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
	bus->limbo_end = &bus->limbo;
	*out = bus;
	return 0;
}

void bus_free(struct bus *bus)
{
	if (!bus)
		return;
	pthread_mutex_lock(&bus->lock);
	limbo_reap(bus);
	pthread_mutex_unlock(&bus->lock);
	nametable_fini(&bus->topics);
	nametable_fini(&bus->exact);
	pthread_mutex_destroy(&bus->lock);
	free(bus);
}

void subscription_unreference(struct corbel_subscription *subscription)
{
	if (__atomic_sub_fetch(&subscription->references, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	for (struct mark *mark = subscription->marks, *next; mark; mark = next) {
		next = mark->next;
		publisher_unreference(mark->publisher);
		free(mark);
	}
	queue_fini(&subscription->queue);
	gate_retire(subscription->gate);
}

int tie_add(struct corbel_subscription *subscription, struct topic *topic)
{
	struct tie *tie = malloc(sizeof(*tie));

	if (!tie)
		return -ENOMEM;
	*tie = (struct tie){
		.topic = topic,
		.subscription = subscription,
		.next_of_topic = topic->ties,
		.next_of_subscription = subscription->ties,
	};
	if (topic->ties)
		topic->ties->previous_of_topic = tie;
	topic->ties = tie;
	topic->tie_count++;
	if (subscription->ties)
		subscription->ties->previous_of_subscription = tie;
	subscription->ties = tie;
	return 0;
}

void tie_remove(struct tie *tie)
{
	if (tie->next_of_subscription)
		tie->next_of_subscription->previous_of_subscription = tie->previous_of_subscription;
	if (tie->previous_of_subscription)
		tie->previous_of_subscription->next_of_subscription = tie->next_of_subscription;
	else
		tie->subscription->ties = tie->next_of_subscription;
	if (tie->next_of_topic)
		tie->next_of_topic->previous_of_topic = tie->previous_of_topic;
	if (tie->previous_of_topic)
		tie->previous_of_topic->next_of_topic = tie->next_of_topic;
	else
		tie->topic->ties = tie->next_of_topic;
	tie->topic->tie_count--;
	free(tie);
}

int subscription_judge(const struct corbel_subscription *subscription, const struct topic *topic,
		       struct corbel_error *error)
{
	if (!subscription->interface)
		return 0;
	if (strcmp(subscription->interface->name, topic->interface->name) != 0)
		return error_set(error, -ENOENT,
				 "%s was made for events of %s, topic %s carries those of %s",
				 subscription->plugin, subscription->interface->name,
				 topic->link.name, topic->interface->name);
	for (struct publisher *each = topic->publishers; each; each = each->next) {
		if (interfaces_agree(subscription->interface, each->interface, error) < 0)
			return error_prefix(error, -EPROTO, "subscribing %s to topic %s of %s: ",
					    subscription->plugin, topic->link.name, each->plugin);
	}
	/* A topic that is just being made has no publisher in place yet. */
	return interfaces_agree(subscription->interface, topic->interface, error) < 0 ? -EPROTO : 0;
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

static int value_put(const struct value *value, struct corbel_subscription *subscription)
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
 * order.
 */
static int topic_take(struct topic *topic, struct corbel_subscription *subscription,
		      struct pending **pending)
{
	const struct value *value = &topic->value;
	int rc = tie_add(subscription, topic);

	if (rc < 0)
		return rc;
	pthread_mutex_lock(&topic->value_lock);
	if (value->publisher && subscription->subscriber.mode == CORBEL_QUEUED)
		rc = value_put(value, subscription);
	else if (value->publisher)
		rc = value_pend(value, pending);
	if (rc == 0)
		rc = topic_relist(topic);
	pthread_mutex_unlock(&topic->value_lock);
	return rc;
}

static bool is_topic_meant(const struct corbel_subscription *subscription,
			   const struct topic *topic, struct corbel_error *error, int *rc)
{
	if (!pattern_matches(subscription->link.name, topic->link.name))
		return false;

	int judged = subscription_judge(subscription, topic, error);

	if (judged == -ENOENT && pattern_is_wild(subscription->link.name))
		return false;
	if (judged < 0)
		*rc = -EPROTO;
	return judged == 0;
}

/* Judges all before it takes any. With the bus's lock held. */
static int topics_take(struct corbel_subscription *subscription, struct pending **pending,
		       struct corbel_error *error)
{
	struct bus *bus = subscription->bus;
	struct nametable_link *link = NULL;
	int rc = 0;

	if (!pattern_is_wild(subscription->link.name)) {
		struct topic *topic = topic_find(bus, subscription->link.name);

		if (topic && is_topic_meant(subscription, topic, error, &rc))
			rc = topic_take(topic, subscription, pending);
		return rc;
	}
	while (rc == 0 && (link = nametable_next(&bus->topics, link)))
		is_topic_meant(subscription, (struct topic *)link, error, &rc);
	while (rc == 0 && (link = nametable_next(&bus->topics, link))) {
		if (is_topic_meant(subscription, (struct topic *)link, NULL, &rc))
			rc = topic_take((struct topic *)link, subscription, pending);
	}
	return rc;
}

/* Makes it known to topics to come. */
static int enrol(struct corbel_subscription *subscription)
{
	struct bus *bus = subscription->bus;

	if (pattern_is_wild(subscription->link.name)) {
		subscription->next_wild = bus->wild;
		bus->wild = subscription;
	} else if (nametable_add(&bus->exact, &subscription->link) < 0) {
		return -ENOMEM;
	}
	subscription->next = bus->all;
	if (bus->all)
		bus->all->previous = subscription;
	bus->all = subscription;
	return 0;
}

static void strike(struct corbel_subscription *subscription)
{
	struct bus *bus = subscription->bus;
	struct corbel_subscription **wild = &bus->wild;

	if (!pattern_is_wild(subscription->link.name)) {
		nametable_remove(&bus->exact, &subscription->link);
	} else {
		while (*wild != subscription)
			wild = &(*wild)->next_wild;
		*wild = subscription->next_wild;
	}
	if (subscription->next)
		subscription->next->previous = subscription->previous;
	if (subscription->previous)
		subscription->previous->next = subscription->next;
	else
		bus->all = subscription->next;
}

/* The handler may have an event of any of them in hand, and run on. False: no memory. */
static bool publishers_keep(struct corbel_subscription *subscription, const struct topic *topic)
{
	if (!subscription->queue.cells)
		return true;
	for (struct publisher *each = topic->publishers; each; each = each->next)
		if (!mark_add(subscription, each, queue_tail(&subscription->queue)))
			return false;
	return true;
}

/*
 * Takes it out of everything. Lists that cannot be renewed for want of memory still name it, and
 * keep its memory; who comes by them finds it ended. With the bus's lock held.
 */
static void end(struct corbel_subscription *subscription)
{
	__atomic_store_n(&subscription->ended, true, __ATOMIC_RELEASE);
	gate_set(subscription->gate, GATE_ABSENT);
	gate_refuse(subscription->gate);
	if (subscription->queue.cells)
		queue_end(&subscription->queue);
	while (subscription->ties) {
		struct topic *topic = subscription->ties->topic;
		bool kept = publishers_keep(subscription, topic);

		tie_remove(subscription->ties);
		if (kept)
			topic_relist(topic);
	}
	limbo_reap(subscription->bus);
}

static void settle(struct corbel_subscription *subscription, struct pending *pending)
{
	for (struct pending *next; pending; pending = next) {
		next = pending->next;
		if (subscription)
			subscription_deliver(subscription, &pending->delivery);
		publisher_unreference(pending->publisher);
		free(pending);
	}
}

static int begin(struct corbel_subscription *subscription, struct pending **pending,
		 struct corbel_error *error)
{
	struct bus *bus = subscription->bus;

	pthread_mutex_lock(&bus->lock);
	int rc = enrol(subscription);

	if (rc == 0) {
		rc = topics_take(subscription, pending, error);
		if (rc < 0) {
			strike(subscription);
			end(subscription);
		} else {
			limbo_reap(bus);
		}
	}
	pthread_mutex_unlock(&bus->lock);
	return rc == -ENOMEM ? error_set(error, rc, "no memory to subscribe to %s",
					 subscription->link.name)
			     : rc;
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

static struct corbel_subscription *subscription_new(struct bus *bus, const struct party *party,
						    const char *pattern,
						    const struct corbel_subscriber *subscriber)
{
	const char *plugin = party->plugin ? party->plugin : "";
	size_t pattern_size = strlen(pattern) + 1, plugin_size = strlen(plugin) + 1;
	bool direct = subscriber->mode == CORBEL_DIRECT;
	/*
	 * Only direct handlers are entered by this gate, so only they wait at it, and are drained.
	 * /
	 */
	struct gate *gate =
		gate_new(direct ? party->owner : NULL, GATE_SUBSCRIPTION, 0,
			 sizeof(struct corbel_subscription) + 63 + pattern_size + plugin_size);

	if (!gate)
		return NULL;

	struct corbel_subscription *subscription = gate_aligned_extra(gate);
	char *text = (char *)(subscription + 1);

	subscription->link.name = memcpy(text, pattern, pattern_size);
	subscription->plugin = memcpy(text + pattern_size, plugin, plugin_size);
	gate->label = subscription->link.name;
	subscription->bus = bus;
	subscription->gate = gate;
	subscription->strand = party->strand;
	subscription->subscriber = *subscriber;
	subscription->references = 1;
	source_init(&subscription->source, party->strand, subscription_run);
	if (!direct &&
	    queue_init(&subscription->queue, subscriber->depth, subscriber->overflow) < 0) {
		subscription_unreference(subscription);
		return NULL;
	}
	subscription->subscriber.depth = direct ? 0 : subscription->queue.size;
	return subscription;
}

static void subscription_reclaim(struct ledger_item *item)
{
	bus_unsubscribe(container_of(item, struct corbel_subscription, item), -1);
}

static int start(struct corbel_subscription *subscription, struct party *party,
		 struct corbel_error *error)
{
	struct pending *pending = NULL;
	int rc;

	/* Its first event may make it end itself, in whatever thread, before this one is back. */
	__atomic_fetch_add(&subscription->references, 1, __ATOMIC_RELAXED);
	ledger_add(party->ledger, &subscription->item, "subscription", subscription_reclaim);
	rc = begin(subscription, &pending, error);
	if (rc < 0) {
		ledger_remove(&subscription->item);
		if (subscription->subscriber.mode == CORBEL_QUEUED)
			source_fini(&subscription->source);
		/* Some lists may have named it for a moment. */
		frame_drain(NULL, subscription->gate, frame_now() + GATE_TIMEOUT);
		subscription_unreference(subscription);
	}
	settle(rc < 0 ? NULL : subscription, pending);
	subscription_unreference(subscription);
	return rc;
}

int bus_subscribe(struct bus *bus, struct party *party, const char *pattern,
		  const struct corbel_subscriber *subscriber, struct corbel_subscription **out,
		  struct corbel_error *error)
{
	struct corbel_subscriber copy = { .size = sizeof(copy) };
	uint32_t size = subscriber->size < sizeof(copy) ? subscriber->size : sizeof(copy);

	memcpy(&copy, subscriber, size);

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

	struct corbel_subscription *subscription = subscription_new(bus, party, pattern, &copy);

	if (!subscription)
		return error_set(error, -ENOMEM, "no memory to subscribe to %s", pattern);
	subscription->interface = copy.interface;
	*out = subscription;
	rc = start(subscription, party, error);
	if (rc < 0)
		*out = NULL;
	return rc;
}

/* A deadline below 0: by force, waiting for no handler. */
int bus_unsubscribe(struct corbel_subscription *subscription, int64_t deadline)
{
	bool queued = subscription->subscriber.mode == CORBEL_QUEUED;
	struct bus *bus = subscription->bus;
	int rc = 0;

	ledger_remove(&subscription->item);
	pthread_mutex_lock(&bus->lock);
	strike(subscription);
	end(subscription);
	pthread_mutex_unlock(&bus->lock);
	if (queued) {
		source_fini(&subscription->source);
		/*
		 * Publishers on their way to the strand; they do not stay, so that this needs no
		 * deadline of the caller's.
		 */
		frame_drain(NULL, subscription->gate, INT64_MAX);
	} else if (deadline >= 0) {
		rc = frame_drain(NULL, subscription->gate, deadline);
	}
	subscription_unreference(subscription);
	return rc;
}
