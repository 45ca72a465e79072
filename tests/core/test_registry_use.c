/* SPDX-License-Identifier: MIT */
/* Uses: which offer they are bound to, and what happens when it comes, goes, or sleeps. */
#include <pthread.h>

#include "offers.h"

START_TEST(binds_an_earlier_use_when_a_provider_comes)
{
	struct corbel_use *use = acquire(0, NULL);
	int one = 1;

	ck_assert_int_eq(value(use), -ENOTCONN);
	struct corbel_provision *provision = provide(&party_a, 0, 0, &one);
	ck_assert_int_eq(value(use), 1);
	ck_assert_int_eq(registry_withdraw(provision, INT64_MAX), 0);
	ck_assert_int_eq(value(use), -ENOTCONN);
	ck_assert_str_eq(registry_use_interface(use), "test.value");
}
END_TEST

START_TEST(prefers_rank_and_then_age)
{
	int one = 1, two = 2, three = 3;
	struct corbel_provision *first = provide(&party_a, 0, 0, &one);
	struct corbel_use *use = acquire(0, NULL);

	provide(&party_b, 0, 0, &two);
	ck_assert_int_eq(value(use), 1);
	struct corbel_provision *best = provide(&party_b, 0, 5, &three);
	ck_assert_int_eq(value(use), 3);
	ck_assert_int_eq(registry_withdraw(best, INT64_MAX), 0);
	ck_assert_int_eq(value(use), 1);
	ck_assert_int_eq(registry_withdraw(first, INT64_MAX), 0);
	ck_assert_int_eq(value(use), 2);
}
END_TEST

START_TEST(wants_the_same_major_and_the_minor_at_least)
{
	int one = 1;

	provide(&party_a, 1, 0, &one);
	ck_assert_int_eq(value(acquire(0, NULL)), 1);
	ck_assert_int_eq(value(acquire(1, NULL)), 1);
	ck_assert_int_eq(value(acquire(2, NULL)), -ENOTCONN);
	ck_assert(registry_has(registry, "test.value", (struct version){ 1, 1 }, NULL));
	ck_assert(!registry_has(registry, "test.value", (struct version){ 1, 2 }, NULL));
	ck_assert(!registry_has(registry, "test.value", (struct version){ 2, 0 }, NULL));
	ck_assert(!registry_has(registry, "test.value", (struct version){ 1, 0 }, "a"));
	ck_assert(!registry_has(registry, "test.other", (struct version){ 1, 0 }, NULL));
}
END_TEST

static struct corbel_use *acquire_with(const char *name, const char *text)
{
	struct corbel_property property = { name, text };
	struct corbel_use_options options = { .size = sizeof(options),
					      .properties = &property,
					      .property_count = 1 };

	return acquire(0, &options);
}

START_TEST(two_uses_with_different_properties_choose_differently)
{
	int one = 1, two = 2;
	struct corbel_use *red = acquire_with("colour", "red");

	provide_with(&party_a, "colour", "blue", &one);
	provide_with(&party_b, "colour", "red", &two);
	ck_assert_int_eq(value(red), 2);
	ck_assert_int_eq(value(acquire_with("colour", "blue")), 1);
	ck_assert_int_eq(value(acquire_with("colour", "green")), -ENOTCONN);
	ck_assert_int_eq(value(acquire(0, NULL)), 1);

	struct corbel_use *same;
	ck_assert_int_eq(registry_duplicate(&party_a, red, &same), 0);
	ck_assert_int_eq(value(same), 2);
	registry_release(same);
}
END_TEST

struct changes {
	int bound, unbound;
	struct corbel_use *use; /* released at the first unbinding */
};

static void changed(void *data, bool bound)
{
	struct changes *changes = data;

	*(bound ? &changes->bound : &changes->unbound) += 1;
	if (!bound && changes->use) {
		registry_release(changes->use);
		changes->use = NULL;
	}
}

static void run_due(void)
{
	ck_assert_int_eq(loop_dispatch(loop, 0), 0);
}

START_TEST(tells_the_consumer_of_changes_and_once_at_first)
{
	struct changes changes = { 0 };
	struct corbel_use_options options = { .size = sizeof(options),
					      .changed = changed,
					      .data = &changes };
	struct corbel_use *use = acquire(0, &options);
	int one = 1;

	ck_assert_int_eq(changes.unbound, 0);
	run_due();
	ck_assert_int_eq(changes.unbound, 1);
	struct corbel_provision *provision = provide(&party_a, 0, 0, &one);
	run_due();
	ck_assert_int_eq(changes.bound, 1);
	changes.use = use;
	ck_assert_int_eq(registry_withdraw(provision, INT64_MAX), 0);
	run_due();
	ck_assert_int_eq(changes.unbound, 2);
	ck_assert_ptr_null(changes.use);
	ck_assert_uint_eq(ledger_user.count, 0);
}
END_TEST

static int activations;

static void activate(void *data, const char *plugin)
{
	ck_assert_str_eq(plugin, "a");
	activations++;
	if (data)
		provide(&party_a, 0, 0, data);
	else
		registry_activation_failed(registry, plugin);
}

