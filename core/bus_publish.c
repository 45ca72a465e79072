/* SPDX-License-Identifier: MIT */
/* The way of an event: from publish through the list to handlers and queues, and out again. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bus_parts.h"
#include "guard.h"
#include "strand.h"

/* Events that a strand takes from one queue before its other sources get their turn. */
#define BATCH 64
/*
 * Looks at an empty queue before its strand turns away: 58 ns per event without, 42 with 50, no
 * better with 300.
 */
#define SPINS 50

/*
 * The time of a queued event. CLOCK_MONOTONIC costs more than all the rest of a publish (21 of 45
 * ns), its coarse form 3: at most one tick of the kernel behind, never ahead.
 */
static int64_t publish_time(const struct loop *loop)
{
	struct timespec now;

	if (__atomic_load_n(&loop->is_virtual, __ATOMIC_ACQUIRE))
		return loop_now(loop);
	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (int64_t)now.tv_sec * CORBEL_SECOND + now.tv_nsec;
}

static void bump(uint64_t *counter)
{
	__atomic_store_n(counter, __atomic_load_n(counter, __ATOMIC_RELAXED) + 1, __ATOMIC_RELAXED);
}

/* A thread that is not the list's first takes a counter for its own, or shares the last. */
static __attribute__((noinline)) void count_other(struct list *list,
						  const struct corbel_record *record)
{
	for (size_t i = 0; i < LIST_OWN_COUNTERS; i++) {
		const struct corbel_record *owner =
			__atomic_load_n(&list->owners[i], __ATOMIC_RELAXED);

		if (owner == record ||
		    (!owner && __atomic_compare_exchange_n(&list->owners[i], &owner, record, false,
							   __ATOMIC_RELAXED, __ATOMIC_RELAXED))) {
			bump(&list->counters[i].count);
			return;
		}
	}
	__atomic_fetch_add(&list->counters[LIST_OWN_COUNTERS].count, 1, __ATOMIC_RELAXED);
}

/* Exact without an atomic operation: a record belongs to one thread at a time. */
static inline void count(struct list *list, const struct corbel_record *record)
{
	if (__builtin_expect(__atomic_load_n(&list->owners[0], __ATOMIC_RELAXED) == record, 1))
		bump(&list->counters[0].count);
	else
		count_other(list, record);
}

static inline __attribute__((always_inline)) void
call_handler(const struct entry *entry, const struct corbel_delivery *delivery)
{
	if (entry->deliver)
		entry->deliver(entry->handler, entry->data, delivery);
	else
		((corbel_handler *)entry->handler)(entry->data, delivery);
}

/* What a guard runs: a handler with its event. */
struct handling {
	const struct entry *entry;
	const struct corbel_delivery *delivery;
};

static int call_it(void *data)
{
	const struct handling *handling = data;

	call_handler(handling->entry, handling->delivery);
	return 0;
}

static void deliver_guarded(void (*handler)(void), void *data,
			    const struct corbel_delivery *delivery)
{
	const struct guarded *guarded = data;
	struct entry entry = { .deliver = guarded->deliver,
			       .handler = handler,
			       .data = guarded->data };
	struct handling handling = { &entry, delivery };

	guard_call(guarded->owner, call_it, &handling);
}

void entry_guard(struct subscription *subscription)
{
	subscription->guarded.deliver = subscription->entry.deliver;
	subscription->guarded.data = subscription->entry.data;
	subscription->entry.deliver = deliver_guarded;
	subscription->entry.data = &subscription->guarded;
}

static inline __attribute__((always_inline)) void
hand_over(const struct entry *entry, struct gate *gate, struct corbel_delivery *delivery)
{
	const struct subscription *subscription = gate_aligned_extra(gate);

	delivery->dropped = __atomic_load_n(&subscription->missed, __ATOMIC_RELAXED);
	call_handler(entry, delivery);
}

