/* SPDX-License-Identifier: MIT */
/* A bus with two plugins on it, for the tests of the bus. */
#ifndef BUS_FIXTURE_H
#define BUS_FIXTURE_H

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bus.h"

#define LONG INT64_C(60000000000)

struct number_event {
	uint32_t size;
	uint32_t number;
};

static const struct corbel_field number_fields[] = {
	{ .name = "number", .kind = CORBEL_KIND_U32, .offset = 4, .flat_offset = 4 },
};
static const struct corbel_event number_events[] = {
	{ .name = "number", .fields = number_fields, .field_count = 1, .size = 8, .flat_size = 8 },
	{ .name = "other", .fields = number_fields, .field_count = 1, .size = 8, .flat_size = 8 },
};
static const uint64_t number_prints[] = { 1, 2 };
static const uint64_t number_other_prints[] = { 1, 3 };
static const struct corbel_interface number_interface = {
	.size = sizeof(struct corbel_interface),
	.major = 1,
	.minor = 1,
	.name = "corbel.test",
	.fingerprints = number_prints,
	.events = number_events,
	.event_count = 2,
};

struct plugin {
	struct gate_owner owner;
	struct ledger ledger;
	struct party party;
};

static struct loop *loop;
static struct catalogue *catalogue;
static struct bus *bus;
static struct plugin giver, taker;
static struct corbel_error error;

static inline void plugin_begin(struct plugin *plugin, const char *name)
{
	plugin->owner = (struct gate_owner){ .name = name, .version = "1", .timeout = LONG };
	ledger_init(&plugin->ledger);
	plugin->party = (struct party){ .plugin = name,
					.owner = &plugin->owner,
					.ledger = &plugin->ledger };
	ck_assert_int_eq(strand_new(loop, &plugin->owner, name, false, &plugin->party.strand), 0);
}

static inline void plugin_end(struct plugin *plugin)
{
	ledger_sweep(&plugin->ledger);
	strand_free(plugin->party.strand);
	ledger_fini(&plugin->ledger);
	gate_disown_all(&plugin->owner);
}

static inline void begin(unsigned workers)
{
	ck_assert_int_eq(loop_new(workers, &loop), 0);
	catalogue = catalogue_new();
	ck_assert_int_eq(bus_new(loop, catalogue, &bus), 0);
	plugin_begin(&giver, "giver");
	plugin_begin(&taker, "taker");
}

static inline void end(void)
{
	plugin_end(&giver);
	plugin_end(&taker);
	bus_free(bus);
	loop_free(loop);
	catalogue_free(catalogue);
	ck_assert_uint_eq(gate_collect(), 0);
}

static inline struct corbel_topic *topic_open(const char *suffix, bool retain)
{
	struct corbel_topic_options options = { .size = sizeof(options),
						.retain = retain,
						.suffix = suffix };
	struct corbel_topic *topic = NULL;

	ck_assert_int_eq(
		bus_topic_open(bus, &giver.party, &number_interface, 0, &options, &topic, &error),
		0);
	return topic;
}

static inline int publish(struct corbel_topic *topic, uint32_t number)
{
	struct number_event event = { sizeof(event), number };

	return corbel_publish(topic, &event, sizeof(event));
}

static inline struct corbel_subscription *subscribe_as(struct plugin *plugin, const char *pattern,
						       uint32_t mode, uint32_t depth,
						       uint32_t overflow, corbel_handler *handler,
						       void *data)
{
	struct corbel_subscriber subscriber = { .size = sizeof(subscriber),
						.mode = mode,
						.depth = depth,
						.overflow = overflow,
						.handler = (void (*)(void))handler,
						.data = data };
	struct corbel_subscription *subscription = NULL;

	ck_assert_int_eq(
		bus_subscribe(bus, &plugin->party, pattern, &subscriber, &subscription, &error), 0);
	return subscription;
}

static inline struct corbel_subscription *subscribe(const char *pattern, uint32_t mode,
						    uint32_t depth, uint32_t overflow,
						    corbel_handler *handler, void *data)
{
	return subscribe_as(&taker, pattern, mode, depth, overflow, handler, data);
}

static inline uint32_t number_of(const struct corbel_delivery *delivery)
{
	return ((const struct number_event *)delivery->payload)->number;
}

/* Runs the strands until nothing is due; only without workers. */
static inline void settle(void)
{
	for (int i = 0; i < 20; i++)
		loop_dispatch(loop, 0);
}

/* What a handler got. */
struct record {
	uint32_t numbers[64];
	size_t count;
	uint64_t dropped;
	char topic[64], publisher[16], text[64];
};

static inline void keep(void *data, const struct corbel_delivery *delivery)
{
	struct record *record = data;

	if (record->count < 64)
		record->numbers[record->count] = number_of(delivery);
	record->count++;
	record->dropped = delivery->dropped;
	snprintf(record->topic, sizeof(record->topic), "%s", delivery->topic);
	snprintf(record->publisher, sizeof(record->publisher), "%s", delivery->publisher);
	event_text(delivery, record->text, sizeof(record->text));
}

#endif
