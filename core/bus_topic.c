/* SPDX-License-Identifier: MIT */
/* Topics and their publishers: how streams open and close. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus_parts.h"

struct topic *topic_find(struct bus *bus, const char *name)
{
	return (struct topic *)nametable_find(&bus->topics, name);
}

static void topic_unreference(struct topic *topic)
{
	if (__atomic_sub_fetch(&topic->references, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	pthread_mutex_destroy(&topic->value_lock);
	free(topic->value.payload);
	free(topic);
}

void publisher_unreference(struct publisher *publisher)
{
	if (!publisher || __atomic_sub_fetch(&publisher->references, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	if (publisher->topic)
		topic_unreference(publisher->topic);
	free(publisher);
}

static struct topic *topic_new(struct bus *bus, const char *name, const struct publisher *first)
{
	size_t length = strlen(name);
	struct topic *topic = calloc(1, sizeof(*topic) + length + 1);

	if (!topic)
		return NULL;
	topic->link.name = memcpy(topic + 1, name, length + 1);
	topic->bus = bus;
	topic->references = 1;
	topic->interface = first->interface;
	topic->event = first->event;
	pthread_mutex_init(&topic->value_lock, NULL);
	return topic;
}

/*
 * Ties those who asked for it before it was there; without words, for it is not the publisher's
 * fault who cannot.
 */
static int tie_waiting(struct bus *bus, struct topic *topic)
{
	struct nametable_link *link = nametable_find(&bus->exact, topic->link.name);
	int rc = 0;

	for (; link && rc == 0; link = nametable_find_next(link)) {
		if (subscription_judge((struct subscription *)link, topic, NULL) == 0)
			rc = tie_add((struct subscription *)link, topic);
	}
	struct subscription *wild = LIST_FIRST(&bus->wild);

	for (; wild && rc == 0; wild = LIST_NEXT(wild, of_wild)) {
		if (pattern_matches(wild->link.name, topic->link.name) &&
		    subscription_judge(wild, topic, NULL) == 0)
			rc = tie_add(wild, topic);
	}
	return rc;
}

static void topic_remove(struct topic *topic)
{
	struct publisher *last;

	while (!LIST_EMPTY(&topic->ties))
		tie_remove(LIST_FIRST(&topic->ties));
	nametable_remove(&topic->bus->topics, &topic->link);
	pthread_mutex_lock(&topic->value_lock);
	last = topic->value.publisher;
	topic->value.publisher = NULL;
	pthread_mutex_unlock(&topic->value_lock);
	publisher_unreference(last);
	topic_unreference(topic);
}

static int topic_add(struct bus *bus, const char *name, const struct publisher *first,
		     struct topic **out)
{
	struct topic *topic = topic_new(bus, name, first);

	if (!topic)
		return -ENOMEM;
	if (nametable_add(&bus->topics, &topic->link) < 0) {
		topic_unreference(topic);
		return -ENOMEM;
	}
	if (tie_waiting(bus, topic) < 0) {
		topic_remove(topic);
		return -ENOMEM;
	}
	*out = topic;
	return 0;
}

static int topic_judge(const struct topic *topic, const struct publisher *publisher,
		       struct corbel_error *error)
{
	int rc = interfaces_agree(topic->interface, publisher->interface, error);
	struct tie *tie = LIST_FIRST(&topic->ties);

	/* Three minors can agree two by two with the lowest, and still differ at a higher one. */
	for (; tie && rc == 0; tie = LIST_NEXT(tie, of_topic)) {
		if (tie->subscription->subscriber.interface)
			rc = interfaces_agree(tie->subscription->subscriber.interface,
					      publisher->interface, error);
	}
	if (rc == 0 && strcmp(topic->event->name, publisher->event->name) != 0)
		rc = error_set(error, -EPROTO, "expected event %s, found %s", topic->event->name,
			       publisher->event->name);
	if (rc == 0)
		return 0;
	return error_prefix(error, -EPROTO,
			    "opening topic %s for %s, which is open for %s with another layout: ",
			    topic->link.name, publisher->plugin,
			    LIST_FIRST(&topic->publishers)->plugin);
}

static void publisher_unlink(struct topic *topic, struct publisher *publisher)
{
	LIST_REMOVE(publisher, of_topic);
	if (--topic->publisher_count == 0)
		topic_remove(topic);
}

