/* SPDX-License-Identifier: MIT */
/* Offers: what is refused, shown, hidden, listed, taken back, and who waits for whom. */
#include <stdio.h>

#include "offers.h"

START_TEST(refuses_another_layout_in_words)
{
	struct corbel_interface other = interface_of("test.value", 0, layout_two);
	struct corbel_error error = { "" };
	struct corbel_provision *provision;
	struct corbel_use *use;
	int one = 1;

	provide(&party_a, 0, 0, &one);
	ck_assert_int_eq(registry_acquire(registry, &user, &other, NULL, &use, &error), -EPROTO);
	ck_assert_ptr_nonnull(strstr(error.text, "user"));
	ck_assert_ptr_nonnull(strstr(error.text, "test.value"));
	error.text[0] = '\0';
	ck_assert_int_eq(registry_provide(registry, &party_b, &other, &table, &one, NULL,
					  &provision, &error),
			 -EPROTO);
	ck_assert_ptr_nonnull(strstr(error.text, "a and b"));
}
END_TEST

static void keep_words(void *data, const char *words)
{
	struct corbel_error *error = data;

	snprintf(error->text, sizeof(error->text), "%s", words);
}

START_TEST(names_an_earlier_use_that_another_layout_leaves_unbound)
{
	struct corbel_interface other = interface_of("test.value", 0, layout_two);
	struct corbel_error error = { "" };
	struct corbel_use *use;
	int one = 1;

	ck_assert_int_eq(registry_acquire(registry, &user, &other, NULL, &use, &error), 0);
	registry_misfits(registry, &party_a, keep_words, &error);
	ck_assert_str_eq(error.text, "");
	provide(&party_a, 0, 0, &one);
	ck_assert_int_eq(value(use), -ENOTCONN);
	registry_misfits(registry, &party_a, keep_words, &error);
	ck_assert_ptr_nonnull(strstr(error.text, "user goes on without test.value of a"));
	ck_assert_ptr_nonnull(strstr(error.text, "layout"));
}
END_TEST

START_TEST(refuses_a_table_that_lacks_a_method)
{
	struct corbel_interface offered = interface_of("test.value", 0, layout_one);
	struct methods cut = { .size = 8, .get = get }, empty = { .size = sizeof(empty) };
	struct corbel_error error = { "" };
	struct corbel_provision *provision;

	ck_assert_int_eq(registry_provide(registry, &party_a, &offered, &cut, NULL, NULL,
					  &provision, &error),
			 -EINVAL);
	ck_assert_ptr_nonnull(strstr(error.text, "8 bytes"));
	ck_assert_int_eq(registry_provide(registry, &party_a, &offered, &empty, NULL, NULL,
					  &provision, &error),
			 -EINVAL);
	ck_assert_ptr_nonnull(strstr(error.text, "method get"));
	ck_assert_uint_eq(ledger_a.count, 0);
}
END_TEST

static void told(void *data)
{
	/* Proves that no lock is held. */
	registry_has(registry, "test.value", (struct version){ 1, 0 }, NULL);
	++*(int *)data;
}

START_TEST(hides_what_a_party_offers_until_it_is_shown)
{
	int one = 1, times = 0;
	struct corbel_use *use = acquire(0, NULL);

	registry_listen(registry, told, &times);
	party_a.hidden = true;
	provide(&party_a, 0, 0, &one);
	ck_assert_int_eq(value(use), -ENOTCONN);
	ck_assert(!registry_has(registry, "test.value", (struct version){ 1, 0 }, NULL));
	ck_assert_int_eq(times, 0);
	registry_show(registry, &party_a, true);
	ck_assert_int_eq(value(use), 1);
	ck_assert_int_eq(times, 1);
	registry_show(registry, &party_a, false);
	ck_assert_int_eq(value(use), -ENOTCONN);
	ck_assert_int_eq(times, 2);
}
END_TEST

static struct corbel_provision *own;

static int get_and_withdraw(void *self, int *out)
{
	(void)self;
	*out = registry_withdraw(own, INT64_MAX);
	return 0;
}

START_TEST(refuses_to_wait_for_a_method_that_withdraws_itself)
{
	static const struct methods leaving = { .size = sizeof(leaving), .get = get_and_withdraw };
	struct corbel_interface offered = interface_of("test.value", 0, layout_one);
	struct corbel_use *use = acquire(0, NULL);

	ck_assert_int_eq(
		registry_provide(registry, &party_a, &offered, &leaving, NULL, NULL, &own, NULL),
		0);
	ck_assert_int_eq(value(use), -EDEADLK);
	ck_assert_int_eq(value(use), -ENOTCONN);
	ck_assert_uint_eq(gate_collect(), 0);
}
END_TEST

