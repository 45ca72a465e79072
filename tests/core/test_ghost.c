/* SPDX-License-Identifier: MIT */
/* Tests of the places of unloaded plugins: kept, named, and given back. */
#include <check.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "animal.h"
#include "host_context.h"

Suite *test_suite(void);

static struct corbel_host host;
static char text[128];

static void teardown(void)
{
	ghosts_fini(&host.ghosts);
}

/* Where its start() was. */
static uintptr_t make_ghost(void)
{
	struct animal animal;
	struct image *image = animal_load(&animal, "well");
	uintptr_t start = (uintptr_t)image->entry.start;
	struct symbols *symbols = symbols_read(&animal.verdict);

	ck_assert_ptr_nonnull(symbols);
	ck_assert_int_eq(image_close(image, NULL), 0);
	ck_assert(ghosts_add(&host.ghosts, image, symbols));
	image_free(image);
	verdict_fini(&animal.verdict);
	return start;
}

static int explain(uintptr_t address)
{
	memset(text, 'x', sizeof(text));
	return corbel_host_explain_address(&host, (void *)address, text, sizeof(text));
}

static bool is_mapped(uintptr_t address)
{
	uintptr_t page = address & ~((uintptr_t)sysconf(_SC_PAGESIZE) - 1);

	return msync((void *)page, 1, MS_ASYNC) == 0 || errno != ENOMEM;
}

START_TEST(names_an_address_in_what_was_unloaded)
{
	uintptr_t start = make_ghost();

	ck_assert_int_eq(explain(start), (int)strlen("unloaded well 1.2.3 (start+0x0)"));
	ck_assert_str_eq(text, "unloaded well 1.2.3 (start+0x0)");
	explain(start + 1);
	ck_assert_str_eq(text, "unloaded well 1.2.3 (start+0x1)");
	ck_assert_int_eq(explain((uintptr_t)&host), 0);
}
END_TEST

START_TEST(cuts_the_words_but_tells_their_length)
{
	uintptr_t start = make_ghost();

	ck_assert_int_eq(corbel_host_explain_address(&host, (void *)start, text, 9), 31);
	ck_assert_str_eq(text, "unloaded");
	ck_assert_int_eq(corbel_host_explain_address(&host, (void *)start, NULL, 0), 31);
}
END_TEST

START_TEST(nothing_else_comes_where_a_ghost_is)
{
	uintptr_t first = make_ghost();

	ck_assert(is_mapped(first));
	for (int i = 1; i < GHOST_COUNT; i++)
		ck_assert_uint_ne(make_ghost(), first);
}
END_TEST

START_TEST(the_oldest_goes_first)
{
	uintptr_t first = make_ghost(), second = make_ghost();

	for (int i = 2; i < GHOST_COUNT; i++)
		make_ghost();
	ck_assert_int_gt(explain(first), 0);
	make_ghost();
	ck_assert_int_eq(explain(first), 0);
	ck_assert_int_gt(explain(second), 0);
	ghosts_fini(&host.ghosts);
	ck_assert_int_eq(explain(second), 0);
	ck_assert(!is_mapped(second));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("ghost");
	TCase *tests = tcase_create("ghost");

	tcase_add_checked_fixture(tests, NULL, teardown);
	tcase_add_test(tests, names_an_address_in_what_was_unloaded);
	tcase_add_test(tests, cuts_the_words_but_tells_their_length);
	tcase_add_test(tests, nothing_else_comes_where_a_ghost_is);
	tcase_add_test(tests, the_oldest_goes_first);
	suite_add_tcase(suite, tests);
	return suite;
}
