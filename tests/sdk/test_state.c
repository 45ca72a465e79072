/* SPDX-License-Identifier: MIT */
/* State written and read piece by piece, whole and damaged. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "fake.h"

Suite *test_suite(void);

static struct fake fake;
static struct corbel_state state;

static void setup(void)
{
	fake_init(&fake);
	state = (struct corbel_state){ .size = sizeof(state), .version = 1 };
}

static void teardown(void)
{
	corbel_free(&fake.context, state.bytes);
	ck_assert_uint_eq(fake.alive, 0);
	fake_fini(&fake);
}

static struct corbel_state_reader reader(void)
{
	return (struct corbel_state_reader){ state.bytes, state.byte_count };
}

START_TEST(gives_back_what_was_put_in_its_order)
{
	uint64_t number = 7;
	char letter = 'x';
	struct corbel_state_reader from;

	for (uint64_t i = 0; i < 1000; i++) {
		ck_assert(corbel_state_put(&fake.context, &state, &i, sizeof(i)));
		ck_assert(corbel_state_put(&fake.context, &state, &letter, 1));
	}
	ck_assert(corbel_state_put(&fake.context, &state, NULL, 0));
	ck_assert_uint_eq(state.byte_count, 9000);
	from = reader();
	for (uint64_t i = 0; i < 1000; i++) {
		ck_assert(corbel_state_take(&from, &number, sizeof(number)));
		ck_assert_uint_eq(number, i);
		ck_assert(corbel_state_take(&from, &letter, 1));
	}
	ck_assert_uint_eq(from.left, 0);
	ck_assert(!corbel_state_take(&from, &letter, 1));
}
END_TEST

START_TEST(gives_back_texts)
{
	struct corbel_state_reader from;

	ck_assert(corbel_state_put_text(&fake.context, &state, "one"));
	ck_assert(corbel_state_put_text(&fake.context, &state, ""));
	from = reader();
	ck_assert_str_eq(corbel_state_take_text(&from), "one");
	ck_assert_str_eq(corbel_state_take_text(&from), "");
	ck_assert_ptr_null(corbel_state_take_text(&from));
	ck_assert_uint_eq(from.left, 0);
}
END_TEST

START_TEST(takes_no_text_that_is_cut_or_does_not_end_where_it_should)
{
	static const struct {
		uint32_t size;
		char bytes[4];
	} wrong[] = { { 0, "abc" }, { 5, "abc" }, { 3, "abc" }, { 4, { 'a', 0, 'c', 0 } } };
	struct corbel_state_reader from;

	ck_assert(corbel_state_put(&fake.context, &state, &wrong[_i], sizeof(wrong[_i])));
	from = reader();
	ck_assert_ptr_null(corbel_state_take_text(&from));
	from = (struct corbel_state_reader){ state.bytes, 3 };
	ck_assert_ptr_null(corbel_state_take_text(&from));
}
END_TEST

START_TEST(takes_nothing_when_there_is_not_enough)
{
	uint64_t number = 5;
	uint32_t half = 1;
	struct corbel_state_reader from;

	ck_assert(corbel_state_put(&fake.context, &state, &half, sizeof(half)));
	from = reader();
	ck_assert(!corbel_state_take(&from, &number, sizeof(number)));
	ck_assert_uint_eq(number, 5);
	ck_assert_uint_eq(from.left, sizeof(half));
}
END_TEST

static void *no_memory(struct corbel_context *context, size_t size)
{
	(void)context;
	(void)size;
	return NULL;
}

START_TEST(keeps_what_it_has_when_there_is_no_memory_for_more)
{
	char much[100] = { 'm' };

	ck_assert(corbel_state_put_text(&fake.context, &state, "kept"));
	fake.api.alloc = no_memory;
	ck_assert(!corbel_state_put(&fake.context, &state, much, sizeof(much)));
	ck_assert_uint_eq(state.byte_count, sizeof(uint32_t) + sizeof("kept"));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("state");
	TCase *cases = tcase_create("state");

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, gives_back_what_was_put_in_its_order);
	tcase_add_test(cases, gives_back_texts);
	tcase_add_loop_test(cases, takes_no_text_that_is_cut_or_does_not_end_where_it_should, 0, 4);
	tcase_add_test(cases, takes_nothing_when_there_is_not_enough);
	tcase_add_test(cases, keeps_what_it_has_when_there_is_no_memory_for_more);
	suite_add_tcase(suite, cases);
	return suite;
}
