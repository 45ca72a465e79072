/* SPDX-License-Identifier: MIT */
/* Private heaps. */
#include <check.h>
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "heap.h"

#define THREADS 4
#define BLOCKS 512

static int64_t taken, limit;

static bool take(void *account, int64_t bytes)
{
	(void)account;
	if (bytes > 0 && limit > 0 && __atomic_load_n(&taken, __ATOMIC_RELAXED) + bytes > limit)
		return false;
	__atomic_fetch_add(&taken, bytes, __ATOMIC_RELAXED);
	return true;
}

static struct heap *heap;

static void set_up(void)
{
	struct heap_terms terms = { .code = (void *)(uintptr_t)take, .code_size = 1, .take = take };

	taken = limit = 0;
	ck_assert_int_eq(heap_new(&terms, &heap), 0);
}

/* All is given back. */
static void tear_down(void)
{
	ck_assert(heap_destroy(heap));
	ck_assert_int_eq(taken, 0);
}

static char *alloc(size_t size)
{
	char *block = heap_alloc(heap, size, 16);

	ck_assert_ptr_nonnull(block);
	ck_assert_uint_eq((uintptr_t)block % 16, 0);
	ck_assert(heap_has(block));
	ck_assert_uint_ge(heap_block_size(block), size);
	ck_assert_ptr_eq(heap_of(block), heap);
	return block;
}

static bool is_filled(const char *block, size_t size, char with)
{
	for (size_t i = 0; i < size; i++)
		if (block[i] != with)
			return false;
	return true;
}

START_TEST(gives_blocks_of_every_size_that_do_not_meet)
{
	static char *blocks[BLOCKS];
	static size_t sizes[BLOCKS];

	for (size_t i = 0, size = 0; i < BLOCKS; i++, size += size / 16 + 1) {
		sizes[i] = size % ((size_t)1 << 20);
		blocks[i] = alloc(sizes[i]);
		memset(blocks[i], (char)i, sizes[i]);
	}
	for (size_t i = 0; i < BLOCKS; i++) {
		ck_assert(is_filled(blocks[i], sizes[i], (char)i));
		ck_assert_int_eq(heap_free(blocks[i]), HEAP_DONE);
	}
}
END_TEST

START_TEST(wastes_a_quarter_at_most)
{
	for (size_t size = 128; size <= 32768; size += 16) {
		char *block = alloc(size);

		ck_assert_uint_le(heap_block_size(block), size + size / 4);
		ck_assert_int_eq(heap_free(block), HEAP_DONE);
	}
}
END_TEST

START_TEST(aligns_as_asked)
{
	for (size_t alignment = 32; alignment <= HEAP_ALIGNMENT_MAX; alignment *= 2) {
		for (size_t size = 1; size < 300000; size = size * 3 + 1) {
			char *block = heap_alloc(heap, size, alignment);

			ck_assert_ptr_nonnull(block);
			ck_assert_uint_eq((uintptr_t)block % alignment, 0);
			ck_assert_uint_ge(heap_block_size(block), size);
			memset(block, 1, size);
			ck_assert_int_eq(heap_free(block), HEAP_DONE);
		}
	}
}
END_TEST

START_TEST(does_not_give_a_freed_block_again_at_once)
{
	char *first = alloc(64);

	ck_assert_int_eq(heap_free(first), HEAP_DONE);
	for (size_t i = 0; i < 1000; i++) {
		char *next = alloc(64);

		ck_assert_ptr_ne(next, first);
		ck_assert_int_eq(heap_free(next), HEAP_DONE);
	}
}
END_TEST

START_TEST(gives_freed_blocks_again_before_it_grows)
{
	size_t failed = 0;

	for (size_t i = 0; i < 1000000; i++)
		failed += heap_free(heap_alloc(heap, 64, 16)) != HEAP_DONE;
	for (size_t i = 0; i < 1000; i++)
		failed += heap_free(heap_alloc(heap, 1000000, 16)) != HEAP_DONE;
	ck_assert_uint_eq(failed, 0);
	ck_assert_int_le(taken, 256 << 10);
}
END_TEST

