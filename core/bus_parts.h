/* SPDX-License-Identifier: MIT */
/*
 * What the files of the bus share: topics, publishers, subscriptions, and the lists between them.
 *
 * Lifetimes. A list refers to its publisher and to its subscriptions, as these do to their
 * successors; when it is replaced it goes to limbo until no thread is inside it, and only then lets
 * them go. A publisher refers to its topic, and is itself referred to by the events in queues: not
 * by each, which would cost every publish, but by a mark at the queue's tail, set when the
 * publisher's last list is gone and lifted when the queue has been emptied up to there. Locks: the
 * bus's, then a topic's value_lock, then frame.c's. The bus's guards all but what is said to be
 * atomic.
 */
#ifndef CORBEL_CORE_BUS_PARTS_H
#define CORBEL_CORE_BUS_PARTS_H

#include <pthread.h>
#include <sys/queue.h>

#include "bus.h"
#include "bus_queue.h"
#include "nametable.h"

struct bus {
	pthread_mutex_t lock;
	struct loop *loop;
	struct catalogue *catalogue;
	struct nametable topics;
	struct nametable exact;              /* subscriptions without a wildcard, by pattern */
	LIST_HEAD(, subscription) wild, all; /* those with one; all */
	TAILQ_HEAD(, list) limbo;            /* oldest first */
	struct carried_event *carried, **carried_end; /* of the program before this one */
};

/* The last payload of a topic that retains it. */
struct value {
	struct publisher *publisher; /* NULL: none yet */
	void *payload;
	size_t size, capacity;
	int64_t at;
};

struct topic {
	struct nametable_link link; /* first; the name lies behind the struct */
	struct bus *bus;
	uint32_t references; /* atomic */
	const struct corbel_interface *interface;
	const struct corbel_event *event;
	LIST_HEAD(, publisher) publishers;
	LIST_HEAD(, tie) ties;
	size_t publisher_count, tie_count;
	uint64_t published; /* by publishers and lists that are gone */
	bool retain;
	pthread_mutex_t value_lock; /* also makes entering a list one step with keeping the value */
	struct value value;
};

/* What corbel_topic_open() gives. */
struct publisher {
	struct corbel_topic head; /* first */
	struct corbel_use use;    /* of its list */
	struct topic *topic;
	const struct corbel_interface *interface;
	const struct corbel_event *event;
	const char *plugin;  /* lies behind the struct */
	int64_t timeout;     /* ns that it waits for room */
	uint32_t references; /* atomic */
	bool closed;
	bool is_refused; /* its party may not publish (any more): lists are made with a closed gate
			  */
	uint64_t published; /* through lists that are gone */
	LIST_ENTRY(publisher) of_topic, of_party;
	struct ledger_item item;
};

/* The events of a publisher that is gone may be in the queue below this position. */
struct mark {
	struct publisher *publisher;
	uint64_t position;
	struct mark *next;
};

/* A subscription as its publishers reach it. */
struct entry {
	struct gate *gate; /* with the subscription behind it */
	void (*deliver)(void (*handler)(void), void *data, const struct corbel_delivery *delivery);
	void (*handler)(void);
	void *data;
};

/* A direct handler with a guard of its own: what the entry would have called, for whom. */
struct guarded {
	struct gate_owner *owner; /* NULL: it has none */
	void (*deliver)(void (*handler)(void), void *data, const struct corbel_delivery *delivery);
	void *data;
};

/* What corbel_subscribe() gives. */
struct corbel_subscription {
	struct subscription *body; /* exchanged while nobody is in the plugin */
	/* A hidden party's and its predecessor's that is like it, until bus_replace(); or NULL. */
	struct corbel_subscription *match;
	LIST_ENTRY(corbel_subscription) of_party;
	struct ledger_item item;
};

/* Lies behind its gate, from the next cache line on. */
struct subscription {
	struct nametable_link link; /* first; its name, the pattern, lies behind the struct */
	struct bus *bus;
	struct entry entry;
	struct guarded guarded; /* then the entry's data is this */
	/*
	 * What publishers enter. Direct: its gate. Queued: a door, of no owner, which bus_replace()
	 * exchanges: who still comes by the old one may look at the old strand.
	 */
	struct corbel_use use;
	/* Atomic; referenced: where publishers that find it absent go on to; or NULL. */
	struct subscription *successor;
	const char *plugin;
	struct corbel_subscriber subscriber; /* its interface kept, if it has one */
	LIST_HEAD(, tie) ties;
	LIST_ENTRY(subscription) of_wild, of_bus;
	bool unlisted;       /* a match or a successor has, or had, its place in the lists */
	uint32_t references; /* atomic */
	bool ended;          /* atomic */
	uint64_t missed;     /* atomic; gates that did not open in time, or what was refused */
	struct mark *marks;  /* atomic: looked at without the lock */
	struct source source;
	/* While its strand runs it: on that thread's stack, `origin` NULL: none is in hand. */
	const struct queue_event *hand;
	struct queue queue;
	/*
	 * Atomic; direct: through lists that are gone, less what passed it by. On a line of its
	 * own: the strand writes it with each event.
	 */
	uint64_t delivered __attribute__((aligned(64)));
};

/* That a subscription covers a topic. */
struct tie {
	struct topic *topic;
	struct subscription *subscription;
	LIST_ENTRY(tie) of_topic, of_subscription;
};

/* Threads that count on a line of their own; more share the last, atomically. */
#define LIST_OWN_COUNTERS 3

struct list_counter {
	uint64_t count;
} __attribute__((aligned(64)));

