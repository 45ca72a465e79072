/* SPDX-License-Identifier: MIT */
/* Subscriptions that go over from one version of a plugin to the next. */
#include <pthread.h>
#include <stdio.h>

#include "bus_versions.h"

static void set_up(void)
{
	begin(0);
}

START_TEST(a_queue_goes_over_with_its_events_in_order)
{
	struct corbel_topic *topic = topic_open(NULL, false);
	struct record old = { .count = 0 }, new = { .count = 0 };

	subscribe(TOPIC, CORBEL_QUEUED, 0, 0, keep, &old);
	publish(topic, 0);
	settle();
	next_begin(&next, &taker);
	subscribe_as(&next, TOPIC, CORBEL_QUEUED, 0, 0, keep, &new);
	publish(topic, 1);
	settle();
	strand_pause(taker.party.strand, false);
	publish(topic, 2);
	publish(topic, 3);
	replace(&taker, &next);
	publish(topic, 4);
	settle();
	assert_numbers(&old, 0, 2);
	assert_numbers(&new, 2, 3);
	ck_assert_uint_eq(delivered_to_taker(), 5);
	retire(&taker);
	publish(topic, 5);
	settle();
	assert_numbers(&new, 2, 4);
	ck_assert_uint_eq(delivered_to_taker(), 6);
	ck_assert_uint_eq(ledger_size(&next.ledger), 1);
	last_end(&next);
}
END_TEST

START_TEST(events_keep_the_names_of_a_topic_that_closed_before_they_went_over)
{
	struct corbel_topic *topic = topic_open("short", false);
	struct record old = { .count = 0 }, new = { .count = 0 };

	subscribe("corbel.*", CORBEL_QUEUED, 0, 0, keep, &old);
	next_begin(&next, &taker);
	subscribe_as(&next, "corbel.*", CORBEL_QUEUED, 0, 0, keep, &new);
	publish(topic, 1);
	bus_topic_close(topic);
	replace(&taker, &next);
	retire(&taker);
	settle();
	assert_numbers(&new, 1, 1);
	ck_assert_str_eq(new.topic, TOPIC ".short");
	ck_assert_str_eq(new.publisher, "giver");
	last_end(&next);
}
END_TEST

START_TEST(a_direct_handler_is_replaced_by_the_new_one)
{
	struct corbel_topic *topic = topic_open(NULL, false);
	struct record old = { .count = 0 }, new = { .count = 0 };

	subscribe(TOPIC, CORBEL_DIRECT, 0, 0, keep, &old);
	next_begin(&next, &taker);
	subscribe_as(&next, TOPIC, CORBEL_DIRECT, 0, 0, keep, &new);
	publish(topic, 0);
	publish(topic, 1);
	replace(&taker, &next);
	publish(topic, 2);
	assert_numbers(&old, 0, 2);
	assert_numbers(&new, 2, 1);
	ck_assert_uint_eq(delivered_to_taker(), 3);
	retire(&taker);
	publish(topic, 3);
	assert_numbers(&new, 2, 2);
	ck_assert_uint_eq(delivered_to_taker(), 4);
	last_end(&next);
}
END_TEST

START_TEST(the_same_pattern_twice_goes_over_in_the_order_of_subscribing)
{
	struct corbel_topic *topic = topic_open(NULL, false);
	struct record old[2] = { 0 }, new[3] = { 0 };
	struct corbel_subscription *second;

	subscribe(TOPIC, CORBEL_QUEUED, 4, CORBEL_DROP_NEWEST, keep, &old[0]);
	second = subscribe(TOPIC, CORBEL_QUEUED, 1, CORBEL_DROP_NEWEST, keep, &old[1]);
	next_begin(&next, &taker);
	for (int i = 0; i < 3; i++)
		subscribe_as(&next, TOPIC, CORBEL_QUEUED, 2, CORBEL_DROP_NEWEST, keep, &new[i]);
	for (uint32_t i = 0; i < 6; i++)
		publish(topic, i);
	replace(&taker, &next);
	settle();
	assert_numbers(&new[0], 0, 4);
	assert_numbers(&new[1], 0, 1);
	assert_numbers(&new[2], 0, 2);
	ck_assert_uint_eq(old[0].count + old[1].count, 0);
	ck_assert_int_eq(bus_unsubscribe(second, 0), 0);
	publish(topic, 6);
	settle();
	ck_assert_uint_eq(new[1].count, 2);
	retire(&taker);
	last_end(&next);
}
END_TEST

