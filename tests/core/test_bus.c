/* SPDX-License-Identifier: MIT */
/* The bus, one thread at a time: who gets what, when, and in which order. */
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

START_TEST(a_queued_subscriber_gets_events_on_its_strand_in_order)
{
	struct corbel_topic *topic = topic_open(NULL, false);

	clear();
	subscribe("corbel.test.number", CORBEL_QUEUED, 0, CORBEL_FAIL, keep, &got);
	for (uint32_t i = 0; i < 5; i++)
		ck_assert_int_eq(publish(topic, i), 0);
	ck_assert_uint_eq(got.count, 0);
	settle();
	ck_assert_uint_eq(got.count, 5);
	for (uint32_t i = 0; i < 5; i++)
		ck_assert_uint_eq(got.numbers[i], i);
	ck_assert_str_eq(got.topic, "corbel.test.number");
	ck_assert_str_eq(got.publisher, "giver");
	ck_assert_str_eq(got.text, "{\"number\":4}");
}
END_TEST

START_TEST(a_direct_subscriber_gets_events_before_publish_returns)
{
	struct corbel_topic *topic = topic_open(NULL, false);

	clear();
	subscribe("corbel.test.number", CORBEL_DIRECT, 0, 0, keep, &got);
	publish(topic, 7);
	ck_assert_uint_eq(got.count, 1);
	ck_assert_uint_eq(got.numbers[0], 7);
}
END_TEST

START_TEST(a_wildcard_covers_topics_there_are_and_topics_to_come)
{
	struct corbel_topic *one = topic_open("one", false), *two;

	clear();
	subscribe("corbel.test.number.*", CORBEL_DIRECT, 0, 0, keep, &got);
	publish(one, 1);
	two = topic_open("two", false);
	publish(two, 2);
	ck_assert_uint_eq(got.count, 2);
	ck_assert_str_eq(got.topic, "corbel.test.number.two");
	publish(topic_open(NULL, false), 3);
	ck_assert_uint_eq(got.count, 2);
}
END_TEST

START_TEST(a_name_is_waited_for)
{
	clear();
	subscribe("corbel.test.number.late", CORBEL_QUEUED, 0, 0, keep, &got);
	publish(topic_open("late", false), 1);
	settle();
	ck_assert_uint_eq(got.count, 1);
}
END_TEST

START_TEST(events_outlive_their_topic_and_publisher)
{
	struct corbel_topic *topic = topic_open("gone", false);

	clear();
	subscribe("*", CORBEL_QUEUED, 0, 0, keep, &got);
	publish(topic, 1);
	publish(topic, 2);
	bus_topic_close(topic);
	settle();
	ck_assert_uint_eq(got.count, 2);
	ck_assert_str_eq(got.topic, "corbel.test.number.gone");
	ck_assert_str_eq(got.publisher, "giver");
}
END_TEST

START_TEST(a_late_subscriber_gets_the_retained_value_first)
{
	struct corbel_topic *topic = topic_open(NULL, true);
	struct record direct = { .count = 0 };

	clear();
	publish(topic, 1);
	publish(topic, 2);
	subscribe("corbel.test.*", CORBEL_QUEUED, 0, 0, keep, &got);
	subscribe("corbel.test.number", CORBEL_DIRECT, 0, 0, keep, &direct);
	ck_assert_uint_eq(direct.count, 1);
	ck_assert_uint_eq(direct.numbers[0], 2);
	publish(topic, 3);
	settle();
	ck_assert_uint_eq(got.count, 2);
	ck_assert_uint_eq(got.numbers[0], 2);
	ck_assert_uint_eq(got.numbers[1], 3);
	ck_assert_uint_eq(direct.count, 2);
}
END_TEST

START_TEST(a_retained_value_outlives_its_publisher_while_the_topic_is_open)
{
	struct corbel_topic *first = topic_open(NULL, true), *second = topic_open(NULL, false);

	clear();
	publish(first, 1);
	bus_topic_close(first);
	subscribe("corbel.test.number", CORBEL_QUEUED, 0, 0, keep, &got);
	settle();
	ck_assert_uint_eq(got.count, 1);
	bus_topic_close(second);
	topic_open(NULL, true);
	subscribe("corbel.test.number", CORBEL_QUEUED, 0, 0, keep, &got);
	settle();
	ck_assert_uint_eq(got.count, 1);
}
END_TEST