/* What a publish reads, behind its gate (service.table points here); only the counters change. */
struct list {
	struct publisher *publisher;
	bool has_more; /* than direct subscriptions: queued ones, or a value to retain */
	bool retain;
	struct entry *queued, *direct, *end; /* queued ones end where direct ones begin */
	const struct corbel_record *owners[LIST_OWN_COUNTERS];
	struct gate *gate;
	TAILQ_ENTRY(list) link;       /* in limbo, or about to be put in place */
	struct corbel_delivery shape; /* of a delivery: all but what each event brings */
	struct list_counter counters[LIST_OWN_COUNTERS + 1];
};

/* What lies behind a gate for which 63 bytes more were asked than it needs. */
static inline void *gate_aligned_extra(struct gate *gate)
{
	return (void *)(((uintptr_t)gate_extra(gate) + 63) & ~(uintptr_t)63);
}

/* With `guarded` set: has the entry go through it. */
void entry_guard(struct subscription *subscription);

static inline struct subscription *entry_subscription(const struct entry *entry)
{
	return gate_aligned_extra(entry->gate);
}

static inline bool is_queued(const struct subscription *subscription)
{
	return subscription->subscriber.mode == CORBEL_QUEUED;
}

/* The gate that publishers enter it by. With the bus's lock held. */
static inline struct gate *subscription_gate(const struct subscription *subscription)
{
	return (struct gate *)subscription->use.service;
}

static inline struct subscription *subscription_successor(const struct subscription *subscription)
{
	return __atomic_load_n(&subscription->successor, __ATOMIC_ACQUIRE);
}

static inline struct list *publisher_list(const struct publisher *publisher)
{
	return (struct list *)publisher->use.service->table;
}

/* bus_list.c; all with the bus's lock held. */
/* A list for the publisher as its topic's ties are now, in no place yet; NULL: no memory. */
struct list *list_new(struct publisher *publisher);
/* A list that never was in place. */
void list_free(struct list *list);
/* Puts it in place of the publisher's list, which goes to limbo. NULL: publishing is at an end. */
void list_install(struct publisher *publisher, struct list *list);
/* New lists for all publishers of a topic; -ENOMEM: the old ones stay, all of them. */
int topic_relist(struct topic *topic);
/* Frees those in limbo that no thread is in; without memory or luck they stay for the next time. */
void limbo_reap(struct bus *bus);
/* Keeps the publisher until the queue has been emptied up to the position; false: no memory. */
bool mark_add(struct subscription *subscription, struct publisher *publisher, uint64_t position);
/* Lets publishers go all whose events lie below the position. */
void marks_lift(struct subscription *subscription, uint64_t position);
uint64_t list_published(const struct list *list);
/* What direct subscription got through lists that are still there. */
uint64_t subscription_delivered(const struct subscription *subscription);

/* bus_topic.c */
struct topic *topic_find(struct bus *bus, const char *name);
void publisher_unreference(struct publisher *publisher);

/* bus.c */
/* Lets the subscription cover the topic; 0 or -ENOMEM. The lists are the caller's to renew. */
int tie_add(struct subscription *subscription, struct topic *topic);
void tie_remove(struct tie *tie);
/*
 * Whether the subscription can cover a topic that its pattern fits: 0, -ENOENT (another interface),
 * -EPROTO.
 */
int subscription_judge(const struct subscription *subscription, const struct topic *topic,
		       struct corbel_error *error);
void subscription_unreference(struct subscription *subscription);
/* Takes it out of everything: it gets no event any more. With the bus's lock held. */
void subscription_end(struct subscription *subscription);

/* bus_review.c */
/* Lets the publisher, or the subscription, do what its party may. With the bus's lock held. */
void publisher_review(struct publisher *publisher, const struct party *party);
void subscription_review(struct subscription *subscription, const struct party *party);

/* bus_replace.c */
/* Whether what the party subscribes waits for bus_replace(). */
bool party_waits(const struct party *party);
/* Looks for a match among what the predecessor has. This and the next with the bus's lock held. */
void match_make(struct corbel_subscription *handle, const struct party *party);
/* One of a match ends: the other goes on without it, or begins in its stead. */
void match_part(struct corbel_subscription *handle);
/* What a direct one counted goes to its successor, if it has one. */
void counts_hand_on(struct subscription *subscription);

/* bus_carry.c; both with the bus's lock held */
/* Puts in what was queued for this one before, if the topic has a publisher to tell what it is. */
void carried_events_put(struct subscription *subscription, const struct topic *topic);
/* The topic's first publisher has come: the same for all that cover it; then its value. */
void carried_take(struct topic *topic, struct publisher *publisher);
void carried_free(struct bus *bus);

/* bus_publish.c */
/* Keeps a copy as the topic's value. 0 or -ENOMEM. With the value's lock held. */
int value_keep(struct topic *topic, struct publisher *publisher, const void *payload, size_t size,
	       int64_t at);
int topic_publish(struct corbel_topic *head, const void *payload, size_t size);
/* Empties the queue, a batch at a time. */
void subscription_run(struct source *source);
/* Puts one event into a subscription's queue and wakes its strand. */
int subscription_put(struct subscription *subscription, const struct queue_event *event,
		     int64_t timeout);
/* All of a delivery but what each event brings. */
struct corbel_delivery publisher_delivery(const struct publisher *publisher);
/* Calls a direct subscription once, from its own strand, whatever its gate says. */
void subscription_deliver(struct subscription *subscription,
			  const struct corbel_delivery *delivery);

#endif