static int run_here(struct corbel_marshal *marshal, int (*call)(void *), void *arguments)
{
	(void)marshal;
	return call(arguments) + 100;
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

static int get_marshalled(void *self, int *out)
{
	struct arguments arguments = { self, out };

	return arguments.marshal->run(arguments.marshal, call_get, &arguments);
}

START_TEST(hands_calls_to_a_providers_own_thread)
{
	static const struct methods thunks = { .size = sizeof(thunks), .get = get_marshalled };
	struct corbel_interface offered = interface_of("test.value", 0, layout_one);
	struct corbel_provision *provision;
	struct corbel_error error;
	struct corbel_use *use = acquire(0, NULL);
	int one = 1;

	party_a.run = run_here;
	ck_assert_int_eq(registry_provide(registry, &party_a, &offered, &table, &one, NULL,
					  &provision, &error),
			 -EINVAL);
	ck_assert_ptr_nonnull(strstr(error.text, "exec = thread"));
	offered.marshalled = &thunks;
	ck_assert_int_eq(registry_provide(registry, &party_a, &offered, &table, &one, NULL,
					  &provision, &error),
			 0);
	ck_assert_int_eq(value(use), 100);
}
END_TEST

/* Runs on the provider's own thread while a caller is inside and waits for that thread. */
struct withdrawal {
	struct strand *strand;
	struct corbel_provision *provision;
};

static struct withdrawal withdrawal;

static int run_on_strand(struct corbel_marshal *marshal, int (*call)(void *), void *arguments)
{
	(void)marshal;
	return strand_call(withdrawal.strand, call, arguments);
}

static int withdraw_there(void *self, int *out)
{
	(void)self;
	*out = registry_withdraw(withdrawal.provision, INT64_MAX);
	return 0;
}

START_TEST(refuses_to_wait_for_the_caller_of_its_own_thread)
{
	static const struct methods thunks = { .size = sizeof(thunks), .get = get_marshalled };
	static const struct methods leaving = { .size = sizeof(leaving), .get = withdraw_there };
	struct corbel_interface offered = interface_of("test.value", 0, layout_one);
	struct corbel_use *use = acquire(0, NULL);

	ck_assert_int_eq(strand_new(loop, &owner_a, "a", true, &withdrawal.strand), 0);
	offered.marshalled = &thunks;
	party_a.strand = withdrawal.strand;
	party_a.run = run_on_strand;
	ck_assert_int_eq(registry_provide(registry, &party_a, &offered, &leaving, NULL, NULL,
					  &withdrawal.provision, NULL),
			 0);
	ck_assert_int_eq(value(use), -EDEADLK);
	ck_assert_int_eq(value(use), -ENOTCONN);
	strand_free(withdrawal.strand);
}
END_TEST

static void list_one(void *data, const struct corbel_service_info *offer)
{
	char *text = data, line[128];

	registry_has(registry, "test.value", (struct version){ 1, 0 }, NULL);
	snprintf(line, sizeof(line), "%s %s %d%s %zu %zu;", offer->interface->name, offer->plugin,
		 (int)offer->rank, offer->dormant ? " dormant" : "", offer->property_count,
		 offer->use_count);
	strcat(text, line);
}

static void never(void *data, const char *plugin)
{
	(void)data;
	ck_abort_msg("%s was started", plugin);
}

START_TEST(lists_offers_best_first_with_their_uses)
{
	char text[1024] = "";
	int one = 1;

	acquire(0, NULL);
	provide(&party_a, 0, 3, &one);
	provide_with(&party_b, "colour", "red", &one);
	registry_declare(registry, "test.value", (struct version){ 1, 0 }, "c", never, NULL);
	registry_declare(registry, "test.value", (struct version){ 1, 0 }, "b", never, NULL);
	registry_list(registry, list_one, text);
	ck_assert_str_eq(text, "test.value a 3 0 1;test.value b 0 2 0;test.value c 0 dormant 0 0;");
	text[0] = '\0';
	registry_show(registry, &party_a, false);
	registry_show(registry, &party_b, false);
	registry_list(registry, list_one, text);
	ck_assert_str_eq(text, "test.value c 0 dormant 0 0;");
}
END_TEST

START_TEST(takes_everything_back_in_one_sweep)
{
	int one = 1;
	struct corbel_use *use = acquire(0, NULL);

	provide(&party_a, 0, 0, &one);
	provide(&party_a, 0, 0, &one);
	ck_assert_uint_eq(ledger_sweep(&ledger_a), 2);
	ck_assert_int_eq(value(use), -ENOTCONN);
	ck_assert_uint_eq(ledger_sweep(&ledger_user), 1);
}
END_TEST

START_TEST(finds_one_interface_among_thousands)
{
	enum { COUNT = 5000 };
	static int numbers[COUNT];
	struct corbel_provision *provision;
	struct corbel_use *use;
	char name[32];

	for (int i = 0; i < COUNT; i++) {
		snprintf(name, sizeof(name), "test.number%d", i);
		struct corbel_interface offered = interface_of(name, 0, layout_one);
		numbers[i] = i + 1;
		ck_assert_int_eq(registry_provide(registry, &party_a, &offered, &table, &numbers[i],
						  NULL, &provision, NULL),
				 0);
	}
	for (int i = 0; i < COUNT; i += 97) {
		snprintf(name, sizeof(name), "test.number%d", i);
		struct corbel_interface wanted = interface_of(name, 0, layout_one);
		ck_assert_int_eq(registry_acquire(registry, &user, &wanted, NULL, &use, NULL), 0);
		ck_assert_int_eq(value(use), i + 1);
	}
}
END_TEST

Suite *test_suite(void)
{
	const TTest *const tests[] = {
		refuses_another_layout_in_words,
		names_an_earlier_use_that_another_layout_leaves_unbound,
		refuses_a_table_that_lacks_a_method,
		hides_what_a_party_offers_until_it_is_shown,
		refuses_to_wait_for_a_method_that_withdraws_itself,
		hands_calls_to_a_providers_own_thread,
		refuses_to_wait_for_the_caller_of_its_own_thread,
		lists_offers_best_first_with_their_uses,
		takes_everything_back_in_one_sweep,
		finds_one_interface_among_thousands,
	};
	Suite *suite = suite_create("registry");
	TCase *cases = tcase_create("registry");

	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_set_timeout(cases, 60);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(cases, tests[i]);
	suite_add_tcase(suite, cases);
	return suite;
}
