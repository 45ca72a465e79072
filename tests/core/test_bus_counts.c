/* SPDX-License-Identifier: MIT */
/* What the bus counts and lists, and how many topics it bears. */
#include <stdio.h>

#include "bus_fixture.h"

static void set_up(void)
{
	begin(0);
}

static struct record got;

static void clear(void)
{
	memset(&got, 0, sizeof(got));
}

START_TEST(overflow_does_as_each_subscription_says_and_counts)
{
	static const uint32_t policies[] = { CORBEL_DROP_OLDEST, CORBEL_DROP_NEWEST, CORBEL_FAIL };
	struct corbel_topic *topic = topic_open(NULL, false);
	uint64_t published, delivered, dropped, queued;

	clear();
	subscribe("corbel.test.number", CORBEL_QUEUED, 2, policies[_i], keep, &got);
	publish(topic, 0);
	publish(topic, 1);
	ck_assert_int_eq(publish(topic, 2), policies[_i] == CORBEL_FAIL ? -EAGAIN : 0);
	bus_count(bus, "taker", &published, &delivered, &dropped, &queued);
	ck_assert_uint_eq(queued, 2);
	settle();
	ck_assert_uint_eq(got.count, 2);
	ck_assert_uint_eq(got.numbers[0], policies[_i] == CORBEL_DROP_OLDEST ? 1 : 0);
	bus_count(bus, "taker", &published, &delivered, &dropped, &queued);
	ck_assert_uint_eq(delivered, 2);
	ck_assert_uint_eq(dropped, 1);
	ck_assert_uint_eq(queued, 0);
	bus_count(bus, "giver", &published, &delivered, &dropped, &queued);
	ck_assert_uint_eq(published, 3);
}
END_TEST

START_TEST(counts_go_on_when_lists_change)
{
	struct corbel_topic *topic = topic_open(NULL, false);
	struct corbel_subscription *other;
	uint64_t published, delivered, dropped, queued;

	clear();
	subscribe("corbel.test.number", CORBEL_DIRECT, 0, 0, keep, &got);
	for (uint32_t i = 0; i < 10; i++) {
		publish(topic, i);
		other = subscribe("corbel.*", CORBEL_QUEUED, 0, 0, keep, &got);
		publish(topic, i);
		ck_assert_int_eq(bus_unsubscribe(other, 0), 0);
	}
	bus_count(bus, "giver", &published, &delivered, &dropped, &queued);
	ck_assert_uint_eq(published, 20);
	bus_count(bus, "taker", &published, &delivered, &dropped, &queued);
	ck_assert_uint_eq(delivered, 20);
	ck_assert_uint_eq(got.count, 20);
}
END_TEST

static void note_topic(void *data, const struct corbel_topic_info *topic)
{
	struct corbel_topic_info *note = data;

	*note = *topic;
}

START_TEST(listings_say_what_there_is)
{
	struct corbel_topic_info note = { .name = NULL };
	struct corbel_topic *one = topic_open(NULL, true), *two = topic_open(NULL, false);

	clear();
	subscribe("corbel.*", CORBEL_DIRECT, 0, 0, keep, &got);
	publish(one, 1);
	publish(two, 2);
	bus_topic_close(two);
	bus_list_topics(bus, note_topic, &note);
	ck_assert_str_eq(note.name, "corbel.test.number");
	ck_assert_uint_eq(note.published, 2);
	ck_assert_uint_eq(note.publishers, 1);
	ck_assert_uint_eq(note.subscribers, 1);
	ck_assert(note.retained);
}
END_TEST

START_TEST(a_hundred_thousand_topics_are_served)
{
	enum { MANY = 100000 };
	static struct corbel_topic *topics[MANY];
	struct corbel_subscription *all;
	char suffix[16];

	clear();
	subscribe("corbel.test.number.77777", CORBEL_DIRECT, 0, 0, keep, &got);
	for (int i = 0; i < MANY; i++) {
		snprintf(suffix, sizeof(suffix), "%d", i);
		topics[i] = topic_open(suffix, false);
	}
	publish(topics[77777], 1);
	all = subscribe("*", CORBEL_DIRECT, 0, 0, keep, &got);
	publish(topics[5], 2);
	ck_assert_int_eq(bus_unsubscribe(all, frame_now() + LONG), 0);
	for (int i = 0; i < MANY; i++)
		bus_topic_close(topics[i]);
	ck_assert_uint_eq(got.count, 2);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("bus_counts");
	TCase *tests = tcase_create("bus_counts");

	tcase_add_checked_fixture(tests, set_up, end);
	tcase_set_timeout(tests, 120);
	tcase_add_loop_test(tests, overflow_does_as_each_subscription_says_and_counts, 0, 3);
	tcase_add_test(tests, counts_go_on_when_lists_change);
	tcase_add_test(tests, listings_say_what_there_is);
	tcase_add_test(tests, a_hundred_thousand_topics_are_served);
	suite_add_tcase(suite, tests);
	return suite;
}
