/* SPDX-License-Identifier: MIT */
/* Replacing a party: who serves then, in whose place, and that no caller notices. */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>

#include "latch.h"
#include "offers.h"

static int one = 1, two = 2, three = 3;
static struct gate_owner owner_c;
static struct ledger ledger_c;
static struct party party_c;

static void set_up_three(void)
{
	set_up();
	party_c = party_of("c", &owner_c, &ledger_c);
	party_b.predecessor = &party_a;
	party_a.predecessor = &party_b;
	party_b.hidden = true;
}

static void tear_down_three(void)
{
	ledger_sweep(&ledger_c);
	tear_down();
}

static struct corbel_provision *offer(struct party *party, const char *name, int *self)
{
	struct corbel_interface offered = interface_of(name, 0, layout_one);
	struct corbel_provision *provision;

	ck_assert_int_eq(
		registry_provide(registry, party, &offered, &table, self, NULL, &provision, NULL),
		0);
	return provision;
}

static struct corbel_use *want(const char *name, void (*changed)(void *data, bool bound),
			       void *data)
{
	struct corbel_interface wanted = interface_of(name, 0, layout_one);
	struct corbel_use_options options = {
		.size = sizeof(options),
		.changed = changed,
		.data = data,
	};
	struct corbel_use *use;

	ck_assert_int_eq(registry_acquire(registry, &user, &wanted, &options, &use, NULL), 0);
	return use;
}

/* Counts the tellings, unbound ones by hundreds. */
static void count_changes(void *data, bool bound)
{
	*(int *)data += bound ? 1 : 100;
}

START_TEST(keeps_the_place_of_the_predecessor)
{
	int changes = 0;

	provide(&party_a, 0, 0, &one);
	struct corbel_provision *other = provide(&party_c, 0, 0, &three);
	provide(&party_b, 0, 0, &two);
	struct corbel_use *use = want("test.value", count_changes, &changes);
	loop_dispatch(loop, 0);
	registry_replace(registry, &party_b);
	ck_assert_int_eq(value(use), 2);
	registry_replace(registry, &party_a);
	ck_assert_int_eq(value(use), 1);
	registry_show(registry, &party_a, false);
	ck_assert_int_eq(value(use), 3);
	ck_assert_int_eq(registry_withdraw(other, INT64_MAX), 0);
	ck_assert_int_eq(value(use), -ENOTCONN);
	loop_dispatch(loop, 0);
	/* At first, and when the last one went: never by a replacement. */
	ck_assert_int_eq(changes, 101);
}
END_TEST

static void list_one(void *data, const struct corbel_service_info *offer)
{
	char *text = data;

	sprintf(text + strlen(text), "%s%d ", offer->plugin, (int)offer->rank);
}

START_TEST(keeps_the_order_of_several_and_the_rank_of_each)
{
	char text[64] = "";

	provide(&party_a, 0, 5, &one);
	provide(&party_a, 0, 0, &one);
	provide(&party_c, 0, 0, &three);
	provide(&party_a, 0, 0, &one);
	provide(&party_b, 0, 0, &two);
	provide(&party_b, 0, -1, &two);
	provide(&party_b, 0, 0, &two);
	registry_replace(registry, &party_b);
	registry_list(registry, list_one, text);
	ck_assert_str_eq(text, "b0 c0 b0 b-1 ");
}
END_TEST

START_TEST(shows_new_offers_and_takes_back_those_that_it_lacks)
{
	int lost = 0, moved = 0, gained = 0;

	offer(&party_a, "test.lost", &one);
	offer(&party_a, "test.moved", &one);
	offer(&party_c, "test.moved", &three);
	offer(&party_b, "test.gained", &two);
	struct corbel_use *losing = want("test.lost", count_changes, &lost);
	struct corbel_use *moving = want("test.moved", count_changes, &moved);
	struct corbel_use *gaining = want("test.gained", count_changes, &gained);
	loop_dispatch(loop, 0);
	registry_replace(registry, &party_b);
	loop_dispatch(loop, 0);
	ck_assert_int_eq(value(losing), -ENOTCONN);
	ck_assert_int_eq(lost, 101);
	ck_assert_int_eq(value(moving), 3);
	ck_assert_int_eq(moved, 1);
	ck_assert_int_eq(value(gaining), 2);
	ck_assert_int_eq(gained, 101);
}
END_TEST

