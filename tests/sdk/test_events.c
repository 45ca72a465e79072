/* SPDX-License-Identifier: MIT */
/*
 * Events through a generated header: there and back, from and to older versions, and damaged ones.
 * /
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "provider.h"

static struct fake fake;
static unsigned int reports_seen;

/* What the handlers got; strings are copied, since they are borrowed. */
static struct {
	unsigned int count;
	struct test_rich_tick tick;
	const void *tick_at;
	struct test_rich_note note;
	char text[64];
	char extra[64];
} seen;

static void setup(void)
{
	fake_init(&fake);
	memset(&seen, 0, sizeof(seen));
	reports_seen = 0;
}

static void teardown(void)
{
	ck_assert_uint_eq(fake.alive, 0);
	fake_fini(&fake);
}

static void on_tick(void *data, const struct test_rich_tick *tick)
{
	(void)data;
	seen.count++;
	seen.tick = *tick;
	seen.tick_at = tick;
}

static void on_note(void *data, const struct test_rich_note *note)
{
	(void)data;
	seen.count++;
	seen.note = *note;
	if (note->text)
		strncpy(seen.text, note->text, sizeof(seen.text) - 1);
	if (note->extra)
		strncpy(seen.extra, note->extra, sizeof(seen.extra) - 1);
}

static void tick_publish(const struct test_rich_tick *tick)
{
	struct test_rich_tick_topic *topic = NULL;

	ck_assert_int_eq(test_rich_tick_open(&fake.context, NULL, &topic), 0);
	ck_assert_int_eq(test_rich_tick_publish(topic, tick), 0);
	test_rich_tick_close(&fake.context, NULL);
}

static void note_publish(const struct test_rich_note *note)
{
	struct test_rich_note_topic *topic = NULL;

	ck_assert_int_eq(test_rich_note_open(&fake.context, NULL, &topic), 0);
	ck_assert_int_eq(test_rich_note_publish(topic, note), 0);
}

static void tick_subscribe(void)
{
	ck_assert_int_eq(test_rich_tick_subscribe(&fake.context, NULL, NULL, on_tick, NULL, NULL),
			 0);
}

static void note_subscribe(void)
{
	ck_assert_int_eq(test_rich_note_subscribe(&fake.context, NULL, NULL, on_note, NULL, NULL),
			 0);
}

static const struct test_rich_tick tick = {
	.on = true, .at = 42, .tint = TEST_RICH_COLOUR_BLUE, .where = { -3, true, 0.25 }, .more = 9
};

START_TEST(passes_scalars_in_the_struct_as_it_is)
{
	tick_subscribe();
	tick_publish(&tick);
	ck_assert_uint_eq(fake.payload_size, sizeof(tick));
	ck_assert_uint_eq(((const struct test_rich_tick *)(const void *)fake.payload)->size,
			  sizeof(tick));
	fake_deliver(&fake, fake.payload, fake.payload_size);
	ck_assert_uint_eq(seen.count, 1);
	ck_assert(seen.tick.on && seen.tick.at == 42 && seen.tick.where.x == -3 &&
		  seen.tick.more == 9);
	ck_assert_int_eq(seen.tick.tint, TEST_RICH_COLOUR_BLUE);
}
END_TEST

START_TEST(fills_in_what_an_older_publisher_does_not_know)
{
	tick_subscribe();
	old_publish_tick(&fake, 77);
	ck_assert_uint_lt(fake.payload_size, sizeof(tick));
	fake_deliver(&fake, fake.payload, fake.payload_size);
	note_subscribe();
	old_publish_note(&fake, "from of old");
	fake_deliver(&fake, fake.payload, fake.payload_size);
	ck_assert_uint_eq(seen.count, 2);
	ck_assert(seen.tick.at == 77 && seen.tick.more == 0 && seen.tick.size == sizeof(tick));
	ck_assert_str_eq(seen.text, "from of old");
	ck_assert(seen.note.extra == NULL && seen.note.value == 2.5 && seen.note.raw.size == 2);
}
END_TEST

START_TEST(leaves_out_what_an_older_subscriber_does_not_know)
{
	struct test_rich_note note = { .text = "new", .value = 1.5, .extra = "unheard of" };
	struct old_seen old = { 0 };

	tick_publish(&tick);
	old_subscribe(&fake, &old, false);
	fake_deliver(&fake, fake.payload, fake.payload_size);
	ck_assert(old.count == 1 && old.at == 42);
	note_publish(&note);
	old_subscribe(&fake, &old, true);
	fake_deliver(&fake, fake.payload, fake.payload_size);
	ck_assert(old.count == 2 && old.value == 1.5);
	ck_assert_str_eq(old.text, "new");
}
END_TEST