/*
 * Enters a subscription as a caller does, waiting at its gate if need be, or who has taken its
 * place meanwhile: *at.
 */
static int enter(struct corbel_call *call, struct subscription **at)
{
	for (;;) {
		int rc = corbel_call_enter(call, &(*at)->use, CORBEL_METHOD_SEVERAL);
		struct subscription *next = rc == -ENOTCONN ? subscription_successor(*at) : NULL;

		if (!next)
			return rc;
		*at = next;
	}
}

/* It ended meanwhile, or has not begun, or may not have it. */
static bool is_away(int rc)
{
	return rc == -ENOTCONN || rc == -EACCES;
}

static __attribute__((noinline)) int deliver_slowly(const struct entry *entry,
						    struct corbel_delivery *delivery)
{
	struct subscription *subscription = entry_subscription(entry);
	struct corbel_call call;
	int rc = enter(&call, &subscription);

	if (is_away(rc)) { /* the list counted it */
		__atomic_fetch_sub(&subscription->delivered, 1, __ATOMIC_RELAXED);
		return 0;
	}
	if (rc < 0) {
		__atomic_fetch_add(&subscription->missed, 1, __ATOMIC_RELAXED);
		return rc;
	}
	hand_over(&subscription->entry, subscription->entry.gate, delivery);
	corbel_call_leave(&call);
	return 0;
}

/* Where the quick way in is barred: no membarrier, or no frame left. */
static __attribute__((noinline)) int deliver_all_slowly(const struct entry *entry,
							const struct entry *end,
							struct corbel_delivery *delivery, int rc)
{
	for (; entry < end; entry++) {
		int slow = deliver_slowly(entry, delivery);

		rc = rc ? rc : slow;
	}
	return rc;
}

/* Leaves one subscription but not the list, and tells whoever waits for that. */
static void step_out(struct corbel_record *record, uint32_t depth)
{
	struct corbel_call call = { .record = record, .depth = depth };

	corbel_call_leave(&call);
}

/*
 * One frame above the list's serves all entries in turn: the list keeps their gates from being
 * freed, so that each needs only its own look. Whoever waits for one of them is told before the
 * next one is entered: going on is leaving, so the flag is read after the frame names the next.
 */
static inline __attribute__((always_inline)) int deliver_all(const struct corbel_call *call,
							     const struct list *list,
							     struct corbel_delivery *delivery,
							     int rc)
{
	struct corbel_record *record = call->record;
	uint32_t depth = call->depth + 1;
	struct corbel_frame *frame = corbel_frame_at(record, depth);
	const struct entry *entry = list->direct, *end = list->end;

	if (__builtin_expect(depth >= record->capacity, 0))
		return deliver_all_slowly(entry, end, delivery, rc);
	__atomic_store_n(&frame->method, CORBEL_METHOD_SEVERAL, __ATOMIC_RELAXED);
	corbel_frame_renew(record, frame);
	for (; entry < end; entry++) {
		struct gate *gate = entry->gate;

		__atomic_store_n(&frame->service, &gate->service, __ATOMIC_RELEASE);
		__atomic_store_n(&record->depth, depth + 1, __ATOMIC_RELEASE);
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
		if (__builtin_expect((__atomic_load_n(&gate->service.gate, __ATOMIC_ACQUIRE) |
				      __atomic_load_n(&record->flag, __ATOMIC_RELAXED)) != 0,
				     0)) {
			step_out(record, depth);

			int slow = deliver_slowly(entry, delivery);

			rc = rc ? rc : slow;
			continue;
		}
		hand_over(entry, gate, delivery);
	}
	return rc;
}

int subscription_put(struct subscription *subscription, const struct queue_event *event,
		     int64_t timeout)
{
	struct gate *reader = NULL;
	int rc;

	if (subscription->subscriber.overflow == CORBEL_BLOCK)
		reader = strand_gate(
			__atomic_load_n(&subscription->source.strand, __ATOMIC_ACQUIRE));
	rc = queue_put(&subscription->queue, event, reader, timeout);
	source_wake(&subscription->source);
	return rc;
}