START_TEST(knows_what_was_freed_already)
{
	char *small = alloc(100), *large = alloc(100000), *other = alloc(100);

	ck_assert_int_eq(heap_free(small), HEAP_DONE);
	ck_assert_int_eq(heap_free(small), HEAP_FREED_ALREADY);
	ck_assert_int_eq(heap_check(small), HEAP_FREED_ALREADY);
	ck_assert_int_eq(heap_free(large), HEAP_DONE);
	ck_assert_int_eq(heap_free(large), HEAP_FREED_ALREADY);
	ck_assert_uint_eq(heap_block_size(large), 0);
	ck_assert_int_eq(heap_check(other), HEAP_DONE);
}
END_TEST

START_TEST(knows_what_is_no_block)
{
	char *small = alloc(100), *large = alloc(1000000);

	for (ptrdiff_t beyond = 1; beyond < 112; beyond++)
		ck_assert_int_eq(heap_free(small + beyond), HEAP_NO_BLOCK);
	ck_assert_int_eq(heap_free(large + 16), HEAP_NO_BLOCK);
	ck_assert_int_eq(heap_free(large + 900000), HEAP_NO_BLOCK);
	ck_assert_int_eq(heap_check(large), HEAP_DONE);
	ck_assert(!heap_has(&small));
	ck_assert(!heap_has(NULL));
}
END_TEST

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
/* The signal that ends a child which writes there; 0: none. */
static int signal_of(volatile char *at)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		signal(SIGSEGV, SIG_DFL);
		*at = 1;
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

START_TEST(stops_who_runs_over_a_large_block)
{
	char *block = alloc(100000);

	ck_assert_int_eq(signal_of(block + 99999), 0);
	ck_assert_int_eq(signal_of(block + 100000), SIGSEGV);
	ck_assert_int_eq(signal_of(block - 4096), SIGSEGV);
	ck_assert_int_eq(heap_free(block), HEAP_DONE);
	ck_assert_int_eq(signal_of(block), SIGSEGV);
}
END_TEST

/* From the last block of a span one comes to a page that nobody may touch, and so from the first.
 */
START_TEST(stops_who_runs_over_a_span)
{
	char *first = alloc(32768), *last = first, *next, *at;

	while ((next = alloc(32768)) == last + 32768)
		last = next;
	ck_assert_int_eq(signal_of(last + 32767), 0);
	for (at = last; signal_of(at) == 0;)
		at += 4096;
	ck_assert_int_le(at - last, 64 << 10);
	ck_assert_int_eq(signal_of(first - 1), SIGSEGV);
}
END_TEST
#endif

START_TEST(refuses_what_is_beyond_its_limit)
{
	size_t count = 0;

	limit = 1 << 20;
	while (heap_alloc(heap, 1000, 16))
		count++;
	ck_assert_uint_gt(count, 900);
	ck_assert_uint_lt(count, 1049);
	ck_assert_ptr_null(heap_alloc(heap, 2 << 20, 16));
	ck_assert_int_le(taken, limit);
}
END_TEST

START_TEST(refuses_what_cannot_be)
{
	ck_assert_ptr_null(heap_alloc(heap, SIZE_MAX, 16));
	ck_assert_ptr_null(heap_alloc(heap, SIZE_MAX / 4, 4096));
	ck_assert_ptr_null(heap_alloc(heap, (size_t)1 << 40, 16));
}
END_TEST

struct hammer {
	pthread_t thread;
	char *given; /* to be freed by the next thread; atomic */
	struct hammer *next;
	unsigned number;
	bool failed;
};

static bool strike(struct hammer *hammer, char **block, size_t size)
{
	bool ok = !*block || is_filled(*block + 8, size - 8, (char)(hammer->number + 1));

	if (*block)
		*block = __atomic_exchange_n(&hammer->next->given, *block, __ATOMIC_ACQ_REL);
	if (*block && heap_free(*block) != HEAP_DONE)
		return false;
	*block = heap_alloc(heap, size, 16);
	if (!*block)
		return false;
	memset(*block, (char)(hammer->number + 1), size);
	return ok;
}

static void *hammer_away(void *data)
{
	struct hammer *hammer = data;
	char *blocks[61] = { NULL };

	for (size_t i = 0; i < 200000 && !hammer->failed; i++)
		hammer->failed = !strike(hammer, &blocks[i % 61], 16 + i % 61 * 24);
	for (size_t i = 0; i < 61; i++)
		if (blocks[i] && heap_free(blocks[i]) != HEAP_DONE)
			hammer->failed = true;
	return NULL;
}