START_TEST(carries_strings_and_bytes_behind_the_fixed_part)
{
	struct test_rich_note note = {
		.text = "", .raw = { "\0\1\2", 3 }, .value = -1.0, .extra = "more"
	};

	note_subscribe();
	note_publish(&note);
	fake_deliver(&fake, fake.payload, fake.payload_size);
	ck_assert_uint_eq(seen.count, 1);
	ck_assert(seen.note.text != NULL && seen.note.raw.size == 3 && seen.note.value == -1.0);
	ck_assert_str_eq(seen.extra, "more");
}
END_TEST

START_TEST(keeps_a_missing_string_missing)
{
	struct test_rich_note note = { .value = 1.0 };

	note_subscribe();
	note_publish(&note);
	fake_deliver(&fake, fake.payload, fake.payload_size);
	ck_assert(seen.count == 1 && seen.note.text == NULL && seen.note.raw.data == NULL);
}
END_TEST

START_TEST(carries_an_event_without_fields)
{
	struct test_rich_empty_topic *topic = NULL;
	struct test_rich_empty empty = { 0 };

	test_rich_empty_open(&fake.context, NULL, &topic);
	ck_assert_uint_eq(fake.event, 3);
	ck_assert_int_eq(test_rich_empty_publish(topic, &empty), 0);
	ck_assert_uint_eq(fake.payload_size, 8);
}
END_TEST

/* A report of any size: `count` groups, strings and numbers. */
struct report_parts {
	struct test_rich_label labels[3];
	const char *names[40];
	struct corbel_bytes blobs[3];
	bool flags[3];
	struct test_rich_group groups[40];
	uint64_t numbers[40];
	enum test_rich_colour tints[2];
	struct test_rich_point points[2];
};

static struct report_parts parts;
static struct test_rich_report report;

static void report_make(size_t count)
{
	static const struct test_rich_label label = {
		"label", { "raw", 3 }, { 1, true, 2.0 }, TEST_RICH_COLOUR_GREEN
	};

	memset(&parts, 0, sizeof(parts));
	for (size_t i = 0; i < 3; i++) {
		parts.labels[i] = label;
		parts.blobs[i] = (struct corbel_bytes){ "blob", i };
		parts.flags[i] = i != 1;
	}
	for (size_t i = 0; i < count; i++) {
		parts.names[i] = i % 3 ? "a name" : "";
		parts.numbers[i] = UINT64_MAX - i;
		parts.groups[i] =
			(struct test_rich_group){ (uint32_t)i,        { parts.labels, i % 4 },
						  { parts.names, i }, { parts.points, 2 },
						  { parts.blobs, 3 }, { parts.flags, 3 } };
	}
	parts.points[1] = (struct test_rich_point){ 5, true, -0.5 };
	parts.tints[1] = TEST_RICH_COLOUR_BLUE;
	report = (struct test_rich_report){ .title = "title",
					    .groups = { parts.groups, count },
					    .names = { parts.names, count },
					    .blobs = { parts.blobs, 3 },
					    .flags = { parts.flags, 3 },
					    .numbers = { parts.numbers, count },
					    .tints = { parts.tints, 2 },
					    .main = label,
					    .where = { 1, true, 2.0 },
					    .on = true };
}

static void names_verify(const struct corbel_array *found, size_t count)
{
	ck_assert_uint_eq(found->count, count);
	for (size_t i = 0; i < count; i++)
		ck_assert_str_eq(((const char *const *)found->items)[i], parts.names[i]);
}

static void group_verify(const struct test_rich_group *found, size_t number)
{
	const struct test_rich_label *labels = found->labels.items;
	const struct test_rich_point *points = found->points.items;
	const struct corbel_bytes *blobs = found->blobs.items;

	ck_assert_uint_eq(found->id, number);
	ck_assert_uint_eq(found->labels.count, number % 4);
	for (size_t i = 0; i < number % 4; i++) {
		ck_assert_str_eq(labels[i].text, "label");
		ck_assert_mem_eq(labels[i].raw.data, "raw", 3);
		ck_assert(labels[i].at.on && labels[i].tint == TEST_RICH_COLOUR_GREEN);
	}
	names_verify(&found->names, number);
	ck_assert(points[1].x == 5 && points[1].on && blobs[2].size == 2);
	ck_assert_mem_eq(found->flags.items, parts.flags, 3);
}

