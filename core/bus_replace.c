/* SPDX-License-Identifier: MIT */
/* How what one version of a plugin has subscribed goes over to the next, which replaces it. */
#include <string.h>

#include "bus_parts.h"

bool party_waits(const struct party *party)
{
	return __atomic_load_n(&party->predecessor, __ATOMIC_ACQUIRE) && party->hidden;
}

static bool are_alike(const struct subscription *one, const struct subscription *other)
{
	const struct corbel_interface *a = one->subscriber.interface;
	const struct corbel_interface *b = other->subscriber.interface;

	return one->subscriber.mode == other->subscriber.mode &&
	       strcmp(one->link.name, other->link.name) == 0 &&
	       (a && b ? interfaces_agree(a, b, NULL) == 0 : a == b);
}

void match_make(struct corbel_subscription *handle, const struct party *party)
{
	struct corbel_subscription *each = NULL;

	if (party_waits(party))
		each = LIST_FIRST(&party->predecessor->subscriptions);
	/* The last is the oldest. */
	for (; each; each = LIST_NEXT(each, of_party))
		if (!each->match && are_alike(each->body, handle->body))
			handle->match = each;
	if (!handle->match)
		return;
	handle->match->match = handle;
	handle->body->unlisted = true;
}

/*
 * The new one has the old one's place. The lists there are still name the old one: who finds its
 * gate absent goes on to the new one, so that none need be renewed, which takes memory and time;
 * that is done when the old handle ends.
 */
static void succeed(struct subscription *old, struct subscription *new)
{
	__atomic_fetch_add(&new->references, 1, __ATOMIC_RELAXED);
	__atomic_store_n(&old->successor, new, __ATOMIC_RELEASE);
	old->unlisted = true;
	new->unlisted = false;
}

void match_part(struct corbel_subscription *handle)
{
	struct corbel_subscription *match = handle->match;

	if (!match)
		return;
	handle->match = match->match = NULL;
	if (match->body->unlisted)
		succeed(handle->body, match->body);
}

void counts_hand_on(struct subscription *subscription)
{
	struct subscription *to = subscription_successor(subscription);

	if (!to || is_queued(subscription))
		return;
	__atomic_fetch_add(&to->delivered,
			   __atomic_exchange_n(&subscription->delivered, 0, __ATOMIC_RELAXED),
			   __ATOMIC_RELAXED);
	__atomic_fetch_add(&to->missed,
			   __atomic_exchange_n(&subscription->missed, 0, __ATOMIC_RELAXED),
			   __ATOMIC_RELAXED);
}

/*
 * The body that publishers know goes over with its queue, and calls from now on what the new one
 * was to call. The old handle keeps the new one's, which nobody has come to, with the old door and
 * the old strand.
 */
static void queue_go_over(struct corbel_subscription *old, struct corbel_subscription *new)
{
	struct subscription *body = old->body, *spare = new->body;
	struct corbel_service *door = body->use.service;
	struct strand *strand = body->source.strand;

	body->subscriber.interface = spare->subscriber.interface;
	body->entry.deliver = spare->entry.deliver;
	body->entry.handler = spare->entry.handler;
	body->entry.data = spare->entry.data;
	body->guarded = spare->guarded;
	if (body->guarded.owner)
		body->entry.data = &body->guarded;
	/* Before the doors: who comes by the new one finds the new strand. */
	source_move(&body->source, spare->source.strand);
	source_move(&spare->source, strand);
	__atomic_store_n(&body->use.service, spare->use.service, __ATOMIC_RELEASE);
	spare->use.service = door;
	old->body = spare;
	new->body = body;
}

void bus_replace(struct bus *bus, struct party *party)
{
	pthread_mutex_lock(&bus->lock);
	struct corbel_subscription *each = LIST_FIRST(&party->subscriptions);

	for (; each; each = LIST_NEXT(each, of_party)) {
		struct corbel_subscription *old = each->match;

		if (old)
			old->match = each->match = NULL;
		if (is_queued(each->body)) {
			if (old)
				queue_go_over(old, each);
			continue;
		}
		gate_clear(each->body->entry.gate, GATE_ABSENT);
		if (old) {
			succeed(old->body, each->body);
			/* Who waits there, whatever closed it, goes on. */
			gate_set(old->body->entry.gate, GATE_ABSENT);
			gate_refuse(old->body->entry.gate);
		}
	}
	pthread_mutex_unlock(&bus->lock);
}

void bus_give_up(struct bus *bus, struct party *party)
{
	pthread_mutex_lock(&bus->lock);
	struct corbel_subscription *each = LIST_FIRST(&party->subscriptions);

	/* Its start() may still be under way, and subscribe. */
	__atomic_store_n(&party->predecessor, NULL, __ATOMIC_RELEASE);
	for (; each; each = LIST_NEXT(each, of_party)) {
		if (each->match)
			each->match = each->match->match = NULL;
		subscription_end(each->body);
	}
	pthread_mutex_unlock(&bus->lock);
}

size_t bus_inside(struct party *party)
{
	struct corbel_subscription *each = LIST_FIRST(&party->subscriptions);
	size_t inside = 0;

	for (; each; each = LIST_NEXT(each, of_party))
		if (is_queued(each->body) && each->body->unlisted)
			inside += frame_scan(NULL, subscription_gate(each->body), NULL, NULL);
	return inside;
}