START_TEST(after_unsubscribing_nothing_comes_and_what_is_queued_is_dropped)
{
	struct corbel_topic *topic = topic_open(NULL, false);
	struct corbel_subscription *queued, *direct;

	clear();
	queued = subscribe("corbel.test.number", CORBEL_QUEUED, 0, 0, keep, &got);
	direct = subscribe("corbel.test.number", CORBEL_DIRECT, 0, 0, keep, &got);
	publish(topic, 1);
	ck_assert_int_eq(bus_unsubscribe(queued, frame_now() + LONG), 0);
	ck_assert_int_eq(bus_unsubscribe(direct, frame_now() + LONG), 0);
	publish(topic, 2);
	settle();
	ck_assert_uint_eq(got.count, 1);
}
END_TEST

struct own_queue {
	struct corbel_topic *topic;
	int last;
	size_t count;
};

static void fill_own(void *data, const struct corbel_delivery *delivery)
{
	struct own_queue *own = data;

	(void)delivery;
	if (own->count++ > 0)
		return;
	while ((own->last = publish(own->topic, 1)) == 0)
		;
}

START_TEST(blocking_into_the_own_queue_is_refused)
{
	struct own_queue own = { .topic = topic_open(NULL, false) };

	subscribe("corbel.test.number", CORBEL_QUEUED, 4, CORBEL_BLOCK, fill_own, &own);
	publish(own.topic, 1);
	settle();
	ck_assert_int_eq(own.last, -EDEADLK);
	ck_assert_uint_eq(own.count, 5);
}
END_TEST

START_TEST(a_publisher_waits_for_room_no_longer_than_its_timeout)
{
	struct corbel_topic *topic;

	clear();
	giver.owner.timeout = 1000000;
	topic = topic_open(NULL, false);
	subscribe("corbel.test.number", CORBEL_QUEUED, 1, CORBEL_BLOCK, keep, &got);
	ck_assert_int_eq(publish(topic, 1), 0);
	ck_assert_int_eq(publish(topic, 2), -ETIMEDOUT);
}
END_TEST

struct nested {
	struct corbel_subscription *self, *more;
	struct corbel_topic *topic;
	struct record record;
	int result;
};

static void end_myself(void *data, const struct corbel_delivery *delivery)
{
	struct nested *nested = data;

	keep(&nested->record, delivery);
	nested->result = bus_unsubscribe(nested->self, frame_now() + LONG);
}

START_TEST(a_direct_handler_that_ends_itself_is_told_so_and_runs_no_more)
{
	struct nested nested = { .topic = topic_open(NULL, false) };

	nested.self = subscribe("corbel.test.number", CORBEL_DIRECT, 0, 0, end_myself, &nested);
	publish(nested.topic, 1);
	publish(nested.topic, 2);
	ck_assert_int_eq(nested.result, -EDEADLK);
	ck_assert_uint_eq(nested.record.count, 1);
}
END_TEST

START_TEST(a_queued_handler_may_end_itself)
{
	struct nested nested = { .topic = topic_open(NULL, false), .result = -1 };

	nested.self = subscribe("corbel.test.number", CORBEL_QUEUED, 0, 0, end_myself, &nested);
	publish(nested.topic, 1);
	publish(nested.topic, 2);
	settle();
	ck_assert_int_eq(nested.result, 0);
	ck_assert_uint_eq(nested.record.count, 1);
}
END_TEST

static void do_everything(void *data, const struct corbel_delivery *delivery)
{
	struct nested *nested = data;
	struct corbel_topic *topic;

	if (number_of(delivery) != 1)
		return;
	nested->more = subscribe("corbel.test.*", CORBEL_DIRECT, 0, 0, keep, &nested->record);
	publish(nested->topic, 2);
	topic = topic_open("inner", false);
	publish(topic, 3);
	bus_topic_close(topic);
	publish(nested->topic, 4);
	nested->result = bus_unsubscribe(nested->more, frame_now() + LONG);
	publish(nested->topic, 5);
}

struct last {
	struct corbel_topic *topic;
	struct corbel_subscription *self;
	struct record record;
};