static void on_report(void *data, const struct test_rich_report *found)
{
	size_t count = report.groups.count;

	(void)data;
	reports_seen++;
	ck_assert_str_eq(found->title, "title");
	ck_assert_uint_eq(found->groups.count, count);
	for (size_t i = 0; i < count; i++)
		group_verify((const struct test_rich_group *)found->groups.items + i, i);
	names_verify(&found->names, count);
	if (count)
		ck_assert_mem_eq(found->numbers.items, parts.numbers, count * sizeof(uint64_t));
	ck_assert_mem_eq(found->tints.items, parts.tints, sizeof(parts.tints));
	ck_assert_mem_eq(((const struct corbel_bytes *)found->blobs.items)[2].data, "bl", 2);
	ck_assert_str_eq(found->main.text, "label");
	ck_assert(found->where.on && found->on && found->flags.count == 3);
}

static void report_publish(void)
{
	struct test_rich_report_topic *topic = NULL;

	test_rich_report_open(&fake.context, NULL, &topic);
	ck_assert_int_eq(test_rich_report_publish(topic, &report), 0);
}

START_TEST(carries_arrays_of_everything_whatever_their_size)
{
	report_make((size_t)_i * 8);
	report_publish();
	test_rich_report_subscribe(&fake.context, NULL, NULL, on_report, NULL, NULL);
	fake_deliver(&fake, fake.payload, fake.payload_size);
	ck_assert_uint_eq(reports_seen, 1);
}
END_TEST

/* Reads all of it, so that the sanitizer sees any pointer that leads out of the payload. */
static size_t sum;

static void labels_read(const struct corbel_array *array)
{
	const struct test_rich_label *labels = array->items;

	for (size_t i = 0; i < array->count; i++) {
		sum += labels[i].text ? strlen(labels[i].text) : 0;
		for (size_t j = 0; j < labels[i].raw.size; j++)
			sum += ((const unsigned char *)labels[i].raw.data)[j];
		sum += labels[i].at.on;
	}
}

static void strings_read(const struct corbel_array *array)
{
	const char *const *strings = array->items;

	for (size_t i = 0; i < array->count; i++)
		sum += strings[i] ? strlen(strings[i]) : 0;
}

static void bools_read(const struct corbel_array *array)
{
	const bool *bools = array->items;

	for (size_t i = 0; i < array->count; i++)
		sum += bools[i];
}

static void on_any_report(void *data, const struct test_rich_report *found)
{
	const struct test_rich_group *groups = found->groups.items;

	(void)data;
	reports_seen++;
	sum += found->title ? strlen(found->title) : 0;
	for (size_t i = 0; i < found->groups.count; i++) {
		labels_read(&groups[i].labels);
		strings_read(&groups[i].names);
		bools_read(&groups[i].flags);
		for (size_t j = 0; j < groups[i].points.count; j++)
			sum += ((const struct test_rich_point *)groups[i].points.items)[j].on;
	}
	strings_read(&found->names);
	bools_read(&found->flags);
	sum += found->on + found->where.on;
}

START_TEST(survives_damage_anywhere)
{
	unsigned int state = 1;

	report_make(6);
	report_publish();
	test_rich_report_subscribe(&fake.context, NULL, NULL, on_any_report, NULL, NULL);
	char *damaged = malloc(fake.payload_size);
	for (size_t at = 0; at < fake.payload_size; at++) {
		for (unsigned int round = 0; round < 4; round++) {
			memcpy(damaged, fake.payload, fake.payload_size);
			state = state * 1103515245 + 12345;
			damaged[at] = round == 0 ? (char)0xff : (char)(state >> 16);
			fake_deliver(&fake, damaged, fake.payload_size);
		}
	}
	for (size_t size = 0; size < fake.payload_size; size++)
		fake_deliver(&fake, fake.payload, size);
	free(damaged);
	ck_assert_uint_gt(reports_seen, 0);
}
END_TEST

/* Each changes a good payload of `note` or `tick` so that its handler must not see it. */
START_TEST(skips_a_payload_with_a_size_that_no_version_had)
{
	tick_subscribe();
	tick_publish(&tick);
	for (uint32_t size = 0; size < sizeof(tick) + 8; size++) {
		if (size == sizeof(tick) || size == offsetof(struct test_rich_tick, more))
			continue;
		memcpy(fake.payload, &size, sizeof(size));
		fake_deliver(&fake, fake.payload, fake.payload_size);
	}
	ck_assert_uint_eq(seen.count, 0);
}
END_TEST

START_TEST(skips_a_payload_that_is_cut_off)
{
	tick_subscribe();
	tick_publish(&tick);
	for (size_t size = 0; size < sizeof(tick); size++)
		fake_deliver(&fake, fake.payload, size);
	ck_assert_uint_eq(seen.count, 0);
}
END_TEST

START_TEST(skips_a_bool_that_is_neither)
{
	tick_subscribe();
	tick_publish(&tick);
	fake.payload[offsetof(struct test_rich_tick, on)] = 2;
	fake_deliver(&fake, fake.payload, fake.payload_size);
	tick_publish(&tick);
	fake.payload[offsetof(struct test_rich_tick, where) +
		     offsetof(struct test_rich_point, on)] = 3;
	fake_deliver(&fake, fake.payload, fake.payload_size);
	ck_assert_uint_eq(seen.count, 0);
}
END_TEST