/*
 * Framed as direct ones are, but by a gate without an owner: it keeps the strand from being freed
 * under source_wake(), and only the end of the subscription waits for it, which sends away who
 * waits for room, and bus_inside().
 */
static int put_framed(const struct entry *entry, const struct queue_event *event, int64_t timeout)
{
	struct subscription *subscription = entry_subscription(entry);
	struct corbel_call call;
	int rc = enter(&call, &subscription);

	if (rc < 0)
		return is_away(rc) ? 0 : rc;
	rc = subscription_put(subscription, event, timeout);
	corbel_call_leave(&call);
	return rc;
}

static __attribute__((noinline)) int put_all(const struct list *list, const void *payload,
					     size_t size)
{
	const struct publisher *publisher = list->publisher;
	struct queue_event event = {
		.origin = publisher,
		.at = publish_time(publisher->topic->bus->loop),
		.payload = payload,
		.size = size,
	};
	int rc = 0;

	for (const struct entry *entry = list->queued; entry < list->direct; entry++) {
		int one = put_framed(entry, &event, publisher->timeout);

		rc = rc ? rc : one;
	}
	return rc;
}

struct corbel_delivery publisher_delivery(const struct publisher *publisher)
{
	return (struct corbel_delivery){
		.topic = publisher->topic->link.name,
		.publisher = publisher->plugin,
		.interface = publisher->interface,
		.event = publisher->event,
	};
}

static inline __attribute__((always_inline)) int
pass_on(const struct corbel_call *call, struct list *list, const void *payload, size_t size, int rc)
{
	struct corbel_delivery delivery = list->shape;

	delivery.payload = payload;
	delivery.size = size;
	return deliver_all(call, list, &delivery, rc);
}

int value_keep(struct topic *topic, struct publisher *publisher, const void *payload, size_t size,
	       int64_t at)
{
	struct value *value = &topic->value;

	if (size > value->capacity) {
		void *larger = realloc(value->payload, size);

		if (!larger)
			return -ENOMEM;
		value->payload = larger;
		value->capacity = size;
	}
	memcpy(value->payload, payload, size);
	value->size = size;
	value->at = at;
	if (value->publisher != publisher) {
		struct publisher *before = value->publisher;

		__atomic_fetch_add(&publisher->references, 1, __ATOMIC_RELAXED);
		value->publisher = publisher;
		publisher_unreference(before);
	}
	return 0;
}

/*
 * The list with the value kept: one step, so that a late subscriber has the event as the value or
 * by the list. A list's gate never closes: entering it under the lock does not wait.
 */
static int enter_keeping(struct corbel_call *call, struct publisher *publisher, const void *payload,
			 size_t size, int *kept)
{
	struct topic *topic = publisher->topic;

	pthread_mutex_lock(&topic->value_lock);
	int rc = corbel_call_enter(call, &publisher->use, CORBEL_METHOD_SEVERAL);

	if (rc == 0)
		*kept = value_keep(topic, publisher, payload, size, publish_time(topic->bus->loop));
	pthread_mutex_unlock(&topic->value_lock);
	return rc;
}

/*
 * Inside a list with more to it than direct handlers. Queues first: a direct handler may end
 * anything, the publisher too.
 */
static __attribute__((noinline)) int publish_more(struct corbel_call *call,
						  struct publisher *publisher, const void *payload,
						  size_t size)
{
	struct list *list = (struct list *)call->service->table;
	int kept = 0, rc = 0;

	if (list->retain) {
		corbel_call_leave(call);
		rc = enter_keeping(call, publisher, payload, size, &kept);
		if (rc < 0)
			return rc;
		list = (struct list *)call->service->table;
	}
	count(list, call->record);
	if (list->queued < list->direct)
		rc = put_all(list, payload, size);
	rc = pass_on(call, list, payload, size, rc ? rc : kept);
	corbel_call_leave(call);
	return rc;
}