static struct strand *own_thread;

static int run_there(struct corbel_marshal *marshal, int (*call)(void *), void *arguments)
{
	(void)marshal;
	return strand_call(own_thread, call, arguments);
}

struct arguments {
	struct corbel_marshal *marshal;
	int *out;
};

static int call_get(void *data)
{
	struct arguments *arguments = data;

	return ((const struct methods *)arguments->marshal->table)
		->get(arguments->marshal->self, arguments->out);
}

static int get_there(void *self, int *out)
{
	struct arguments arguments = { self, out };

	return arguments.marshal->run(arguments.marshal, call_get, &arguments);
}

static void provide_on_own_thread(struct party *party, int *self)
{
	static const struct methods thunks = { .size = sizeof(thunks), .get = get_there };
	struct corbel_interface offered = interface_of("test.value", 0, layout_one);
	struct corbel_provision *provision;

	offered.marshalled = &thunks;
	party->run = run_there;
	ck_assert_int_eq(strand_new(loop, party->owner, party->plugin, true, &own_thread), 0);
	ck_assert_int_eq(
		registry_provide(registry, party, &offered, &table, self, NULL, &provision, NULL),
		0);
}

enum { CALLERS = 2 };

/* Counts the replacements: a serves while it is even. */
static unsigned long turn;
static bool ends;

struct caller {
	pthread_t thread;
	struct corbel_use *use;
	unsigned long failed, misled;
	unsigned long certain; /* atomic: calls without a replacement meanwhile */
};

static void *call_often(void *data)
{
	struct caller *caller = data;

	while (!__atomic_load_n(&ends, __ATOMIC_ACQUIRE)) {
		unsigned long before = __atomic_load_n(&turn, __ATOMIC_SEQ_CST);
		int result = value(caller->use);
		unsigned long after = __atomic_load_n(&turn, __ATOMIC_SEQ_CST);

		caller->failed += result < 0;
		if (before != after)
			continue;
		caller->misled += result != (before % 2 ? two : one);
		__atomic_fetch_add(&caller->certain, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void replace_once(void)
{
	struct party *new = turn % 2 ? &party_a : &party_b, *old = new->predecessor;

	gate_set_all(old->owner, GATE_CLOSED);
	ck_assert_int_eq(frame_drain(old->owner, NULL, INT64_MAX), 0);
	__atomic_store_n(&turn, turn + 1, __ATOMIC_SEQ_CST);
	registry_replace(registry, new);
	gate_clear_all(old->owner, GATE_CLOSED);
}

static void await_call(struct caller *caller)
{
	unsigned long before = __atomic_load_n(&caller->certain, __ATOMIC_RELAXED);

	while (__atomic_load_n(&caller->certain, __ATOMIC_RELAXED) == before)
		sched_yield();
}

START_TEST(no_caller_notices_a_replacement)
{
	unsigned long rounds = test_rounds(5000);
	struct caller callers[CALLERS] = { 0 };

	turn = 0;
	ends = false;
	provide(&party_a, 0, 0, &one);
	provide(&party_c, 0, 0, &three);
	provide_on_own_thread(&party_b, &two);
	for (int i = 0; i < CALLERS; i++) {
		callers[i].use = acquire(0, NULL);
		pthread_create(&callers[i].thread, NULL, call_often, &callers[i]);
	}
	while (turn < rounds) {
		replace_once();
		await_call(&callers[turn % CALLERS]);
	}
	__atomic_store_n(&ends, true, __ATOMIC_RELEASE);
	for (int i = 0; i < CALLERS; i++) {
		pthread_join(callers[i].thread, NULL);
		ck_assert_uint_eq(callers[i].failed, 0);
		ck_assert_uint_eq(callers[i].misled, 0);
	}
	strand_free(own_thread);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("registry_replace");
	TCase *tests = tcase_create("replace");

	tcase_add_checked_fixture(tests, set_up_three, tear_down_three);
	tcase_add_test(tests, keeps_the_place_of_the_predecessor);
	tcase_add_test(tests, keeps_the_order_of_several_and_the_rank_of_each);
	tcase_add_test(tests, shows_new_offers_and_takes_back_those_that_it_lacks);
	tcase_add_test(tests, no_caller_notices_a_replacement);
	tcase_set_timeout(tests, 120);
	suite_add_tcase(suite, tests);
	return suite;
}
