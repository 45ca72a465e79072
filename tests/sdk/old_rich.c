/* SPDX-License-Identifier: MIT */
/*
 * Users of the first version of test.rich, in a file of their own since both headers have the same
 * names.
 */
#include <string.h>

#include "fake.h"
#include "rich_old.h"

const struct corbel_interface *const old_interface = &test_rich_interface;

void old_publish_tick(struct fake *fake, int64_t at)
{
	struct test_rich_tick tick = { .on = true, .at = at, .where = { .x = 3, .on = true } };
	struct test_rich_tick_topic *topic = NULL;

	test_rich_tick_open(&fake->context, NULL, &topic);
	test_rich_tick_publish(topic, &tick);
	test_rich_tick_close(&fake->context, NULL);
}

void old_publish_note(struct fake *fake, const char *text)
{
	struct test_rich_note note = { .text = text, .raw = { "\0\1", 2 }, .value = 2.5 };
	struct test_rich_note_topic *topic = NULL;

	test_rich_note_open(&fake->context, NULL, &topic);
	test_rich_note_publish(topic, &note);
}

static void on_tick(void *data, const struct test_rich_tick *tick)
{
	struct old_seen *seen = data;

	seen->count++;
	seen->at = tick->at;
}

static void on_note(void *data, const struct test_rich_note *note)
{
	struct old_seen *seen = data;

	seen->count++;
	seen->value = note->value;
	strncpy(seen->text, note->text, sizeof(seen->text) - 1);
}

void old_subscribe(struct fake *fake, struct old_seen *seen, bool note)
{
	struct corbel_subscription *subscription;

	if (note)
		test_rich_note_subscribe(&fake->context, NULL, NULL, on_note, seen, &subscription);
	else
		test_rich_tick_subscribe(&fake->context, NULL, NULL, on_tick, seen, &subscription);
}
