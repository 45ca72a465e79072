/* SPDX-License-Identifier: MIT */
/* Gates: being kept out, waiting, asking, and going away. */
#include "guest.h"

START_TEST(gives_up_at_a_gate_that_stays_closed)
{
	struct corbel_call call;

	owner.timeout = 0;
	gate_set(gate, GATE_CLOSED);
	ck_assert_int_eq(corbel_call_enter(&call, &use, 0), -ETIMEDOUT);
	owner.timeout = 1000000;
	ck_assert_int_eq(corbel_call_enter(&call, &use, 0), -ETIMEDOUT);
	ck_assert_uint_eq(corbel_thread->depth, 0);
	ck_assert_uint_eq(gate->references, 0);
	gate_clear(gate, GATE_CLOSED);
	ck_assert_uint_eq(gate->service.gate, 0);
	ck_assert_int_eq(corbel_call_enter(&call, &use, 0), 0);
	corbel_call_leave(&call);
}
END_TEST

START_TEST(waits_without_a_frame_until_the_gate_opens)
{
	struct guest guest = { .use = &use };

	gate_set_all(&owner, GATE_CLOSED);
	guest_start(&guest);
	wait_for_waiter(gate);
	ck_assert_int_eq(frame_drain(&owner, NULL, INT64_MAX), 0);
	gate_clear_all(&owner, GATE_CLOSED);
	reach(&guest.at, 2);
	ck_assert_int_eq(guest_end(&guest), 0);
}
END_TEST

START_TEST(goes_over_to_where_the_use_points_now)
{
	struct gate *better = gate_new(&other, GATE_SERVICE, 0, 0);
	struct guest guest = { .use = &use };

	gate_set(gate, GATE_CLOSED);
	guest_start(&guest);
	wait_for_waiter(gate);
	__atomic_store_n(&use.service, &better->service, __ATOMIC_SEQ_CST);
	gate_wake(gate);
	reach(&guest.at, 2);
	ck_assert_uint_eq(frame_scan(&other, NULL, NULL, NULL), 1);
	ck_assert_int_eq(guest_end(&guest), 0);
	gate_retire(better);
}
END_TEST

START_TEST(stays_closed_while_one_reason_is_left)
{
	gate_set(gate, GATE_CLOSED | GATE_ASK);
	gate_clear(gate, GATE_ASK);
	ck_assert_uint_eq(gate_reasons(gate), GATE_CLOSED);
	gate_clear(gate, GATE_CLOSED);
	ck_assert_uint_eq(gate->service.gate, 0);
}
END_TEST

START_TEST(lets_a_thread_inside_an_instance_go_on_inside_it)
{
	struct gate *second = gate_new(&owner, GATE_SERVICE, 0, 0);
	struct corbel_use inner = { &second->service };
	struct corbel_call outside, inside;

	ck_assert_int_eq(corbel_call_enter(&outside, &use, 0), 0);
	gate_set_all(&owner, GATE_CLOSED);
	ck_assert_int_eq(corbel_call_enter(&inside, &inner, 0), 0);
	corbel_call_leave(&inside);
	corbel_call_leave(&outside);
	owner.timeout = 0;
	ck_assert_int_eq(corbel_call_enter(&inside, &inner, 0), -ETIMEDOUT);
	gate_retire(second);
}
END_TEST

START_TEST(lets_a_thread_inside_one_member_of_a_transaction_into_the_others)
{
	struct gate *second = gate_new(&other, GATE_SERVICE, 0, 0);
	struct corbel_use to = { &second->service };
	struct corbel_call outside, inside;
	int one, another;

	ck_assert_int_eq(corbel_call_enter(&outside, &use, 0), 0);
	gate_set_all(&owner, GATE_CLOSED);
	gate_set_all(&other, GATE_CLOSED);
	other.timeout = 0;
	ck_assert_int_eq(corbel_call_enter(&inside, &to, 0), -ETIMEDOUT);
	owner.transaction = &one;
	other.transaction = &another;
	ck_assert_int_eq(corbel_call_enter(&inside, &to, 0), -ETIMEDOUT);
	other.transaction = &one;
	ck_assert_int_eq(corbel_call_enter(&inside, &to, 0), 0);
	corbel_call_leave(&inside);
	corbel_call_leave(&outside);
	ck_assert_int_eq(corbel_call_enter(&inside, &to, 0), -ETIMEDOUT);
	gate_retire(second);
}
END_TEST

START_TEST(begins_with_the_reasons_of_all_gates_of_its_owner)
{
	gate_set_all(&owner, GATE_CLOSED | GATE_ASK);
	struct gate *second = gate_new(&owner, GATE_SERVICE, 0, 0);
	ck_assert_uint_eq(gate_reasons(second), GATE_CLOSED | GATE_ASK);
	gate_clear_all(&owner, GATE_CLOSED);
	ck_assert_uint_eq(gate_reasons(second), GATE_ASK);
	gate_clear_all(&owner, GATE_ASK);
	ck_assert_uint_eq(second->service.gate, 0);
	gate_retire(second);
	second = gate_new(&owner, GATE_SERVICE, GATE_DORMANT, 0);
	ck_assert_uint_eq(gate_reasons(second), GATE_DORMANT);
	gate_retire(second);
}
END_TEST