static void end_both(void *data, const struct corbel_delivery *delivery)
{
	struct last *last = data;

	ck_assert_int_eq(bus_unsubscribe(last->self, frame_now() + LONG), 0);
	bus_topic_close(last->topic);
	keep(&last->record, delivery);
}

START_TEST(an_event_in_hand_outlives_its_subscription_and_its_publisher)
{
	struct last last = { .topic = topic_open(NULL, false) };

	last.self = subscribe("corbel.test.*", CORBEL_QUEUED, 8, CORBEL_FAIL, end_both, &last);
	ck_assert_int_eq(publish(last.topic, 1), 0);
	settle();
	ck_assert_uint_eq(last.record.count, 1);
	ck_assert_str_eq(last.record.topic, "corbel.test.number");
	ck_assert_str_eq(last.record.publisher, "giver");
}
END_TEST

START_TEST(handlers_may_subscribe_publish_open_and_unsubscribe)
{
	struct nested nested = { .topic = topic_open(NULL, false), .result = -1 };

	subscribe("corbel.test.number", CORBEL_DIRECT, 0, 0, do_everything, &nested);
	publish(nested.topic, 1);
	ck_assert_int_eq(nested.result, 0);
	ck_assert_uint_eq(nested.record.count, 3);
	ck_assert_uint_eq(nested.record.numbers[0], 2);
	ck_assert_uint_eq(nested.record.numbers[1], 3);
	ck_assert_uint_eq(nested.record.numbers[2], 4);
}
END_TEST

START_TEST(another_layout_is_refused_in_words)
{
	struct corbel_interface other = number_interface;
	struct corbel_subscriber subscriber = { .size = sizeof(subscriber),
						.handler = (void (*)(void))keep,
						.interface = &other };
	struct corbel_subscription *subscription;
	struct corbel_topic *topic;

	other.fingerprints = number_other_prints;
	topic_open(NULL, false);
	ck_assert_int_eq(bus_topic_open(bus, &taker.party, &other, 0, NULL, &topic, &error),
			 -EPROTO);
	ck_assert_ptr_nonnull(strstr(error.text, "corbel.test.number"));
	ck_assert_ptr_nonnull(strstr(error.text, "giver"));
	ck_assert_int_eq(
		bus_subscribe(bus, &taker.party, "corbel.*", &subscriber, &subscription, &error),
		-EPROTO);
	ck_assert_ptr_nonnull(strstr(error.text, "taker"));
}
END_TEST

START_TEST(another_minor_with_the_same_layout_is_welcome)
{
	struct corbel_interface older = number_interface;
	struct corbel_subscriber subscriber = { .size = sizeof(subscriber),
						.handler = (void (*)(void))keep,
						.mode = CORBEL_DIRECT,
						.interface = &older,
						.data = &got };
	struct corbel_subscription *subscription;

	clear();
	older.minor = 0;

	struct corbel_topic *topic = topic_open(NULL, false);

	ck_assert_int_eq(
		bus_subscribe(bus, &taker.party, "corbel.*", &subscriber, &subscription, &error),
		0);
	publish(topic, 1);
	ck_assert_uint_eq(got.count, 1);
}
END_TEST

START_TEST(a_later_topic_of_another_layout_is_not_covered)
{
	struct corbel_interface other = number_interface;
	struct corbel_subscriber subscriber = { .size = sizeof(subscriber),
						.handler = (void (*)(void))keep,
						.mode = CORBEL_DIRECT,
						.interface = &other,
						.data = &got };
	struct corbel_subscription *subscription;

	clear();
	other.fingerprints = number_other_prints;
	ck_assert_int_eq(
		bus_subscribe(bus, &taker.party, "corbel.*", &subscriber, &subscription, &error),
		0);
	publish(topic_open(NULL, false), 1);
	ck_assert_uint_eq(got.count, 0);
}
END_TEST

