/* SPDX-License-Identifier: MIT */
/* Lists of subscribers: made whole, put in place whole, and let go when no publisher is inside. */
#include <errno.h>
#include <stdlib.h>

#include "bus_parts.h"

/* Lists in limbo that may turn out busy before a look ends: threads blocked inside cost little. */
#define BUSY_MAX 8

/*
 * Writes those of one mode, and returns where they end. What a queued one calls is asked of itself:
 * a reload changes that, and leaves the lists as they are.
 */
static struct entry *fill(struct entry *entry, const struct topic *topic, uint32_t mode)
{
	for (struct tie *tie = LIST_FIRST(&topic->ties); tie; tie = LIST_NEXT(tie, of_topic)) {
		struct subscription *subscription = tie->subscription;

		if (subscription->unlisted || subscription->subscriber.mode != mode)
			continue;
		__atomic_fetch_add(&subscription->references, 1, __ATOMIC_RELAXED);
		*entry++ = mode == CORBEL_DIRECT
				   ? subscription->entry
				   : (struct entry){ .gate = subscription->entry.gate };
	}
	return entry;
}

struct list *list_new(struct publisher *publisher)
{
	struct topic *topic = publisher->topic;
	size_t extra = 63 + sizeof(struct list) + topic->tie_count * sizeof(struct entry);
	struct gate *gate =
		gate_new(NULL, GATE_LIST, publisher->is_refused ? GATE_REFUSED : 0, extra);

	if (!gate)
		return NULL;

	struct list *list = gate_aligned_extra(gate);

	gate->label = "topic";
	gate->service.table = list;
	list->gate = gate;
	list->publisher = publisher;
	list->shape = publisher_delivery(publisher);
	__atomic_fetch_add(&publisher->references, 1, __ATOMIC_RELAXED);
	list->queued = (struct entry *)(list + 1);
	list->direct = fill(list->queued, topic, CORBEL_QUEUED);
	list->end = fill(list->direct, topic, CORBEL_DIRECT);
	list->retain = topic->retain;
	list->has_more = list->retain || list->queued < list->direct;
	return list;
}

void list_free(struct list *list)
{
	for (const struct entry *entry = list->queued; entry < list->end; entry++)
		subscription_unreference(entry_subscription(entry));
	publisher_unreference(list->publisher);
	gate_retire(list->gate);
}

void list_install(struct publisher *publisher, struct list *list)
{
	struct corbel_service *service = list ? &list->gate->service : &frame_absent.service;
	struct corbel_service *old = publisher->use.service;
	struct bus *bus = publisher->topic->bus;

	__atomic_store_n(&publisher->use.service, service, __ATOMIC_RELEASE);
	if (old != &frame_absent.service)
		TAILQ_INSERT_TAIL(&bus->limbo, (struct list *)old->table, link);
}

int topic_relist(struct topic *topic)
{
	TAILQ_HEAD(, list) made = TAILQ_HEAD_INITIALIZER(made);
	struct publisher *publisher = LIST_FIRST(&topic->publishers);
	struct list *list;
	int rc = 0;

	for (; publisher && rc == 0; publisher = LIST_NEXT(publisher, of_topic)) {
		list = list_new(publisher);
		if (list)
			TAILQ_INSERT_TAIL(&made, list, link);
		else
			rc = -ENOMEM;
	}
	while ((list = TAILQ_FIRST(&made))) {
		TAILQ_REMOVE(&made, list, link);
		if (rc == 0)
			list_install(list->publisher, list);
		else
			list_free(list);
	}
	return rc;
}

uint64_t list_published(const struct list *list)
{
	uint64_t sum = 0;

	for (size_t i = 0; i <= LIST_OWN_COUNTERS; i++)
		sum += __atomic_load_n(&list->counters[i].count, __ATOMIC_RELAXED);
	return sum;
}

/* Who answers for what a list did by this entry. */
static struct subscription *heir(const struct entry *entry)
{
	struct subscription *heir = entry_subscription(entry);

	for (struct subscription *next; (next = subscription_successor(heir));)
		heir = next;
	return heir;
}

uint64_t subscription_delivered(const struct subscription *subscription)
{
	uint64_t sum = 0;

	struct tie *tie = subscription->unlisted ? NULL : LIST_FIRST(&subscription->ties);
	struct list *list = TAILQ_FIRST(&subscription->bus->limbo);

	for (; tie; tie = LIST_NEXT(tie, of_subscription)) {
		struct publisher *publisher = LIST_FIRST(&tie->topic->publishers);

		for (; publisher; publisher = LIST_NEXT(publisher, of_topic))
			sum += list_published(publisher_list(publisher));
	}
	for (; list; list = TAILQ_NEXT(list, link)) {
		for (const struct entry *entry = list->direct; entry < list->end; entry++) {
			if (heir(entry) == subscription)
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

bool mark_add(struct subscription *subscription, struct publisher *publisher, uint64_t position)
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

void marks_lift(struct subscription *subscription, uint64_t position)
{
	for (struct mark **at = &subscription->marks, *mark; (mark = *at);) {
		if (mark->position > position) {
			at = &mark->next;
			continue;
		}
		__atomic_store_n(at, mark->next, __ATOMIC_RELEASE);
		publisher_unreference(mark->publisher);
		free(mark);
	}
}

/* The queues may hold events of a publisher that is closed. False: no memory, to be done again. */
static bool mark_queues(struct list *list)
{
	for (const struct entry *entry = list->queued; entry < list->direct; entry++) {
		struct subscription *each = entry_subscription(entry);

		/* Of one that has ended, too: the last event may still be in hand. */
		for (; each; each = subscription_successor(each))
			if (!mark_add(each, list->publisher, queue_tail(&each->queue)))
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
	for (const struct entry *entry = list->direct; entry < list->end; entry++)
		__atomic_fetch_add(&heir(entry)->delivered, published, __ATOMIC_RELAXED);
}

void limbo_reap(struct bus *bus)
{
	int busy = 0;

	for (struct list *list = TAILQ_FIRST(&bus->limbo), *next; list && busy < BUSY_MAX;
	     list = next) {
		next = TAILQ_NEXT(list, link);
		if (is_own(list->gate) || frame_scan(NULL, list->gate, NULL, NULL) > 0 ||
		    (list->publisher->closed && !mark_queues(list))) {
			busy++;
			continue;
		}
		TAILQ_REMOVE(&bus->limbo, list, link);
		fold(list);
		list_free(list);
	}
}