START_TEST(wildcards_go_over_pattern_by_pattern)
{
	struct corbel_topic *topic = topic_open(NULL, false), *later, *last;
	struct record old[2] = { 0 }, new[2] = { 0 };

	subscribe("corbel.*", CORBEL_QUEUED, 0, 0, keep, &old[0]);
	subscribe("corbel.test.*", CORBEL_DIRECT, 0, 0, keep, &old[1]);
	next_begin(&next, &taker);
	subscribe_as(&next, "corbel.test.*", CORBEL_DIRECT, 0, 0, keep, &new[1]);
	subscribe_as(&next, "corbel.*", CORBEL_QUEUED, 0, 0, keep, &new[0]);
	later = topic_open("later", false);
	publish(topic, 0);
	publish(later, 1);
	replace(&taker, &next);
	last = topic_open("last", false);
	publish(topic, 2);
	publish(later, 3);
	publish(last, 4);
	settle();
	assert_numbers(&new[0], 0, 5);
	assert_numbers(&old[1], 0, 2);
	assert_numbers(&new[1], 2, 3);
	ck_assert_uint_eq(delivered_to_taker(), 10);
	retire(&taker);
	ck_assert_uint_eq(delivered_to_taker(), 10);
	last_end(&next);
}
END_TEST

START_TEST(what_the_old_one_had_not_begins)
{
	struct corbel_topic *topic = topic_open(NULL, false);
	struct record old = { .count = 0 }, queued = { .count = 0 }, direct = { .count = 0 };

	subscribe(TOPIC, CORBEL_DIRECT, 0, 0, keep, &old);
	next_begin(&next, &taker);
	subscribe_as(&next, TOPIC, CORBEL_QUEUED, 0, 0, keep, &queued);
	subscribe_as(&next, "corbel.*", CORBEL_DIRECT, 0, 0, keep, &direct);
	publish(topic, 0);
	settle();
	ck_assert_uint_eq(queued_for_taker(), 1);
	ck_assert_uint_eq(queued.count + direct.count, 0);
	/* To the old one alone: what passed the direct one by is neither handled nor missed. */
	ck_assert_uint_eq(delivered_to_taker(), 1);
	replace(&taker, &next);
	retire(&taker);
	publish(topic, 1);
	settle();
	assert_numbers(&old, 0, 1);
	assert_numbers(&queued, 0, 2);
	assert_numbers(&direct, 1, 1);
	ck_assert_uint_eq(delivered_to_taker(), 3);
	last_end(&next);
}
END_TEST

START_TEST(one_whose_match_ends_meanwhile_begins_as_a_new_one)
{
	struct corbel_topic *topic = topic_open(NULL, false);
	struct record old[2] = { 0 }, new[2] = { 0 };
	struct corbel_subscription *queued, *direct;

	queued = subscribe(TOPIC, CORBEL_QUEUED, 0, 0, keep, &old[0]);
	direct = subscribe(TOPIC, CORBEL_DIRECT, 0, 0, keep, &old[1]);
	next_begin(&next, &taker);
	subscribe_as(&next, TOPIC, CORBEL_QUEUED, 0, 0, keep, &new[0]);
	subscribe_as(&next, TOPIC, CORBEL_DIRECT, 0, 0, keep, &new[1]);
	publish(topic, 0);
	settle();
	ck_assert_int_eq(bus_unsubscribe(queued, 0), 0);
	ck_assert_int_eq(bus_unsubscribe(direct, 0), 0);
	publish(topic, 1);
	settle();
	ck_assert_uint_eq(new[0].count + new[1].count, 0);
	replace(&taker, &next);
	retire(&taker);
	publish(topic, 2);
	settle();
	assert_numbers(&old[0], 0, 1);
	assert_numbers(&old[1], 0, 1);
	assert_numbers(&new[0], 1, 2);
	assert_numbers(&new[1], 2, 1);
	last_end(&next);
}
END_TEST

