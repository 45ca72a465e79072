/* SPDX-License-Identifier: MIT */
/* What the bus tells of itself: topics, subscriptions, counters. */
#include <string.h>

#include "bus_parts.h"

static uint64_t publisher_published(const struct publisher *publisher)
{
	uint64_t sum = publisher->published + list_published(publisher_list(publisher));

	struct list *list = TAILQ_FIRST(&publisher->topic->bus->limbo);

	for (; list; list = TAILQ_NEXT(list, link)) {
		if (list->publisher == publisher)
			sum += list_published(list);
	}
	return sum;
}

static uint64_t topic_published(const struct topic *topic)
{
	uint64_t sum = topic->published;

	struct publisher *publisher = LIST_FIRST(&topic->publishers);

	for (; publisher; publisher = LIST_NEXT(publisher, of_topic))
		sum += publisher_published(publisher);
	return sum;
}

static size_t topic_subscribers(const struct topic *topic)
{
	size_t count = 0;

	for (struct tie *tie = LIST_FIRST(&topic->ties); tie; tie = LIST_NEXT(tie, of_topic))
		count += !tie->subscription->unlisted;
	return count;
}

void bus_list_topics(struct bus *bus,
		     void (*visit)(void *data, const struct corbel_topic_info *topic), void *data)
{
	struct nametable_link *link = NULL;

	pthread_mutex_lock(&bus->lock);
	while ((link = nametable_next(&bus->topics, link))) {
		struct topic *topic = (struct topic *)link;
		struct corbel_topic_info info = {
			.size = sizeof(info),
			.name = link->name,
			.interface = topic->interface,
			.event = topic->event,
			.published = topic_published(topic),
			.publishers = topic->publisher_count,
			.subscribers = topic_subscribers(topic),
			.retained = topic->retain,
		};

		visit(data, &info);
	}
	pthread_mutex_unlock(&bus->lock);
}

void bus_count(struct bus *bus, const char *plugin, uint64_t *published, uint64_t *delivered,
	       uint64_t *dropped, uint64_t *queued)
{
	struct nametable_link *link = NULL;

	*published = *delivered = *dropped = *queued = 0;
	pthread_mutex_lock(&bus->lock);
	while ((link = nametable_next(&bus->topics, link))) {
		struct publisher *each = LIST_FIRST(&((struct topic *)link)->publishers);

		for (; each; each = LIST_NEXT(each, of_topic)) {
			if (strcmp(each->plugin, plugin) == 0)
				*published += publisher_published(each);
		}
	}

	struct subscription *each = LIST_FIRST(&bus->all);

	for (; each; each = LIST_NEXT(each, of_bus)) {
		if (strcmp(each->plugin, plugin) != 0)
			continue;
		uint64_t missed = __atomic_load_n(&each->missed, __ATOMIC_RELAXED);

		*delivered += __atomic_load_n(&each->delivered, __ATOMIC_RELAXED);
		*dropped += missed;
		if (is_queued(each)) {
			*dropped += queue_dropped(&each->queue);
			*(__atomic_load_n(&each->ended, __ATOMIC_ACQUIRE) ? dropped : queued) +=
				queue_count(&each->queue);
		} else {
			*delivered += subscription_delivered(each) - missed;
		}
	}
	pthread_mutex_unlock(&bus->lock);
}