/* With the bus's lock held. */
static int publisher_join(struct bus *bus, struct publisher *publisher, const char *name,
			  bool retain, struct corbel_error *error)
{
	struct topic *topic = topic_find(bus, name);
	int rc = topic ? topic_judge(topic, publisher, error)
		       : topic_add(bus, name, publisher, &topic);

	if (rc == 0) {
		bool before = topic->retain;

		__atomic_fetch_add(&topic->references, 1, __ATOMIC_RELAXED);
		publisher->topic = topic;
		LIST_INSERT_HEAD(&topic->publishers, publisher, of_topic);
		topic->publisher_count++;
		topic->retain = before || retain;
		rc = topic_relist(topic);
		if (rc < 0) {
			topic->retain = before;
			publisher_unlink(topic, publisher);
		} else {
			carried_take(topic, publisher);
		}
	}
	return rc == -ENOMEM ? error_set(error, rc, "no memory to open topic %s", name) : rc;
}

static void publisher_reclaim(struct ledger_item *item)
{
	bus_topic_close(&container_of(item, struct publisher, item)->head);
}

static int topic_name(const struct corbel_interface *interface, const struct corbel_event *event,
		      const char *suffix, char name[BUS_NAME_MAX + 1], struct corbel_error *error)
{
	int length = snprintf(name, BUS_NAME_MAX + 1, "%s.%s%s%s", interface->name, event->name,
			      suffix ? "." : "", suffix ? suffix : "");

	if (length > BUS_NAME_MAX || pattern_check(name) < 0 || pattern_is_wild(name))
		return error_set(error, -EINVAL,
				 "opening topic %s.%s: suffix \"%.100s\" makes no name of it (use "
				 "letters, digits, '_' and '-', and dots between)",
				 interface->name, event->name, suffix ? suffix : "");
	return 0;
}

static struct publisher *publisher_new(const struct party *party,
				       const struct corbel_interface *interface, uint32_t event)
{
	const char *plugin = party->plugin ? party->plugin : "";
	size_t length = strlen(plugin);
	struct publisher *publisher = calloc(1, sizeof(*publisher) + length + 1);

	if (!publisher)
		return NULL;
	publisher->plugin = memcpy(publisher + 1, plugin, length + 1);
	publisher->interface = interface;
	publisher->event = &interface->events[event];
	publisher->timeout = party->owner
				     ? __atomic_load_n(&party->owner->timeout, __ATOMIC_RELAXED)
				     : GATE_TIMEOUT;
	publisher->references = 1;
	publisher->head.publish = topic_publish;
	publisher->use.service = &frame_absent.service;
	return publisher;
}

int bus_topic_open(struct bus *bus, struct party *party, const struct corbel_interface *interface,
		   uint32_t event, const struct corbel_topic_options *options,
		   struct corbel_topic **out, struct corbel_error *error)
{
	struct corbel_topic_options chosen = { 0 };
	char name[BUS_NAME_MAX + 1];
	int rc = catalogue_keep(bus->catalogue, interface, &interface, error);

	if (rc < 0)
		return rc;
	if (options)
		memcpy(&chosen, options,
		       options->size < sizeof(chosen) ? options->size : sizeof(chosen));
	if (event >= interface->event_count)
		return error_set(error, -EINVAL,
				 "opening event %u of %s, which has %u (build the plugin again)",
				 event, interface->name, interface->event_count);
	rc = topic_name(interface, &interface->events[event], chosen.suffix, name, error);
	if (rc < 0)
		return rc;

	struct publisher *publisher = publisher_new(party, interface, event);

	if (!publisher)
		return error_set(error, -ENOMEM, "no memory to open topic %s", name);
	pthread_mutex_lock(&bus->lock);
	rc = publisher_join(bus, publisher, name, chosen.retain != 0, error);
	if (rc == 0) {
		LIST_INSERT_HEAD(&party->topics, publisher, of_party);
		publisher_review(publisher, party);
	}
	limbo_reap(bus);
	pthread_mutex_unlock(&bus->lock);
	if (rc < 0) {
		publisher_unreference(publisher);
		return rc;
	}
	ledger_add(party->ledger, &publisher->item, "topic", publisher_reclaim);
	*out = &publisher->head;
	return 0;
}

void bus_topic_close(struct corbel_topic *head)
{
	struct publisher *publisher = (struct publisher *)head;

	if (!publisher)
		return;

	struct topic *topic = publisher->topic;
	struct bus *bus = topic->bus;

	ledger_remove(&publisher->item);
	pthread_mutex_lock(&bus->lock);
	publisher->closed = true;
	topic->published += publisher->published;
	list_install(publisher, NULL);
	LIST_REMOVE(publisher, of_party);
	publisher_unlink(topic, publisher);
	limbo_reap(bus);
	pthread_mutex_unlock(&bus->lock);
	publisher_unreference(publisher);
}