START_TEST(a_new_one_that_fails_changes_nothing)
{
	struct corbel_topic *topic = topic_open(NULL, false);
	struct record old[2] = { 0 }, new = { .count = 0 };

	subscribe(TOPIC, CORBEL_QUEUED, 0, 0, keep, &old[0]);
	subscribe("corbel.*", CORBEL_DIRECT, 0, 0, keep, &old[1]);
	for (uint32_t i = 0; i < 3; i++) {
		next_begin(&next, &taker);
		subscribe_as(&next, TOPIC, CORBEL_QUEUED, 0, 0, keep, &new);
		subscribe_as(&next, "corbel.*", CORBEL_DIRECT, 0, 0, keep, &new);
		subscribe_as(&next, "corbel.*", CORBEL_QUEUED, 0, 0, keep, &new);
		publish(topic, 2 * i);
		plugin_end(&next);
		publish(topic, 2 * i + 1);
	}
	settle();
	assert_numbers(&old[0], 0, 6);
	assert_numbers(&old[1], 0, 6);
	ck_assert_uint_eq(new.count, 0);
	ck_assert_uint_eq(delivered_to_taker(), 12);
}
END_TEST

START_TEST(who_gives_up_leaves_its_match_to_the_one_after_it)
{
	struct corbel_topic *topic = topic_open(NULL, false);
	struct record old = { .count = 0 }, failed = { .count = 0 }, new = { .count = 0 };
	struct plugin lost;

	subscribe(TOPIC, CORBEL_QUEUED, 0, 0, keep, &old);
	next_begin(&lost, &taker);
	subscribe_as(&lost, TOPIC, CORBEL_QUEUED, 0, 0, keep, &failed);
	subscribe_as(&lost, "corbel.*", CORBEL_QUEUED, 1, CORBEL_BLOCK, keep, &failed);
	bus_give_up(bus, &lost.party);
	next_begin(&next, &taker);
	subscribe_as(&next, TOPIC, CORBEL_QUEUED, 0, 0, keep, &new);
	strand_pause(taker.party.strand, false);
	publish(topic, 0);
	publish(topic, 1);
	replace(&taker, &next);
	plugin_end(&lost);
	retire(&taker);
	publish(topic, 2);
	settle();
	assert_numbers(&new, 0, 3);
	ck_assert_uint_eq(old.count + failed.count, 0);
	last_end(&next);
}
END_TEST

START_TEST(a_retained_value_is_given_only_to_what_the_old_one_had_not)
{
	struct corbel_topic *topic = topic_open(NULL, true);
	struct record old = { .count = 0 }, same = { .count = 0 }, other[2] = { 0 };

	publish(topic, 7);
	subscribe(TOPIC, CORBEL_QUEUED, 0, 0, keep, &old);
	subscribe(TOPIC, CORBEL_DIRECT, 0, 0, keep, &old);
	settle();
	ck_assert_uint_eq(old.count, 2);
	next_begin(&next, &taker);
	subscribe_as(&next, TOPIC, CORBEL_QUEUED, 0, 0, keep, &same);
	subscribe_as(&next, TOPIC, CORBEL_DIRECT, 0, 0, keep, &same);
	subscribe_as(&next, "corbel.*", CORBEL_QUEUED, 0, 0, keep, &other[0]);
	subscribe_as(&next, "corbel.*", CORBEL_DIRECT, 0, 0, keep, &other[1]);
	replace(&taker, &next);
	retire(&taker);
	settle();
	ck_assert_uint_eq(same.count, 0);
	assert_numbers(&other[0], 7, 1);
	assert_numbers(&other[1], 7, 1);
	publish(topic, 8);
	settle();
	ck_assert_uint_eq(same.count, 2);
	assert_numbers(&other[0], 7, 2);
	assert_numbers(&other[1], 7, 2);
	last_end(&next);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("bus_replace");
	TCase *tcase = tcase_create("alone");

	tcase_add_checked_fixture(tcase, set_up, end);
	tcase_add_test(tcase, a_queue_goes_over_with_its_events_in_order);
	tcase_add_test(tcase, events_keep_the_names_of_a_topic_that_closed_before_they_went_over);
	tcase_add_test(tcase, a_direct_handler_is_replaced_by_the_new_one);
	tcase_add_test(tcase, the_same_pattern_twice_goes_over_in_the_order_of_subscribing);
	tcase_add_test(tcase, wildcards_go_over_pattern_by_pattern);
	tcase_add_test(tcase, what_the_old_one_had_not_begins);
	tcase_add_test(tcase, one_whose_match_ends_meanwhile_begins_as_a_new_one);
	tcase_add_test(tcase, a_new_one_that_fails_changes_nothing);
	tcase_add_test(tcase, who_gives_up_leaves_its_match_to_the_one_after_it);
	tcase_add_test(tcase, a_retained_value_is_given_only_to_what_the_old_one_had_not);
	suite_add_tcase(suite, tcase);
	return suite;
}
