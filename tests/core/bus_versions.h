/* SPDX-License-Identifier: MIT */
/* Two versions of the taker, of which one replaces the other. */
#ifndef TESTS_CORE_BUS_VERSIONS_H
#define TESTS_CORE_BUS_VERSIONS_H

#include <sched.h>

#include "bus_fixture.h"
#include "bus_parts.h"

#define TOPIC "corbel.test.number"

__attribute__((unused)) static struct plugin next;

/* As one is that is being started to replace another. */
__attribute__((unused)) static void next_begin(struct plugin *plugin, struct plugin *before)
{
	plugin_begin(plugin, "taker");
	plugin->party.hidden = true;
	plugin->party.predecessor = &before->party;
	strand_pause(plugin->party.strand, false);
}

__attribute__((unused)) static void stop_old(struct plugin *old)
{
	strand_pause(old->party.strand, false);
	gate_set_all(&old->owner, GATE_CLOSED);
	while (!strand_is_quiet(old->party.strand) || frame_scan(&old->owner, NULL, NULL, NULL) > 0)
		sched_yield();
}

__attribute__((unused)) static void swap(struct plugin *plugin)
{
	bus_replace(bus, &plugin->party);
	plugin->party.hidden = false;
}

/* The whole of it, but the end of the old one. */
__attribute__((unused)) static void replace(struct plugin *old, struct plugin *plugin)
{
	stop_old(old);
	swap(plugin);
	strand_resume(plugin->party.strand);
}

/* Nobody looks at its strand or its owner any more. */
__attribute__((unused)) static void retire(struct plugin *old)
{
	while (bus_inside(&old->party) > 0 || frame_scan(&old->owner, NULL, NULL, NULL) > 0)
		sched_yield();
	plugin_end(old);
}

/* The fixture ends a taker of its own. */
__attribute__((unused)) static void last_end(struct plugin *last)
{
	plugin_end(last);
	plugin_begin(&taker, "taker");
}

__attribute__((unused)) static uint64_t delivered_to_taker(void)
{
	uint64_t published, delivered, dropped, queued;

	bus_count(bus, "taker", &published, &delivered, &dropped, &queued);
	return delivered;
}

__attribute__((unused)) static uint64_t queued_for_taker(void)
{
	uint64_t published, delivered, dropped, queued;

	bus_count(bus, "taker", &published, &delivered, &dropped, &queued);
	return queued;
}

__attribute__((unused)) static void assert_numbers(const struct record *record, uint32_t first,
						   size_t count)
{
	ck_assert_uint_eq(record->count, count);
	for (size_t i = 0; i < count; i++)
		ck_assert_uint_eq(record->numbers[i], first + i);
}

#endif
