/* SPDX-License-Identifier: MIT */
/* Topics and subscriptions by what their party may do: those that it may not have are cut off. */
#include "bus_parts.h"

static void set_refused(struct gate *gate, bool is_refused)
{
	bool was_refused = gate_reasons(gate) & GATE_REFUSED;

	if (is_refused && !was_refused) {
		gate_set(gate, GATE_REFUSED);
		gate_refuse(gate);
	} else if (!is_refused && was_refused) {
		gate_clear(gate, GATE_REFUSED);
	}
}

void publisher_review(struct publisher *publisher, const struct party *party)
{
	publisher->is_refused = !party_may(party, GRANT_PUBLISH, publisher->topic->link.name);
	set_refused(publisher_list(publisher)->gate, publisher->is_refused);
}

void subscription_review(struct subscription *subscription, const struct party *party)
{
	set_refused(subscription_gate(subscription),
		    !party_may(party, GRANT_SUBSCRIBE, subscription->link.name));
}

void bus_review(struct bus *bus, struct party *party)
{
	struct corbel_subscription *subscription;
	struct publisher *publisher;

	pthread_mutex_lock(&bus->lock);
	LIST_FOREACH(publisher, &party->topics, of_party)
	publisher_review(publisher, party);
	LIST_FOREACH(subscription, &party->subscriptions, of_party)
	subscription_review(subscription->body, party);
	pthread_mutex_unlock(&bus->lock);
}

void bus_held(struct bus *bus, struct party *party,
	      void (*visit)(void *data, enum grant grant, const char *name), void *data)
{
	struct corbel_subscription *subscription;
	struct publisher *publisher;

	pthread_mutex_lock(&bus->lock);
	LIST_FOREACH(publisher, &party->topics, of_party)
	visit(data, GRANT_PUBLISH, publisher->topic->link.name);
	LIST_FOREACH(subscription, &party->subscriptions, of_party)
	visit(data, GRANT_SUBSCRIBE, subscription->body->link.name);
	pthread_mutex_unlock(&bus->lock);
}
