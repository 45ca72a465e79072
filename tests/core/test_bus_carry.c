/* SPDX-License-Identifier: MIT */
/* Events and retained values that one program leaves to the next in the same process. */
#include "bus_fixture.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include <corbel/rescue.h>

#include "host_context.h"

static struct record got;
static int file;

static void set_up(void)
{
	begin(0);
	memset(&got, 0, sizeof(got));
	file = memfd_create("test", MFD_CLOEXEC);
}

static void tear_down(void)
{
	end();
	close(file);
}

static struct corbel_host host_of_bus(void)
{
	return (struct corbel_host){ .bus = bus, .loop = loop };
}

static void carry(const char *culprit)
{
	struct corbel_host host = host_of_bus();

	corbel_host_carry(&host, CORBEL_CARRY_VALUES, file, culprit);
	corbel_host_carry(&host, CORBEL_CARRY_EVENTS, file, culprit);
}

/* Nothing is left but the file. */
static struct corbel_carried go_on(int expected)
{
	struct corbel_host host;
	struct corbel_carried carried;

	end();
	begin(0);
	host = host_of_bus();
	lseek(file, 0, SEEK_SET);
	ck_assert_int_eq(corbel_host_adopt(&host, file, "", "", &carried), expected);
	timer_stop(host.hold);
	return carried;
}

static void assert_numbers(uint32_t first, uint32_t last)
{
	settle();
	ck_assert_uint_eq(got.count, last - first + 1);
	for (uint32_t i = 0; first + i <= last; i++)
		ck_assert_uint_eq(got.numbers[i], first + i);
}

static void subscribe_queued(const char *pattern, void *data)
{
	subscribe(pattern, CORBEL_QUEUED, 0, CORBEL_FAIL, keep, data);
}

/* Subscribes, publishes 1 to `count`, handles none of them, and goes on in the next program. */
static void leave(const char *pattern, uint32_t count)
{
	struct corbel_topic *topic = topic_open(NULL, false);

	subscribe_queued(pattern, &got);
	for (uint32_t i = 1; i <= count; i++)
		ck_assert_int_eq(publish(topic, i), 0);
	carry(NULL);
	ck_assert_uint_eq(go_on(0).events, count);
}

START_TEST(what_was_queued_comes_before_what_is_new)
{
	leave("corbel.test.number", 5);

	struct corbel_topic *topic = topic_open(NULL, false);

	subscribe_queued("corbel.test.number", &got);
	publish(topic, 6);
	assert_numbers(1, 6);
	ck_assert_str_eq(got.topic, "corbel.test.number");
	ck_assert_str_eq(got.publisher, "giver");
	ck_assert_str_eq(got.text, "{\"number\":6}");
}
END_TEST

START_TEST(it_waits_for_a_topic_that_comes_later)
{
	leave("corbel.test.*", 3);
	subscribe_queued("corbel.test.*", &got);
	settle();
	ck_assert_uint_eq(got.count, 0);
	publish(topic_open(NULL, false), 4);
	assert_numbers(1, 4);
}
END_TEST

START_TEST(it_is_for_the_same_pattern_of_the_same_plugin_alone)
{
	struct record others = { .count = 0 };

	leave("corbel.test.number", 2);
	topic_open(NULL, false);
	subscribe_queued("corbel.test.*", &others);
	subscribe_as(&giver, "corbel.test.number", CORBEL_QUEUED, 0, 0, keep, &others);
	subscribe("corbel.test.number", CORBEL_DIRECT, 0, 0, keep, &others);
	settle();
	ck_assert_uint_eq(others.count, 0);
	subscribe_queued("corbel.test.number", &got);
	assert_numbers(1, 2);
}
END_TEST

START_TEST(two_alike_get_each_their_own)
{
	struct corbel_topic *topic = topic_open(NULL, false);
	struct record second = { .count = 0 };

	subscribe_queued("corbel.test.number", &got);
	publish(topic, 1);
	subscribe_queued("corbel.test.number", &second);
	publish(topic, 2);
	carry(NULL);
	ck_assert_uint_eq(go_on(0).events, 3);
	subscribe_queued("corbel.test.number", &got);
	subscribe_queued("corbel.test.number", &second);
	topic_open(NULL, false);
	assert_numbers(1, 2);
	ck_assert_uint_eq(second.count, 1);
	ck_assert_uint_eq(second.numbers[0], 2);
}
END_TEST

START_TEST(it_goes_on_from_program_to_program_until_somebody_takes_it)
{
	leave("corbel.test.number", 3);
	ck_assert_int_eq(ftruncate(file, 0), 0);
	lseek(file, 0, SEEK_SET);
	carry(NULL);
	ck_assert_uint_eq(go_on(0).events, 3);
	topic_open(NULL, false);
	subscribe_queued("corbel.test.number", &got);
	assert_numbers(1, 3);
}
END_TEST

static void carry_in_handler(void *data, const struct corbel_delivery *delivery)
{
	keep(&got, delivery);
	if (got.count == 2)
		carry(data);
}

/* The handler has the second of four in hand. */
static void leave_in_handler(void *culprit)
{
	struct corbel_topic *topic = topic_open(NULL, false);

	subscribe("corbel.test.number", CORBEL_QUEUED, 0, 0, carry_in_handler, culprit);
	for (uint32_t i = 1; i <= 4; i++)
		publish(topic, i);
	settle();
	memset(&got, 0, sizeof(got));
}

