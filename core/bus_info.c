/* SPDX-License-Identifier: MIT */
/* What the bus tells of itself: topics, subscriptions, counters. */
#include <string.h>

#include "bus_parts.h"

static uint64_t publisher_published(const struct publisher *publisher)
{
	uint64_t sum = publisher->published + list_published(publisher_list(publisher));

	for (struct list *list = publisher->topic->bus->limbo; list; list = list->next) {
		if (list->publisher == publisher)
			sum += list_published(list);
	}
	return sum;
}

static uint64_t topic_published(const struct topic *topic)
{
	uint64_t sum = topic->published;

	for (struct publisher *publisher = topic->publishers; publisher;
	     publisher = publisher->next)
		sum += publisher_published(publisher);
	return sum;
}

void bus_list_topics(struct bus *bus, void (*visit)(void *data, const struct bus_topic_info *topic),
		     void *data)
{
	struct nametable_link *link = NULL;

	pthread_mutex_lock(&bus->lock);
	while ((link = nametable_next(&bus->topics, link))) {
		struct topic *topic = (struct topic *)link;
		struct bus_topic_info info = {
			.name = link->name,
			.interface = topic->interface,
			.event = topic->event,
			.published = topic_published(topic),
			.publishers = topic->publisher_count,
			.subscribers = topic->tie_count,
			.retained = topic->retain,
		};

		visit(data, &info);
	}
	pthread_mutex_unlock(&bus->lock);
}

static void subscription_info(const struct corbel_subscription *subscription,
			      struct bus_subscription_info *info)
{
	bool queued = subscription->subscriber.mode == CORBEL_QUEUED;
	uint64_t missed = __atomic_load_n(&subscription->missed, __ATOMIC_RELAXED);
	uint64_t delivered = __atomic_load_n(&subscription->delivered, __ATOMIC_RELAXED);

	*info = (struct bus_subscription_info){
		.plugin = subscription->plugin,
		.pattern = subscription->link.name,
		.mode = subscription->subscriber.mode,
		.depth = subscription->subscriber.depth,
		.overflow = subscription->subscriber.overflow,
		.queued = queued ? queue_count(&subscription->queue) : 0,
		.delivered = queued ? delivered
				    : delivered + subscription_delivered(subscription) - missed,
		.dropped = queued ? queue_dropped(&subscription->queue) : missed,
	};
}

void bus_list_subscriptions(struct bus *bus,
			    void (*visit)(void *data,
					  const struct bus_subscription_info *subscription),
			    void *data)
{
	struct bus_subscription_info info;

	pthread_mutex_lock(&bus->lock);
	for (struct corbel_subscription *each = bus->all; each; each = each->next) {
		subscription_info(each, &info);
		visit(data, &info);
	}
	pthread_mutex_unlock(&bus->lock);
}

void bus_count(struct bus *bus, const char *plugin, uint64_t *published, uint64_t *delivered,
	       uint64_t *dropped, uint64_t *queued)
{
	struct nametable_link *link = NULL;
	struct bus_subscription_info info;

	*published = *delivered = *dropped = *queued = 0;
	pthread_mutex_lock(&bus->lock);
	while ((link = nametable_next(&bus->topics, link))) {
		for (struct publisher *each = ((struct topic *)link)->publishers; each;
		     each = each->next) {
			if (strcmp(each->plugin, plugin) == 0)
				*published += publisher_published(each);
		}
	}
	for (struct corbel_subscription *each = bus->all; each; each = each->next) {
		if (strcmp(each->plugin, plugin) != 0)
			continue;
		subscription_info(each, &info);
		*delivered += info.delivered;
		*dropped += info.dropped;
		*queued += info.queued;
	}
	pthread_mutex_unlock(&bus->lock);
}