static int asked_times(struct gate *at, void *data)
{
	ck_assert_ptr_eq(at, gate);
	ck_assert_ptr_null(frame_current());
	++*(int *)data;
	return 0;
}

START_TEST(asks_once_and_then_lets_in)
{
	struct corbel_call call;
	int times = 0;

	gate->asked = asked_times;
	gate->asked_data = &times;
	gate_set(gate, GATE_ASK);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(corbel_call_enter(&call, &use, 0), 0);
		corbel_call_leave(&call);
	}
	ck_assert_int_eq(times, 1);
}
END_TEST

static int asked_wakes(struct gate *at, void *data)
{
	(void)data;
	gate_clear(at, GATE_DORMANT);
	return 0;
}

static int asked_refuses(struct gate *at, void *data)
{
	(void)at;
	(void)data;
	return -EACCES;
}

static int asked_fails(struct gate *at, void *data)
{
	(void)data;
	gate_refuse(at);
	return 0;
}

START_TEST(starts_a_dormant_provider_and_waits_for_it)
{
	struct corbel_call call;

	gate_set(gate, GATE_DORMANT);
	gate->asked = asked_refuses;
	ck_assert_int_eq(corbel_call_enter(&call, &use, 0), -EACCES);
	gate->asked = asked_fails;
	ck_assert_int_eq(corbel_call_enter(&call, &use, 0), -ENOTCONN);
	gate->asked = asked_wakes;
	ck_assert_int_eq(corbel_call_enter(&call, &use, 0), 0);
	corbel_call_leave(&call);
}
END_TEST

START_TEST(refuses_those_who_wait_when_told_to)
{
	struct guest guest = { .use = &use };

	gate_set(gate, GATE_DORMANT);
	guest_start(&guest);
	wait_for_waiter(gate);
	gate_refuse(gate);
	ck_assert_int_eq(guest_end(&guest), -ENOTCONN);
}
END_TEST

START_TEST(keeps_a_retired_gate_while_somebody_is_inside)
{
	struct gate *going = gate_new(&owner, GATE_SERVICE, 0, 0);
	struct corbel_use to = { &going->service };
	struct guest guest = { .use = &to };

	guest_start(&guest);
	reach(&guest.at, 2);
	__atomic_store_n(&to.service, &frame_absent.service, __ATOMIC_SEQ_CST);
	gate_retire(going);
	ck_assert_uint_eq(gate_collect(), 1);
	ck_assert_uint_eq(frame_scan(&owner, NULL, NULL, NULL), 1);
	guest_end(&guest);
	ck_assert_uint_eq(gate_collect(), 0);
}
END_TEST

START_TEST(sends_away_who_waits_at_a_retired_gate)
{
	struct gate *going = gate_new(&owner, GATE_SERVICE, GATE_CLOSED, 0);
	struct corbel_use to = { &going->service };
	struct guest guest = { .use = &to };

	guest_start(&guest);
	wait_for_waiter(going);
	__atomic_store_n(&to.service, &frame_absent.service, __ATOMIC_SEQ_CST);
	gate_retire(going);
	ck_assert_int_eq(guest_end(&guest), -ENOTCONN);
	ck_assert_uint_eq(gate_collect(), 0);
}
END_TEST

struct counting_blocker {
	struct frame_blocker blocker;
	int blocked, unblocked;
};

static void block(struct frame_blocker *blocker)
{
	((struct counting_blocker *)blocker)->blocked++;
}

static void unblock(struct frame_blocker *blocker)
{
	((struct counting_blocker *)blocker)->unblocked++;
}

START_TEST(frees_the_workers_slot_while_it_waits)
{
	struct counting_blocker counter = { .blocker = { block, unblock } };
	struct corbel_call call;

	frame_set_blocker(&counter.blocker);
	ck_assert_int_eq(corbel_call_enter(&call, &use, 0), 0);
	corbel_call_leave(&call);
	ck_assert_int_eq(counter.blocked, 0);
	owner.timeout = 1000000;
	gate_set(gate, GATE_CLOSED);
	ck_assert_int_eq(corbel_call_enter(&call, &use, 0), -ETIMEDOUT);
	ck_assert_int_eq(counter.blocked, 1);
	ck_assert_int_eq(counter.unblocked, 1);
	frame_set_blocker(NULL);
}
END_TEST

Suite *test_suite(void)
{
	const TTest *const tests[] = {
		gives_up_at_a_gate_that_stays_closed,
		waits_without_a_frame_until_the_gate_opens,
		goes_over_to_where_the_use_points_now,
		stays_closed_while_one_reason_is_left,
		lets_a_thread_inside_an_instance_go_on_inside_it,
		lets_a_thread_inside_one_member_of_a_transaction_into_the_others,
		begins_with_the_reasons_of_all_gates_of_its_owner,
		asks_once_and_then_lets_in,
		starts_a_dormant_provider_and_waits_for_it,
		refuses_those_who_wait_when_told_to,
		keeps_a_retired_gate_while_somebody_is_inside,
		sends_away_who_waits_at_a_retired_gate,
		frees_the_workers_slot_while_it_waits,
	};
	Suite *suite = suite_create("gate");
	TCase *gates = tcase_create("gates");

	tcase_add_checked_fixture(gates, set_up, tear_down);
	tcase_set_timeout(gates, 60);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(gates, tests[i]);
	suite_add_tcase(suite, gates);
	return suite;
}
