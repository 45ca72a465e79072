/* SPDX-License-Identifier: MIT */
/* What store acknowledged is there after its host was killed, at whatever moment that was. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <check.h>
#include <sqlite3.h>

#include <corbel/host.h>

#include "corbel.store.h"
#include "tree.h"

#define KILLS 100
#define VALUE_SIZE_MAX 5000
#define IS_READY (-1)

Suite *test_suite(void);

static struct tree tree;

static void setup(void)
{
	tree_make(&tree);
}

static void teardown(void)
{
	tree_remove(&tree);
}

/* ---- The host that is killed. It writes in numbered steps, and tells of each that is done. */

static struct corbel_host *host;

static struct corbel_store *store_acquire(const char *durability)
{
	struct corbel_error error;
	struct corbel_store *store = NULL;
	char text[1024];
	struct corbel_host_options options = { .size = sizeof(options),
					       .flags = CORBEL_HOST_DEVELOP,
					       .text = text };

	snprintf(text, sizeof(text),
		 "[corbel]\nplugin-path = %s/lib/corbel/plugins\n[log]\nlevel = warning\n"
		 "[plugin store]\nfile = %s\ndurability = %s\n",
		 TEST_BUILDDIR, tree_path(&tree, "store.db"), durability);
	if (corbel_host_new(&options, &host, &error) < 0)
		return NULL;
	corbel_host_start(host);
	if (corbel_host_settle(host, -1) == 0)
		corbel_store_acquire(corbel_host_context(host), NULL, &store);
	return store;
}

/* Every second key stays; the others go three steps later. */
static int step_do(struct corbel_store *store, int step)
{
	char key[32], bytes[VALUE_SIZE_MAX];
	struct corbel_bytes value = { bytes, (size_t)step * 37 % VALUE_SIZE_MAX };
	int result;

	snprintf(key, sizeof(key), "key.%d", step % 4 == 3 ? step - 3 : step);
	switch (step % 4) {
	case 2:
		return corbel_store_append(store, "series", step, step);
	case 3:
		/* It may have gone just before the last kill. */
		result = corbel_store_remove(store, key);
		return result == -ENOENT ? 0 : result;
	default:
		memset(bytes, step, value.size);
		return corbel_store_put(store, key, value);
	}
}

static bool value_is_kept(struct corbel_store *store, int step)
{
	char key[32];
	struct corbel_bytes value;
	bool is_whole;

	snprintf(key, sizeof(key), "key.%d", step);
	if (corbel_store_get(store, key, &value) < 0)
		return false;
	is_whole = value.size == (size_t)step * 37 % VALUE_SIZE_MAX;
	for (size_t i = 0; is_whole && i < value.size; i++)
		is_whole = ((const char *)value.data)[i] == (char)step;
	corbel_free(corbel_host_context(host), value.data);
	return is_whole;
}

static bool point_is_kept(struct corbel_store *store, int step)
{
	struct corbel_store_point *points;
	size_t count;
	bool is_kept;

	if (corbel_store_query(store, "series", step, step, 1, &points, &count) < 0)
		return false;
	is_kept = count == 1 && points->value == step;
	corbel_store_points_free(corbel_host_context(host), points, count);
	return is_kept;
}

/* `done` steps were acknowledged; of the one after it nobody knows. */
static bool step_is_kept(struct corbel_store *store, int step, int done)
{
	struct corbel_bytes value;
	char key[32];

	if (step % 4 == 2)
		return point_is_kept(store, step);
	if (step % 4 == 1 || (step % 4 == 0 && step + 3 > done))
		return value_is_kept(store, step);
	snprintf(key, sizeof(key), "key.%d", step - 3);
	return step % 4 == 0 || corbel_store_get(store, key, &value) == -ENOENT;
}

static void tell(int pipe, int number)
{
	if (write(pipe, &number, sizeof(number)) != sizeof(number))
		_exit(2);
}

static void write_until_killed(int pipe, const char *durability, int checked, int done)
{
	struct corbel_store *store = store_acquire(durability);

	if (!store)
		_exit(1);
	for (int step = checked; step < done; step++) {
		if (step_is_kept(store, step, done))
			continue;
		fprintf(stderr, "# step %d of %d is lost\n", step, done);
		_exit(1);
	}
	tell(pipe, IS_READY);
	for (int step = done; step_do(store, step) == 0; step++)
		tell(pipe, step);
	_exit(1);
}

/* ---- The one who kills. */

struct writer {
	pid_t pid;
	int pipe;
};

static struct writer writer_start(const char *durability, int checked, int done)
{
	struct writer writer;
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	writer.pid = fork();
	ck_assert_int_ge(writer.pid, 0);
	if (writer.pid == 0) {
		close(ends[0]);
		write_until_killed(ends[1], durability, checked, done);
	}
	close(ends[1]);
	writer.pipe = ends[0];
	return writer;
}

static bool told(const struct writer *writer, int *number)
{
	return read(writer->pipe, number, sizeof(*number)) == sizeof(*number);
}

/* Kills it after so many words, and returns how many steps it has acknowledged by then. */
static int writer_kill(struct writer *writer, int words, int done)
{
	int number, status;

	for (int i = 0; i < words; i++) {
		ck_assert_msg(told(writer, &number), "it ended by itself after %d steps", done);
		done = number == IS_READY ? done : number + 1;
	}
	ck_assert_int_eq(kill(writer->pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(writer->pid, &status, 0), writer->pid);
	ck_assert_msg(WIFSIGNALED(status), "it ended by itself after %d steps", done);
	while (told(writer, &number))
		done = number == IS_READY ? done : number + 1;
	close(writer->pipe);
	return done;
}

static void assert_file_is_sound(void)
{
	sqlite3 *handle;
	sqlite3_stmt *statement;

	ck_assert_int_eq(sqlite3_open(tree_path(&tree, "store.db"), &handle), SQLITE_OK);
	ck_assert_int_eq(sqlite3_prepare_v2(handle, "PRAGMA integrity_check", -1, &statement, NULL),
			 SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
	ck_assert_str_eq((const char *)sqlite3_column_text(statement, 0), "ok");
	sqlite3_finalize(statement);
	sqlite3_close(handle);
}

static const char *const durabilities[] = { "power", "process" };

/* Some before they have begun, most in the midst of writing. */
START_TEST(nothing_acknowledged_is_lost_in_100_kills)
{
	int checked = 0, done = 0;

	for (int i = 0; i < KILLS; i++) {
		struct writer writer = writer_start(durabilities[i % 2], checked, done);

		checked = i % 10 == 9 ? checked : done;
		done = writer_kill(&writer, i % 10 == 9 ? 0 : 1 + i * 7 % 40, done);
	}

	struct writer last = writer_start(durabilities[0], 0, done);

	writer_kill(&last, 1, done);
	ck_assert_int_gt(done, KILLS);
	assert_file_is_sound();
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("store_kill");
	TCase *kill = tcase_create("kill");

	tcase_add_checked_fixture(kill, setup, teardown);
	tcase_set_timeout(kill, 120);
	tcase_add_test(kill, nothing_acknowledged_is_lost_in_100_kills);
	suite_add_tcase(suite, kill);
	return suite;
}
