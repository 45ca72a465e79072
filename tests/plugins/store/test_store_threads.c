/* SPDX-License-Identifier: MIT */
/* The methods of store from several threads at once, beside its own callbacks. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include <check.h>

#include <corbel/plugin.h>

#include "corbel.store.h"
#include "fakehost.h"
#include "tree.h"

#define THREADS 4
#define ROUNDS 200

Suite *test_suite(void);

extern const struct corbel_plugin corbel_plugin;

static struct tree tree;
static struct fake_host host;
static void *self;
static atomic_int wrong;

static void setup(void)
{
	tree_make(&tree);
	fake_host_init(&host);
	host.state_folder = tree.root;
	fake_host_set(&host, "file", "store.db", 0);
	fake_host_set(&host, "durability", "process", 0);
	fake_host_set(&host, "busy-timeout", "10s", 10 * CORBEL_SECOND);
	fake_host_set(&host, "max-value", "1M", 1 << 20);
	ck_assert_int_eq(corbel_plugin.start(&host.context, &self), 0);
	wrong = 0;
}

static void teardown(void)
{
	corbel_plugin.stop(self, CORBEL_STOP_REQUESTED);
	fake_host_fini(&host);
	tree_remove(&tree);
}

static void expect(bool is_so)
{
	if (!is_so)
		wrong++;
}

/* What was acknowledged is seen at once; values that others replace meanwhile are whole. */
static void one_round(const struct corbel_store_methods *methods, int thread, int round)
{
	char key[32], shared[64];
	struct corbel_bytes value = { shared, sizeof(shared) };
	struct corbel_store_point *points;
	char **keys;
	size_t count;

	memset(shared, 'a' + thread, sizeof(shared));
	expect(methods->put(self, "shared", value) == 0);
	expect(methods->get(self, "shared", &value) == 0);
	expect(value.size == sizeof(shared) &&
	       memcmp(value.data, (const char *)value.data + 1, sizeof(shared) - 1) == 0);
	corbel_free(&host.context, value.data);

	snprintf(key, sizeof(key), "own.%d.%04d", thread, round);
	expect(methods->put(self, key, (struct corbel_bytes){ &round, sizeof(round) }) == 0);
	expect(methods->get(self, key, &value) == 0);
	expect(value.size == sizeof(round) && memcmp(value.data, &round, sizeof(round)) == 0);
	corbel_free(&host.context, value.data);
	expect(methods->append(self, "own", thread * ROUNDS + round, round) == 0);
	expect(methods->query(self, "own", thread * ROUNDS, thread * ROUNDS + round, 0, &points,
			      &count) == 0);
	expect(count == (size_t)round + 1);
	corbel_store_points_free(&host.context, points, count);
	snprintf(key, sizeof(key), "own.%d.", thread);
	expect(methods->list(self, key, "", 0, &keys, &count) == 0);
	expect(count == (size_t)round + 1);
	corbel_store_strings_free(&host.context, keys, count);
}

static void *work(void *data)
{
	for (int round = 0; round < ROUNDS; round++)
		one_round(host.provision.table, *(int *)data, round);
	return NULL;
}

static void threads_start(pthread_t *threads, int *numbers)
{
	for (int i = 0; i < THREADS; i++) {
		numbers[i] = i;
		ck_assert_int_eq(pthread_create(&threads[i], NULL, work, &numbers[i]), 0);
	}
}

static void threads_join(pthread_t *threads)
{
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

START_TEST(serves_several_threads_at_once)
{
	pthread_t threads[THREADS];
	int numbers[THREADS];

	threads_start(threads, numbers);
	threads_join(threads);
	ck_assert_int_eq(wrong, 0);
	ck_assert_uint_eq(host.log_count, 0);
}
END_TEST

START_TEST(serves_while_its_settings_change)
{
	pthread_t threads[THREADS];
	int numbers[THREADS];

	threads_start(threads, numbers);
	for (int i = 0; i < 50; i++) {
		fake_host_set(&host, "durability", i % 2 ? "power" : "process", 0);
		ck_assert_int_eq(corbel_plugin.configure(self), 0);
	}
	threads_join(threads);
	ck_assert_int_eq(wrong, 0);
	ck_assert_uint_eq(host.log_count, 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("store_threads");
	TCase *threads = tcase_create("threads");

	tcase_add_checked_fixture(threads, setup, teardown);
	tcase_set_timeout(threads, 60);
	tcase_add_test(threads, serves_several_threads_at_once);
	tcase_add_test(threads, serves_while_its_settings_change);
	suite_add_tcase(suite, threads);
	return suite;
}
