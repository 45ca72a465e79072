/* SPDX-License-Identifier: MIT */
/* Lists of subscribers: made whole, put in place whole, and let go when no publisher is inside. */
#include <stdlib.h>

#include "bus_parts.h"

/* Lists in limbo that may turn out busy before a look ends: threads blocked inside cost little. */
#define BUSY_MAX 8

static void fill(struct list *list, struct topic *topic, uint32_t mode, uint32_t *at)
{
	for (struct tie *tie = topic->ties; tie; tie = tie->next_of_topic) {
		struct corbel_subscription *subscription = tie->subscription;
		const struct corbel_subscriber *subscriber = &subscription->subscriber;

		if (subscriber->mode != mode)
			continue;
		__atomic_fetch_add(&subscription->references, 1, __ATOMIC_RELAXED);
		list->entries[(*at)++] = (struct entry){
			.gate = subscription->gate,
			.deliver = subscriber->deliver,
			.handler = subscriber->handler,
			.data = subscriber->data,
		};
	}
}

struct list *list_new(struct publisher *publisher)
{
	struct topic *topic = publisher->topic;
	size_t extra = 63 + sizeof(struct list) + topic->tie_count * sizeof(struct entry);
	struct gate *gate = gate_new(NULL, GATE_LIST, 0, extra);

	if (!gate)
		return NULL;

	struct list *list = gate_aligned_extra(gate);
	uint32_t at = 0;

	gate->label = "topic";
	gate->service.table = list;
	list->gate = gate;
	list->publisher = publisher;
	list->entries = (struct entry *)(list + 1);
	list->shape = publisher_delivery(publisher);
	__atomic_fetch_add(&publisher->references, 1, __ATOMIC_RELAXED);
	fill(list, topic, CORBEL_QUEUED, &at);
	list->queued_count = at;
	fill(list, topic, CORBEL_DIRECT, &at);
	list->direct_count = at - list->queued_count;
	list->direct = list->entries + list->queued_count;
	list->end = list->direct + list->direct_count;
	list->retain = topic->retain;
	list->has_more = list->retain || list->queued_count > 0;
	return list;
}

void list_free(struct list *list)
{
	if (!list)
		return;
	for (uint32_t i = 0; i < list->queued_count + list->direct_count; i++)
		subscription_unreference(entry_subscription(&list->entries[i]));
	publisher_unreference(list->publisher);
	gate_retire(list->gate);
}

void list_install(struct publisher *publisher, struct list *list)
{
	struct corbel_service *service = list ? &list->gate->service : &frame_absent.service;
	struct corbel_service *old = publisher->use.service;
	struct bus *bus = publisher->topic->bus;

	__atomic_store_n(&publisher->use.service, service, __ATOMIC_RELEASE);
	if (!old || old == &frame_absent.service)
		return;

	struct list *gone = (struct list *)old->table;

	gone->next = NULL;
	*bus->limbo_end = gone;
	bus->limbo_end = &gone->next;
}

int topic_relist(struct topic *topic)
{
	struct list *made = NULL;

	for (struct publisher *publisher = topic->publishers; publisher;
	     publisher = publisher->next) {
		struct list *list = list_new(publisher);

		if (!list) {
			for (struct list *next; made; made = next) {
				next = made->next;
				list_free(made);
			}
			return -ENOMEM;
		}
		list->next = made;
		made = list;
	}
	for (struct list *next; made; made = next) {
		next = made->next;
		list_install(made->publisher, made);
	}
	return 0;
}

uint64_t list_published(const struct list *list)
{
	uint64_t sum = 0;

	for (size_t i = 0; i <= LIST_OWN_COUNTERS; i++)
		sum += __atomic_load_n(&list->counters[i].count, __ATOMIC_RELAXED);
	return sum;
}

uint64_t subscription_delivered(const struct corbel_subscription *subscription)
{
	uint64_t sum = 0;

	for (struct tie *tie = subscription->ties; tie; tie = tie->next_of_subscription) {
		struct publisher *publisher = tie->topic->publishers;

		for (; publisher; publisher = publisher->next)
			sum += list_published(publisher_list(publisher));
	}
	for (struct list *list = subscription->bus->limbo; list; list = list->next) {
		for (uint32_t i = list->queued_count; i < list->queued_count + list->direct_count;
		     i++) {
			if (entry_subscription(&list->entries[i]) == subscription)
				sum += list_published(list);
		}
	}
	return sum;
}

/*
 * frame_scan() passes over the caller's own frames: a handler that subscribes is inside the list it
 * was called from.
 */
static bool is_own(const struct gate *gate)
{
	struct corbel_record *record = corbel_thread;

	for (uint32_t depth = record->depth; depth-- > 0;) {
		if (corbel_frame_at(record, depth)->service == &gate->service)
			return true;
	}
	return false;
}

bool mark_add(struct corbel_subscription *subscription, struct publisher *publisher,
	      uint64_t position)
{
	struct mark *mark = malloc(sizeof(*mark));

	if (!mark)
		return false;
	__atomic_fetch_add(&publisher->references, 1, __ATOMIC_RELAXED);
	mark->publisher = publisher;
	mark->position = position;
	mark->next = subscription->marks;
	__atomic_store_n(&subscription->marks, mark, __ATOMIC_RELEASE);
	/* It may be empty already, with the last event in hand: its own strand alone knows. */
	source_wake(&subscription->source);
	return true;
}

/* The queues may hold events of a publisher that is closed. False: no memory, to be done again. */
static bool mark_queues(struct list *list)
{
	for (uint32_t i = 0; i < list->queued_count; i++) {
		struct corbel_subscription *subscription = entry_subscription(&list->entries[i]);
		uint64_t tail = queue_tail(&subscription->queue);

		/* Of one that has ended, too: the last event may still be in hand. */
		if (!mark_add(subscription, list->publisher, tail))
			return false;
	}
	return true;
}

/* Its counters go on in who is left. */
static void fold(struct list *list)
{
	uint64_t published = list_published(list);

	list->publisher->published += published;
	if (list->publisher->closed)
		list->publisher->topic->published += published;
	for (uint32_t i = list->queued_count; i < list->queued_count + list->direct_count; i++)
		__atomic_fetch_add(&entry_subscription(&list->entries[i])->delivered, published,
				   __ATOMIC_RELAXED);
}

void limbo_reap(struct bus *bus)
{
	struct list **at = &bus->limbo, *list;
	int busy = 0;

	while ((list = *at) && busy < BUSY_MAX) {
		if (is_own(list->gate) || frame_scan(NULL, list->gate, NULL, NULL) > 0 ||
		    (list->publisher->closed && !mark_queues(list))) {
			at = &list->next;
			busy++;
			continue;
		}
		*at = list->next;
		if (!list->next)
			bus->limbo_end = at;
		fold(list);
		list_free(list);
	}
}
