/* SPDX-License-Identifier: MIT */
/*
 * How events and retained values cross the execution of the program: written by a thread that has
 * stopped all others, and taken by topics and subscriptions as these appear in the next program.
 *
 * An event waits until both are there, its topic to tell what it is, and its subscription. By then
 * no newer event of that topic can have been put in.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bus_parts.h"
#include "carry.h"

/* More than this of anything is a list that leads in a circle. */
#define MANY 1000000

static bool are_of_one(const struct subscription *one, const struct subscription *other)
{
	return is_queued(one) && strcmp(one->link.name, other->link.name) == 0 &&
	       strcmp(one->plugin, other->plugin) == 0;
}

/* The newest is the first of all. */
static uint32_t ordinal_of(const struct subscription *subscription)
{
	const struct subscription *each = LIST_NEXT(subscription, of_bus);
	uint32_t ordinal = 0;

	for (int left = MANY; each && left > 0; each = LIST_NEXT(each, of_bus), left--)
		ordinal += are_of_one(each, subscription);
	return ordinal;
}

static void write_event(int file, enum corbel_carry kind, const struct subscription *subscription,
			const struct queue_event *event)
{
	const struct publisher *publisher = event->origin;
	const struct corbel_interface *interface = publisher->interface;
	const char *texts[CARRY_TEXTS] = {
		[CARRY_PLUGIN] = subscription ? subscription->plugin : "",
		[CARRY_PATTERN] = subscription ? subscription->link.name : "",
		[CARRY_TOPIC] = publisher->topic->link.name,
		[CARRY_PUBLISHER] = publisher->plugin,
		[CARRY_INTERFACE] = interface->name,
		[CARRY_EVENT] = publisher->event->name,
	};
	struct carry_event head = {
		.at = event->at,
		.fingerprint = interface->fingerprints[interface->minor],
		.minor = interface->minor,
		.ordinal = subscription ? ordinal_of(subscription) : 0,
		.payload = (uint32_t)event->size,
	};
	struct iovec pieces[CARRY_TEXTS + 3] = { [1] = { &head, sizeof(head) } };

	for (size_t i = 0; i < CARRY_TEXTS; i++) {
		head.texts[i] = (uint32_t)strlen(texts[i]) + 1;
		pieces[i + 2] = (struct iovec){ (void *)(uintptr_t)texts[i], head.texts[i] };
	}
	pieces[CARRY_TEXTS + 2] = (struct iovec){ (void *)(uintptr_t)event->payload, event->size };
	carry_put(file, kind, pieces, CARRY_TEXTS + 3);
}

/* What this program was given, and has not been able to give on. */
static void write_carried(const struct bus *bus, int file, enum corbel_carry kind)
{
	const struct carried_event *each = bus->carried;

	for (int left = MANY; each && left > 0; each = each->next, left--) {
		struct iovec pieces[] = {
			[1] = { (void *)(uintptr_t)&each->head, sizeof(each->head) },
			[2] = { (void *)(uintptr_t)(each + 1), each->size },
		};

		if ((kind == CORBEL_CARRY_EVENTS) == (*each->texts[CARRY_PLUGIN] != '\0'))
			carry_put(file, kind, pieces, 3);
	}
}

void bus_carry_values(const struct bus *bus, int file)
{
	struct nametable_link *link = NULL;

	write_carried(bus, file, CORBEL_CARRY_VALUES);

	for (int left = MANY; left > 0 && (link = nametable_next(&bus->topics, link)); left--) {
		const struct value *value = &((struct topic *)link)->value;
		const struct queue_event event = {
			.origin = value->publisher,
			.at = value->at,
			.payload = value->payload,
			.size = value->size,
		};

		if (value->publisher)
			write_event(file, CORBEL_CARRY_VALUES, NULL, &event);
	}
}

static void write_queue(int file, const struct subscription *subscription, bool is_culprit)
{
	const struct queue *queue = &subscription->queue;
	const struct queue_event *hand = subscription->hand;
	uint64_t tail = queue_tail(queue);
	uint64_t position = tail > queue->size ? tail - queue->size : 0;
	struct queue_event event;

	if (hand && hand->origin && !is_culprit && !queue_peek(queue, hand->position, &event))
		write_event(file, CORBEL_CARRY_EVENTS, subscription, hand);
	for (; position < tail; position++)
		if (queue_peek(queue, position, &event))
			write_event(file, CORBEL_CARRY_EVENTS, subscription, &event);
}