int topic_publish(struct corbel_topic *head, const void *payload, size_t size)
{
	struct publisher *publisher = (struct publisher *)head;
	struct corbel_call call;
	int rc;

	if (__builtin_expect(size < sizeof(uint32_t), 0))
		return -EINVAL;
	rc = corbel_call_enter(&call, &publisher->use, CORBEL_METHOD_SEVERAL);
	if (__builtin_expect(rc < 0, 0))
		return rc;

	struct list *list = (struct list *)call.service->table;

	if (list->has_more)
		return publish_more(&call, publisher, payload, size);
	count(list, call.record);
	rc = pass_on(&call, list, payload, size, 0);
	corbel_call_leave(&call);
	return rc;
}

void subscription_deliver(struct subscription *subscription, const struct corbel_delivery *delivery)
{
	struct corbel_delivery copy = *delivery;
	struct corbel_call call;

	if (frame_push(&call, subscription->entry.gate, CORBEL_METHOD_SEVERAL) < 0) {
		__atomic_fetch_add(&subscription->missed, 1, __ATOMIC_RELAXED);
	} else {
		if (!__atomic_load_n(&subscription->ended, __ATOMIC_ACQUIRE))
			hand_over(&subscription->entry, subscription->entry.gate, &copy);
		frame_pop(&call);
	}
	__atomic_fetch_add(&subscription->delivered, 1, __ATOMIC_RELAXED);
}

/* False: it faulted, and nothing more of it is to run. */
static bool handle(struct subscription *subscription, const struct queue_event *event)
{
	struct gate_owner *owner = strand_owner(subscription->source.strand);
	struct corbel_delivery delivery = publisher_delivery(event->origin);

	if (gate_reasons(subscription_gate(subscription)) & GATE_REFUSED) {
		__atomic_fetch_add(&subscription->missed, 1, __ATOMIC_RELAXED);
		return true;
	}
	delivery.payload = event->payload;
	delivery.size = event->size;
	delivery.at = event->at;
	delivery.dropped = event->dropped;
	bump(&subscription->delivered);
	frame_renew();

	struct handling handling = { &subscription->entry, &delivery };

	return guard_call(owner, call_it, &handling) == 0;
}

static inline void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

/*
 * A publisher in full flow has its next event there within the time that going idle and being woken
 * costs it.
 */
static bool take_soon(struct subscription *subscription, struct queue_event *event,
		      struct queue_room *room)
{
	for (int spin = 0; spin < SPINS; spin++) {
		if (queue_take(&subscription->queue, event, room))
			return true;
		relax();
	}
	return false;
}

void subscription_run(struct source *source)
{
	struct subscription *subscription = container_of(source, struct subscription, source);
	struct queue_event event = { .origin = NULL };
	struct queue_room room;
	int left = BATCH;

	/* A handler may end its own subscription. */
	__atomic_fetch_add(&subscription->references, 1, __ATOMIC_RELAXED);
	subscription->hand = &event;
	while (left > 0 && !__atomic_load_n(&subscription->ended, __ATOMIC_ACQUIRE) &&
	       take_soon(subscription, &event, &room)) {
		left = handle(subscription, &event) ? left - 1 : -1;
		__atomic_store_n(&event.origin, NULL, __ATOMIC_RELEASE);
		queue_room_free(&room);
	}
	subscription->hand = NULL;
	if (!__atomic_load_n(&subscription->ended, __ATOMIC_ACQUIRE)) {
		if (__atomic_load_n(&subscription->marks, __ATOMIC_ACQUIRE)) {
			pthread_mutex_lock(&subscription->bus->lock);
			marks_lift(subscription, queue_head(&subscription->queue));
			pthread_mutex_unlock(&subscription->bus->lock);
		}
		if (left == 0)
			source_wake(source);
	}
	subscription_unreference(subscription);
}