START_TEST(starts_a_declared_provider_at_the_first_call)
{
	struct corbel_use *use = acquire(0, NULL);
	int one = 1;

	activations = 0;
	ck_assert_int_eq(registry_declare(registry, "test.value", (struct version){ 1, 0 }, "a",
					  activate, &one),
			 0);
	ck_assert_int_eq(registry_declare(registry, "test.value", (struct version){ 1, 0 }, "a",
					  activate, &one),
			 -EEXIST);
	ck_assert_int_eq(activations, 0);
	ck_assert_int_eq(value(use), 1);
	ck_assert_int_eq(value(use), 1);
	ck_assert_int_eq(activations, 1);
	ledger_sweep(&ledger_a);
	ck_assert_int_eq(value(use), 1);
	ck_assert_int_eq(activations, 2);
	ledger_sweep(&ledger_a);
	registry_forget(registry, "a");
	ck_assert_int_eq(value(use), -ENOTCONN);
}
END_TEST

START_TEST(says_that_a_declared_provider_could_not_start)
{
	struct corbel_use *use = acquire(0, NULL);

	activations = 0;
	ck_assert_int_eq(registry_declare(registry, "test.value", (struct version){ 1, 0 }, "a",
					  activate, NULL),
			 0);
	ck_assert_int_eq(value(use), -ENOTCONN);
	ck_assert_int_eq(value(use), -ENOTCONN);
	ck_assert_int_eq(activations, 2);
	ck_assert_int_eq(value(acquire(1, NULL)), -ENOTCONN);
	ck_assert_int_eq(activations, 2);
}
END_TEST

START_TEST(knows_whether_anybody_called_since_it_asked)
{
	struct corbel_use *use = acquire(0, NULL);
	int one = 1;

	provide(&party_a, 0, 0, &one);
	registry_ask(registry, &party_a);
	ck_assert(!registry_was_asked(registry, &party_a));
	ck_assert_int_eq(value(use), 1);
	ck_assert(registry_was_asked(registry, &party_a));
	registry_ask(registry, &party_a);
	ck_assert(!registry_was_asked(registry, &party_a));
}
END_TEST

struct storm {
	struct corbel_use *use;
	uint32_t stop;
	uint64_t calls;
};

static void *storm_call(void *data)
{
	struct storm *storm = data;
	uint64_t calls = 0;

	while (!__atomic_load_n(&storm->stop, __ATOMIC_RELAXED)) {
		int found = value(storm->use);
		ck_assert_msg(found == 1 || found == 2, "found %d", found);
		calls++;
	}
	__atomic_fetch_add(&storm->calls, calls, __ATOMIC_RELAXED);
	return NULL;
}

/* Each provision's self is freed as soon as withdraw says that nobody is inside. */
static void storm_replace(struct party *party, int number, struct corbel_provision **provision,
			  int **self)
{
	int *next = malloc(sizeof(int));

	*next = number;
	struct corbel_provision *made = provide(party, 0, 0, next);

	if (*provision)
		ck_assert_int_eq(registry_withdraw(*provision, INT64_MAX), 0);
	if (*self) {
		**self = 0;
		free(*self);
	}
	*provision = made;
	*self = next;
}

START_TEST(loses_no_call_while_providers_come_and_go)
{
	const char *text = getenv("CORBEL_TEST_ROUNDS");
	int rounds = text ? atoi(text) : 2000;
	struct corbel_provision *provisions[2] = { NULL, NULL };
	int *selves[2] = { NULL, NULL };
	struct storm storm = { .use = acquire(0, NULL) };
	pthread_t threads[2];

	storm_replace(&party_a, 1, &provisions[0], &selves[0]);
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, storm_call, &storm);
	for (int round = 0; round < rounds; round++)
		storm_replace(round % 2 ? &party_a : &party_b, round % 2 + 1,
			      &provisions[round % 2], &selves[round % 2]);
	__atomic_store_n(&storm.stop, 1, __ATOMIC_RELAXED);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	ck_assert_uint_gt(storm.calls, 0);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(registry_withdraw(provisions[i], INT64_MAX), 0);
		free(selves[i]);
	}
}
END_TEST

Suite *test_suite(void)
{
	const TTest *const tests[] = {
		binds_an_earlier_use_when_a_provider_comes,
		prefers_rank_and_then_age,
		wants_the_same_major_and_the_minor_at_least,
		two_uses_with_different_properties_choose_differently,
		tells_the_consumer_of_changes_and_once_at_first,
		starts_a_declared_provider_at_the_first_call,
		says_that_a_declared_provider_could_not_start,
		knows_whether_anybody_called_since_it_asked,
		loses_no_call_while_providers_come_and_go,
	};
	Suite *suite = suite_create("registry_use");
	TCase *registry_use = tcase_create("registry_use");

	tcase_add_checked_fixture(registry_use, set_up, tear_down);
	tcase_set_timeout(registry_use, 60);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(registry_use, tests[i]);
	suite_add_tcase(suite, registry_use);
	return suite;
}