void bus_carry_events(const struct bus *bus, int file, const char *culprit)
{
	const struct subscription *each = LIST_FIRST(&bus->all);

	write_carried(bus, file, CORBEL_CARRY_EVENTS);
	for (int left = MANY; each && left > 0; each = LIST_NEXT(each, of_bus), left--)
		if (is_queued(each) && !each->ended)
			write_queue(file, each, culprit && strcmp(each->plugin, culprit) == 0);
}

/* In the order in which they were written, which is that of each queue. */
void bus_adopt(struct bus *bus, struct carried_event *event)
{
	pthread_mutex_lock(&bus->lock);
	*bus->carried_end = event;
	bus->carried_end = &event->next;
	pthread_mutex_unlock(&bus->lock);
}

/* Its bytes mean the same in the interface that the publisher has now. */
static bool is_understood(const struct carried_event *event, const struct publisher *publisher)
{
	const struct corbel_interface *interface = publisher->interface;

	return strcmp(event->texts[CARRY_INTERFACE], interface->name) == 0 &&
	       strcmp(event->texts[CARRY_EVENT], publisher->event->name) == 0 &&
	       event->head.minor <= interface->minor &&
	       interface->fingerprints[event->head.minor] == event->head.fingerprint;
}

/* Who published it, or else somebody who could have. */
static struct publisher *origin_of(const struct carried_event *event, const struct topic *topic)
{
	struct publisher *each = LIST_FIRST(&topic->publishers);

	for (; each; each = LIST_NEXT(each, of_topic))
		if (strcmp(each->plugin, event->texts[CARRY_PUBLISHER]) == 0)
			return each;
	return LIST_FIRST(&topic->publishers);
}

static struct carried_event **unlink_event(struct bus *bus, struct carried_event **link)
{
	struct carried_event *event = *link;

	*link = event->next;
	if (!event->next)
		bus->carried_end = link;
	free(event);
	return link;
}

static bool is_for(const struct carried_event *event, const struct subscription *subscription,
		   const struct topic *topic)
{
	return *event->texts[CARRY_PLUGIN] &&
	       strcmp(event->texts[CARRY_TOPIC], topic->link.name) == 0 &&
	       strcmp(event->texts[CARRY_PATTERN], subscription->link.name) == 0 &&
	       strcmp(event->texts[CARRY_PLUGIN], subscription->plugin) == 0 &&
	       event->head.ordinal == ordinal_of(subscription);
}

/* What it has no room for, or does not mean anything any more, is counted as a drop. */
static void put(const struct carried_event *event, struct subscription *subscription,
		const struct topic *topic)
{
	const struct publisher *origin = origin_of(event, topic);
	const struct queue_event again = {
		.origin = origin,
		.at = event->head.at,
		.payload = event->payload,
		.size = event->head.payload,
	};

	if (is_understood(event, origin))
		subscription_put(subscription, &again, 0);
	else
		__atomic_fetch_add(&subscription->queue.refused, 1, __ATOMIC_RELAXED);
}

void carried_events_put(struct subscription *subscription, const struct topic *topic)
{
	struct bus *bus = subscription->bus;
	struct carried_event **link = &bus->carried;

	if (!is_queued(subscription) || LIST_EMPTY(&topic->publishers))
		return;
	while (*link) {
		if (!is_for(*link, subscription, topic)) {
			link = &(*link)->next;
			continue;
		}
		put(*link, subscription, topic);
		link = unlink_event(bus, link);
	}
}

static struct carried_event **carried_value_find(struct bus *bus, const struct topic *topic)
{
	struct carried_event **link = &bus->carried;

	for (; *link; link = &(*link)->next)
		if (!*(*link)->texts[CARRY_PLUGIN] &&
		    strcmp((*link)->texts[CARRY_TOPIC], topic->link.name) == 0)
			return link;
	return NULL;
}

/* A value that was published meanwhile is newer. */
static void value_restore(struct topic *topic, struct publisher *publisher)
{
	struct carried_event **link = carried_value_find(topic->bus, topic);

	if (!link)
		return;

	const struct carried_event *event = *link;

	pthread_mutex_lock(&topic->value_lock);
	if (!topic->value.publisher && is_understood(event, publisher))
		value_keep(topic, publisher, event->payload, event->head.payload, event->head.at);
	pthread_mutex_unlock(&topic->value_lock);
	unlink_event(topic->bus, link);
}

void carried_take(struct topic *topic, struct publisher *publisher)
{
	for (struct tie *tie = LIST_FIRST(&topic->ties); tie; tie = LIST_NEXT(tie, of_topic))
		carried_events_put(tie->subscription, topic);
	if (topic->retain)
		value_restore(topic, publisher);
}

void carried_free(struct bus *bus)
{
	for (struct carried_event **link = &bus->carried; *link;)
		link = unlink_event(bus, link);
}