START_TEST(what_is_in_hand_is_given_again)
{
	leave_in_handler(NULL);
	ck_assert_uint_eq(go_on(0).events, 3);
	topic_open(NULL, false);
	subscribe_queued("corbel.test.number", &got);
	assert_numbers(2, 4);
}
END_TEST

START_TEST(what_the_culprit_has_in_hand_is_not)
{
	char culprit[] = "taker";

	leave_in_handler(culprit);
	ck_assert_uint_eq(go_on(0).events, 2);
	topic_open(NULL, false);
	subscribe_queued("corbel.test.number", &got);
	assert_numbers(3, 4);
}
END_TEST

START_TEST(large_payloads_cross_too)
{
	struct {
		struct number_event event;
		char more[1000];
	} large = { { sizeof(large.event), 7 }, "more" };
	struct corbel_topic *topic = topic_open(NULL, false);

	subscribe_queued("corbel.test.number", &got);
	corbel_publish(topic, &large, sizeof(large));
	carry(NULL);
	go_on(0);
	topic_open(NULL, false);
	subscribe_queued("corbel.test.number", &got);
	assert_numbers(7, 7);
}
END_TEST

START_TEST(a_retained_value_is_there_for_who_subscribes_next)
{
	struct record direct = { .count = 0 };

	publish(topic_open(NULL, true), 9);
	carry(NULL);
	ck_assert_uint_eq(go_on(0).values, 1);
	topic_open(NULL, true);
	subscribe_queued("corbel.test.number", &got);
	subscribe("corbel.test.number", CORBEL_DIRECT, 0, 0, keep, &direct);
	assert_numbers(9, 9);
	ck_assert_uint_eq(direct.count, 1);
}
END_TEST

START_TEST(one_that_is_not_retained_any_more_is_not)
{
	publish(topic_open(NULL, true), 9);
	carry(NULL);
	go_on(0);
	topic_open(NULL, false);
	subscribe_queued("corbel.test.number", &got);
	settle();
	ck_assert_uint_eq(got.count, 0);
}
END_TEST

START_TEST(what_means_something_else_by_now_is_counted_as_dropped)
{
	struct corbel_interface other = number_interface;
	struct corbel_topic *topic;

	leave("corbel.test.number", 2);
	other.fingerprints = number_other_prints;
	ck_assert_int_eq(bus_topic_open(bus, &giver.party, &other, 0, NULL, &topic, &error), 0);
	subscribe_queued("corbel.test.number", &got);
	publish(topic, 3);
	assert_numbers(3, 3);
	ck_assert_uint_eq(got.dropped, 2);
}
END_TEST

START_TEST(a_file_that_ends_too_soon_gives_what_is_whole)
{
	struct corbel_topic *topic = topic_open(NULL, false);

	subscribe_queued("corbel.test.number", &got);
	for (uint32_t i = 1; i <= 3; i++)
		publish(topic, i);
	carry(NULL);
	ck_assert_int_eq(ftruncate(file, lseek(file, 0, SEEK_CUR) - 1), 0);
	ck_assert_uint_eq(go_on(-EBADMSG).events, 2);
	topic_open(NULL, false);
	subscribe_queued("corbel.test.number", &got);
	assert_numbers(1, 2);
}
END_TEST

START_TEST(no_damage_of_the_file_does_harm)
{
	struct corbel_topic *topic = topic_open(NULL, true);
	off_t size;

	subscribe_queued("corbel.test.number", &got);
	publish(topic, 1);
	carry(NULL);
	size = lseek(file, 0, SEEK_CUR);
	for (off_t at = 0; at < size; at++) {
		struct corbel_host host = host_of_bus();
		struct corbel_carried carried;
		unsigned char byte, worse = 0xff;

		ck_assert_int_eq(pread(file, &byte, 1, at), 1);
		ck_assert_int_eq(pwrite(file, &worse, 1, at), 1);
		lseek(file, 0, SEEK_SET);
		corbel_host_adopt(&host, file, "", "", &carried);
		timer_stop(host.hold);
		ck_assert_int_eq(pwrite(file, &byte, 1, at), 1);
	}
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void)
{
	Suite *suite = suite_create("bus_carry");
	TCase *all = tcase_create("all");

	tcase_add_checked_fixture(all, set_up, tear_down);
	tcase_add_test(all, what_was_queued_comes_before_what_is_new);
	tcase_add_test(all, it_waits_for_a_topic_that_comes_later);
	tcase_add_test(all, it_is_for_the_same_pattern_of_the_same_plugin_alone);
	tcase_add_test(all, two_alike_get_each_their_own);
	tcase_add_test(all, it_goes_on_from_program_to_program_until_somebody_takes_it);
	tcase_add_test(all, what_is_in_hand_is_given_again);
	tcase_add_test(all, what_the_culprit_has_in_hand_is_not);
	tcase_add_test(all, large_payloads_cross_too);
	tcase_add_test(all, a_retained_value_is_there_for_who_subscribes_next);
	tcase_add_test(all, one_that_is_not_retained_any_more_is_not);
	tcase_add_test(all, what_means_something_else_by_now_is_counted_as_dropped);
	tcase_add_test(all, a_file_that_ends_too_soon_gives_what_is_whole);
	tcase_add_test(all, no_damage_of_the_file_does_harm);
	suite_add_tcase(suite, all);
	return suite;
}
