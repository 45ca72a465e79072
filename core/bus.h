/* SPDX-License-Identifier: MIT */
/*
 * The bus: topics, their subscribers, and the queues between publishers and strands.
 *
 * A publisher has an immutable list of its topic's subscribers, a GATE_LIST gate, replaced whole
 * when a subscription comes or goes; publishing frames the list, then each direct subscription, as
 * a call frames a service. Names and wildcards are resolved when subscribing and when a topic
 * appears, never when publishing. Invariants: per publisher and subscription, events are handled in
 * publish order, each at most once, and exactly once unless a counted drop says otherwise; after
 * bus_unsubscribe() returned 0 the handler neither runs nor will run; no lock is held while a
 * handler runs.
 */
#ifndef CORBEL_CORE_BUS_H
#define CORBEL_CORE_BUS_H

#include <corbel/event.h>
#include <corbel/host.h>

#include "describe.h"
#include "frame.h"
#include "ledger.h"
#include "loop.h"
#include "registry.h"

#define BUS_NAME_MAX 500 /* bytes of a topic's name or of a pattern */
#define BUS_DEPTH_USUAL 256
#define BUS_DEPTH_MAX 1048576

struct bus;
struct carried_event;

int bus_new(struct loop *loop, struct catalogue *catalogue, struct bus **out);
/* Everything must have been closed. */
void bus_free(struct bus *bus);

/* See corbel_topic_open(); grants are the caller's to check. The party must outlive the handle. */
int bus_topic_open(struct bus *bus, struct party *party, const struct corbel_interface *interface,
		   uint32_t event, const struct corbel_topic_options *options,
		   struct corbel_topic **out, struct corbel_error *error);
/* No thread may be publishing on it. The retained value goes with the topic's last publisher. */
void bus_topic_close(struct corbel_topic *topic);
/*
 * See corbel_subscribe(). A wildcard with an interface covers the topics of that interface alone.
 * Topics that appear later with another layout are not covered.
 */
int bus_subscribe(struct bus *bus, struct party *party, const char *pattern,
		  const struct corbel_subscriber *subscriber, struct corbel_subscription **out,
		  struct corbel_error *error);
/*
 * 0: the handler neither runs nor will run. -EDEADLK: called from within its own direct handler;
 * -ETIMEDOUT: a direct handler runs still: in both cases it runs no more once that returns, and the
 * subscription has ended.
 */
int bus_unsubscribe(struct corbel_subscription *subscription, int64_t deadline);

/*
 * What `party`, the next version of the same plugin, has subscribed takes the place of what its
 * predecessor had then, pattern by pattern and mode by mode (for interfaces that agree), in the
 * order in which they were made. No event is lost and none is handled twice: queues go over with
 * the events in them, and keep their depth and what they do when full; publishers that wait at the
 * gate of a direct handler go on to the new one. Of its others the queued ones have got events, for
 * the paused strand, since they were made; the direct ones a retained value then, and events from
 * here on. The predecessor's strand is paused and quiet and nobody is inside it; `party`'s strand
 * is paused. Needs no memory and cannot fail.
 */
void bus_replace(struct bus *bus, struct party *party);
/*
 * `party` will not replace its predecessor, which is not looked at any more: what it has subscribed
 * is at an end, and what it may yet subscribe has no match.
 */
void bus_give_up(struct bus *bus, struct party *party);
/*
 * How many other threads are still on their way by what bus_replace() took from `party`: as many
 * may look at its strand. Those found are flagged (frame_watcher_add()). After it; [control]
 */
size_t bus_inside(struct party *party);

/*
 * Judges the topics and subscriptions of the party anew: publishing what it may not gives -EACCES;
 * what it may not subscribe to gets nothing, and what waits in its queue is dropped, and counted;
 * until a review finds otherwise. As registry_review().
 */
void bus_review(struct bus *bus, struct party *party);
/* What the party publishes and subscribes now. `visit` runs with the bus's lock held. */
void bus_held(struct bus *bus, struct party *party,
	      void (*visit)(void *data, enum grant grant, const char *name), void *data);

/* Frees lists of subscribers that are of no use any more; false: publishers are still in some. */
bool bus_tidy(struct bus *bus);

/* For corbel_host_carry(), without locks: all retained values, and what is in queues. */
void bus_carry_values(const struct bus *bus, int file);
void bus_carry_events(const struct bus *bus, int file, const char *culprit);
/* A value, or an event that was queued; transferred. It waits for its topic and subscription. */
void bus_adopt(struct bus *bus, struct carried_event *event);

/* The bus's lock is held during visits: they must not call the bus. */
void bus_list_topics(struct bus *bus,
		     void (*visit)(void *data, const struct corbel_topic_info *topic), void *data);
/* Of one plugin's open handles: published by it, delivered to it, dropped for it, queued now. */
void bus_count(struct bus *bus, const char *plugin, uint64_t *published, uint64_t *delivered,
	       uint64_t *dropped, uint64_t *queued);

/*
 * Whether a topic name fits a pattern (`a.b.*` fits `a.b.c` and `a.b.c.d`, not `a.b`); -EINVAL: not
 * a pattern.
 */
int pattern_check(const char *pattern);
bool pattern_is_wild(const char *pattern);
bool pattern_matches(const char *pattern, const char *name);

#endif