START_TEST(gives_no_block_to_two_threads)
{
	struct hammer hammers[THREADS] = { 0 };

	for (unsigned i = 0; i < THREADS; i++) {
		hammers[i].number = i;
		hammers[i].next = &hammers[(i + 1) % THREADS];
		ck_assert_int_eq(pthread_create(&hammers[i].thread, NULL, hammer_away, &hammers[i]),
				 0);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		ck_assert_int_eq(pthread_join(hammers[i].thread, NULL), 0);
		ck_assert(!hammers[i].failed);
	}
}
END_TEST

START_TEST(serves_the_plugin_and_what_came_with_it)
{
	void *library = dlopen(TEST_BUILDDIR "/tests/zoo/.libs/well.so", RTLD_NOW | RTLD_LOCAL);

	ck_assert_ptr_nonnull(library);
	void *code = dlsym(library, "corbel_plugin");

	ck_assert(heap_serves(heap, (void *)(uintptr_t)take));
	ck_assert(!heap_serves(heap, (void *)(uintptr_t)set_up));
	ck_assert(!heap_serves(heap, dlsym(RTLD_DEFAULT, "qsort")));
	ck_assert(!heap_serves(heap, &heap));
	ck_assert(heap_serves(heap, code));
	ck_assert(heap_serves(heap, code));
	dlclose(library);
}
END_TEST

START_TEST(stays_with_what_it_has_while_a_library_is_there)
{
	void *library = dlopen(TEST_BUILDDIR "/tests/zoo/.libs/well.so", RTLD_NOW | RTLD_LOCAL);
	struct heap_terms terms = { 0 };
	struct heap *other;

	ck_assert_ptr_nonnull(library);
	ck_assert_int_eq(heap_new(&terms, &other), 0);
	ck_assert(heap_serves(other, dlsym(library, "corbel_plugin")));
	char *kept = heap_alloc(other, 10, 16);
	strcpy(kept, "kept");
	ck_assert(!heap_destroy(other));
	ck_assert_str_eq(kept, "kept");
	ck_assert_int_eq(heap_free(kept), HEAP_DONE);
	ck_assert(heap_destroy(other));
	dlclose(library);
}
END_TEST

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
START_TEST(takes_back_only_its_own)
{
	struct heap_terms terms = { 0 };
	struct heap *other;
	char *block = alloc(100), *large = alloc(100000);

	ck_assert_int_eq(heap_new(&terms, &other), 0);
	char *gone = heap_alloc(other, 100, 16);
	ck_assert(heap_destroy(other));
	memset(block, 1, 100);
	memset(large, 1, 100000);
	ck_assert_int_eq(signal_of(gone), SIGSEGV);
	ck_assert_int_eq(heap_free(gone), HEAP_FREED_ALREADY);
}
END_TEST
#endif

Suite *test_suite(void)
{
	Suite *suite = suite_create("heap");
	TCase *test = tcase_create("heap");

	tcase_add_checked_fixture(test, set_up, tear_down);
	tcase_add_test(test, gives_blocks_of_every_size_that_do_not_meet);
	tcase_add_test(test, wastes_a_quarter_at_most);
	tcase_add_test(test, aligns_as_asked);
	tcase_add_test(test, does_not_give_a_freed_block_again_at_once);
	tcase_add_test(test, gives_freed_blocks_again_before_it_grows);
	tcase_add_test(test, knows_what_was_freed_already);
	tcase_add_test(test, knows_what_is_no_block);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	tcase_add_test(test, stops_who_runs_over_a_large_block);
	tcase_add_test(test, stops_who_runs_over_a_span);
	tcase_add_test(test, takes_back_only_its_own);
#endif
	tcase_add_test(test, refuses_what_is_beyond_its_limit);
	tcase_add_test(test, refuses_what_cannot_be);
	tcase_add_test(test, gives_no_block_to_two_threads);
	tcase_add_test(test, serves_the_plugin_and_what_came_with_it);
	tcase_add_test(test, stays_with_what_it_has_while_a_library_is_there);
	suite_add_tcase(suite, test);
	return suite;
}