START_TEST(nonsense_is_refused_in_words)
{
	struct corbel_subscriber subscriber = { .size = sizeof(subscriber),
						.handler = (void (*)(void))keep };
	struct corbel_topic_options options = { .size = sizeof(options), .suffix = "a b" };
	struct corbel_subscription *subscription;
	struct corbel_topic *topic;

	ck_assert_int_eq(
		bus_subscribe(bus, &taker.party, "a..b", &subscriber, &subscription, &error),
		-EINVAL);
	subscriber.mode = 2;
	ck_assert_int_eq(
		bus_subscribe(bus, &taker.party, "a.b", &subscriber, &subscription, &error),
		-EINVAL);
	subscriber.mode = 0;
	subscriber.overflow = 4;
	ck_assert_int_eq(
		bus_subscribe(bus, &taker.party, "a.b", &subscriber, &subscription, &error),
		-EINVAL);
	subscriber.overflow = 0;
	subscriber.depth = BUS_DEPTH_MAX + 1;
	ck_assert_int_eq(
		bus_subscribe(bus, &taker.party, "a.b", &subscriber, &subscription, &error),
		-EINVAL);
	subscriber.handler = NULL;
	subscriber.depth = 0;
	ck_assert_int_eq(
		bus_subscribe(bus, &taker.party, "a.b", &subscriber, &subscription, &error),
		-EINVAL);
	ck_assert_int_eq(
		bus_topic_open(bus, &giver.party, &number_interface, 2, NULL, &topic, &error),
		-EINVAL);
	ck_assert_int_eq(
		bus_topic_open(bus, &giver.party, &number_interface, 0, &options, &topic, &error),
		-EINVAL);
	topic = topic_open(NULL, false);
	ck_assert_int_eq(corbel_publish(topic, "", 1), -EINVAL);
}
END_TEST

START_TEST(a_subscription_whose_gate_is_closed_is_waited_for_and_then_passed_over)
{
	struct corbel_topic *topic = topic_open(NULL, false);
	uint64_t published, delivered, dropped, queued;

	clear();
	subscribe("corbel.test.number", CORBEL_DIRECT, 0, 0, keep, &got);
	taker.owner.timeout = 1000000;
	gate_set_all(&taker.owner, GATE_CLOSED);
	ck_assert_int_eq(publish(topic, 1), -ETIMEDOUT);
	gate_clear_all(&taker.owner, GATE_CLOSED);
	ck_assert_int_eq(publish(topic, 2), 0);
	ck_assert_uint_eq(got.count, 1);
	ck_assert_uint_eq(got.dropped, 1);
	bus_count(bus, "taker", &published, &delivered, &dropped, &queued);
	ck_assert_uint_eq(delivered, 1);
	ck_assert_uint_eq(dropped, 1);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("bus");
	TCase *tests = tcase_create("bus");

	tcase_add_checked_fixture(tests, set_up, end);
	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, a_queued_subscriber_gets_events_on_its_strand_in_order);
	tcase_add_test(tests, a_direct_subscriber_gets_events_before_publish_returns);
	tcase_add_test(tests, a_wildcard_covers_topics_there_are_and_topics_to_come);
	tcase_add_test(tests, a_name_is_waited_for);
	tcase_add_test(tests, events_outlive_their_topic_and_publisher);
	tcase_add_test(tests, a_late_subscriber_gets_the_retained_value_first);
	tcase_add_test(tests, a_retained_value_outlives_its_publisher_while_the_topic_is_open);
	tcase_add_test(tests, after_unsubscribing_nothing_comes_and_what_is_queued_is_dropped);
	tcase_add_test(tests, blocking_into_the_own_queue_is_refused);
	tcase_add_test(tests, a_publisher_waits_for_room_no_longer_than_its_timeout);
	tcase_add_test(tests, a_direct_handler_that_ends_itself_is_told_so_and_runs_no_more);
	tcase_add_test(tests, a_queued_handler_may_end_itself);
	tcase_add_test(tests, an_event_in_hand_outlives_its_subscription_and_its_publisher);
	tcase_add_test(tests, handlers_may_subscribe_publish_open_and_unsubscribe);
	tcase_add_test(tests, another_layout_is_refused_in_words);
	tcase_add_test(tests, another_minor_with_the_same_layout_is_welcome);
	tcase_add_test(tests, a_later_topic_of_another_layout_is_not_covered);
	tcase_add_test(tests, nonsense_is_refused_in_words);
	tcase_add_test(tests,
		       a_subscription_whose_gate_is_closed_is_waited_for_and_then_passed_over);
	suite_add_tcase(suite, tests);
	return suite;
}