START_TEST(skips_a_string_that_lies_elsewhere_or_does_not_end)
{
	struct test_rich_note note = { .text = "text", .extra = "extra" };
	const uint32_t wrong[] = { 1, 4, (uint32_t)sizeof(struct test_rich_note_flat) - 1, 100000,
				   UINT32_MAX };

	note_subscribe();
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		note_publish(&note);
		memcpy(fake.payload + offsetof(struct test_rich_note_flat, text), &wrong[i], 4);
		fake_deliver(&fake, fake.payload, fake.payload_size);
	}
	note_publish(&note);
	fake.payload[fake.payload_size - 1] = 'x';
	fake_deliver(&fake, fake.payload, fake.payload_size);
	ck_assert_uint_eq(seen.count, 0);
}
END_TEST

START_TEST(takes_an_enum_value_that_only_newer_ones_know)
{
	struct test_rich_tick newer = tick;

	newer.tint = (enum test_rich_colour)12345;
	tick_subscribe();
	tick_publish(&newer);
	fake_deliver(&fake, fake.payload, fake.payload_size);
	ck_assert(seen.count == 1 && (int)seen.tick.tint == 12345);
}
END_TEST

START_TEST(subscribes_to_its_own_topics_only)
{
	struct corbel_subscriber options = { .size = sizeof(options),
					     .mode = CORBEL_DIRECT,
					     .depth = 4 };
	struct corbel_context *context = &fake.context;

	ck_assert_int_eq(test_rich_tick_subscribe(context, NULL, &options, on_tick, &seen, NULL),
			 0);
	ck_assert_str_eq(fake.pattern, "test.rich.tick");
	ck_assert(fake.subscriber.mode == CORBEL_DIRECT && fake.subscriber.depth == 4);
	ck_assert_ptr_eq(fake.subscriber.data, &seen);
	ck_assert_int_eq(
		test_rich_tick_subscribe(context, "test.rich.tick.*", NULL, on_tick, NULL, NULL),
		0);
	ck_assert_int_eq(
		test_rich_tick_subscribe(context, "test.rich.*", NULL, on_tick, NULL, NULL),
		-EINVAL);
	ck_assert_int_eq(
		test_rich_tick_subscribe(context, "test.rich.ticks", NULL, on_tick, NULL, NULL),
		-EINVAL);
}
END_TEST

START_TEST(describes_where_fields_lie)
{
	const struct corbel_event *events = test_rich_interface.events;

	ck_assert_uint_eq(events[0].size, events[0].flat_size);
	ck_assert_uint_eq(events[0].fields[4].since, 1);
	ck_assert_uint_eq(events[0].fields[4].flat_offset, offsetof(struct test_rich_tick, more));
	ck_assert_uint_eq(events[1].flat_size, sizeof(struct test_rich_note_flat));
	ck_assert_uint_eq(events[1].fields[0].flat_offset, 4);
	ck_assert_uint_eq(events[1].fields[0].offset, offsetof(struct test_rich_note, text));
	ck_assert_uint_eq(events[1].fields[3].flat_offset, old_interface->events[1].flat_size);
	ck_assert_uint_eq(events[0].fields[4].flat_offset, old_interface->events[0].flat_size);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("events");
	TCase *cases = tcase_create("events");

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, passes_scalars_in_the_struct_as_it_is);
	tcase_add_test(cases, fills_in_what_an_older_publisher_does_not_know);
	tcase_add_test(cases, leaves_out_what_an_older_subscriber_does_not_know);
	tcase_add_test(cases, carries_strings_and_bytes_behind_the_fixed_part);
	tcase_add_test(cases, keeps_a_missing_string_missing);
	tcase_add_test(cases, carries_an_event_without_fields);
	tcase_add_loop_test(cases, carries_arrays_of_everything_whatever_their_size, 0, 6);
	tcase_add_test(cases, survives_damage_anywhere);
	tcase_add_test(cases, skips_a_payload_with_a_size_that_no_version_had);
	tcase_add_test(cases, skips_a_payload_that_is_cut_off);
	tcase_add_test(cases, skips_a_bool_that_is_neither);
	tcase_add_test(cases, skips_a_string_that_lies_elsewhere_or_does_not_end);
	tcase_add_test(cases, takes_an_enum_value_that_only_newer_ones_know);
	tcase_add_test(cases, subscribes_to_its_own_topics_only);
	tcase_add_test(cases, describes_where_fields_lie);
	suite_add_tcase(suite, cases);
	return suite;
}
