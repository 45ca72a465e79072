/* SPDX-License-Identifier: MIT */
/*
 * What a put and a get of the plugin store cost through a typed use, beside SQLite alone with the
 * same tables, settings and prepared statements.
 */
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <sqlite3.h>

#include <corbel/host.h>

#include "bench.h"
#include "corbel.store.h"

#define KEYS 1000
#define VALUE_SIZE 100
#define GETS 2000      /* a slice */
#define QUICK_PUTS 500 /* a slice, where none waits for the disk */
#define SYNCED_PUTS 20

static const char bare[] = "SQLite alone";

struct side_by_side {
	char folder[64];
	struct corbel_host *host;
	struct corbel_store *store;
	sqlite3 *handle;
	sqlite3_stmt *put, *get;
	unsigned puts;
	double (*clock)(void); /* the machine's where a put waits for the disk */
	unsigned turn;         /* no two puts of a round write what was there */
};

static int host_make(struct side_by_side *sides, const char *durability)
{
	char text[1024];
	struct corbel_error error;
	struct corbel_host_options options = { .size = sizeof(options),
					       .flags = CORBEL_HOST_DEVELOP,
					       .text = text };

	snprintf(text, sizeof(text),
		 "[corbel]\nplugin-path = %s/lib/corbel/plugins\n[log]\nlevel = warning\n"
		 "[plugin store]\nfile = %s/store.db\ndurability = %s\n",
		 TEST_BUILDDIR, sides->folder, durability);

	int result = corbel_host_new(&options, &sides->host, &error);

	if (result < 0)
		return result;
	corbel_host_start(sides->host);
	result = corbel_host_settle(sides->host, -1);
	if (result == 0)
		result =
			corbel_store_acquire(corbel_host_context(sides->host), NULL, &sides->store);
	return result;
}

static int bare_make(struct side_by_side *sides, const char *synchronous)
{
	char text[512];

	snprintf(text, sizeof(text), "%s/bare.db", sides->folder);
	if (sqlite3_open_v2(text, &sides->handle,
			    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL))
		return -EIO;
	snprintf(text, sizeof(text),
		 "PRAGMA journal_mode = WAL; PRAGMA synchronous = %s; PRAGMA cell_size_check = ON;"
		 "CREATE TABLE entry (key TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL)",
		 synchronous);
	if (sqlite3_exec(sides->handle, text, NULL, NULL, NULL) ||
	    sqlite3_prepare_v2(sides->handle,
			       "INSERT INTO entry VALUES (?1, ?2)"
			       " ON CONFLICT DO UPDATE SET value = excluded.value",
			       -1, &sides->put, NULL) ||
	    sqlite3_prepare_v2(sides->handle, "SELECT value FROM entry WHERE key = ?1", -1,
			       &sides->get, NULL))
		return -EIO;
	return 0;
}

/* The keys of one round: scattered, and the same for both. */
static const char *key_of(char key[32], unsigned number)
{
	snprintf(key, 32, "bench.key.%u", number * 7919 % KEYS);
	return key;
}

static int store_put(struct side_by_side *sides, unsigned number)
{
	char key[32], bytes[VALUE_SIZE] = { 0 };

	memcpy(bytes, &sides->turn, sizeof(sides->turn));
	return corbel_store_put(sides->store, key_of(key, number),
				(struct corbel_bytes){ bytes, sizeof(bytes) });
}

static int bare_put(struct side_by_side *sides, unsigned number)
{
	char key[32], bytes[VALUE_SIZE] = { 0 };

	memcpy(bytes, &sides->turn, sizeof(sides->turn));
	sqlite3_bind_text(sides->put, 1, key_of(key, number), -1, SQLITE_STATIC);
	sqlite3_bind_blob(sides->put, 2, bytes, sizeof(bytes), SQLITE_STATIC);
	sqlite3_step(sides->put);
	return sqlite3_reset(sides->put) == SQLITE_OK ? 0 : -EIO;
}

static int store_get(struct side_by_side *sides, unsigned number)
{
	char key[32];
	struct corbel_bytes value;
	int result = corbel_store_get(sides->store, key_of(key, number), &value);

	if (result == 0)
		corbel_free(corbel_host_context(sides->host), value.data);
	return result;
}

/* With a copy too, since what SQLite gives is gone with the next step. */
static int bare_get(struct side_by_side *sides, unsigned number)
{
	char key[32];
	void *copy = NULL;

	sqlite3_bind_text(sides->get, 1, key_of(key, number), -1, SQLITE_STATIC);
	if (sqlite3_step(sides->get) == SQLITE_ROW) {
		size_t size = (size_t)sqlite3_column_bytes(sides->get, 0);

		copy = malloc(size);
		if (copy)
			memcpy(copy, sqlite3_column_blob(sides->get, 0), size);
	}
	free(copy);
	return sqlite3_reset(sides->get) == SQLITE_OK && copy ? 0 : -EIO;
}

static int timed(struct side_by_side *sides,
		 int (*one)(struct side_by_side *sides, unsigned number), unsigned count,
		 double *result)
{
	int error = 0;

	sides->turn++;

	double start = sides->clock();

	for (unsigned i = 0; i < count && error == 0; i++)
		error = one(sides, i);
	*result = (sides->clock() - start) / count;
	return error;
}

static int measure_store_put(void *data, double *result)
{
	struct side_by_side *sides = data;

	return timed(sides, store_put, sides->puts, result);
}

static int measure_bare_put(void *data, double *result)
{
	struct side_by_side *sides = data;

	return timed(sides, bare_put, sides->puts, result);
}

static int measure_store_get(void *data, double *result)
{
	return timed(data, store_get, GETS, result);
}

static int measure_bare_get(void *data, double *result)
{
	return timed(data, bare_get, GETS, result);
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
	(void)status;
	(void)kind;
	(void)where;
	return remove(path);
}

static void sides_fini(struct side_by_side *sides)
{
	if (sides->store)
		corbel_store_release(corbel_host_context(sides->host), sides->store);
	corbel_host_free(sides->host);
	sqlite3_finalize(sides->put);
	sqlite3_finalize(sides->get);
	sqlite3_close(sides->handle);
	nftw(sides->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static int sides_init(struct side_by_side *sides, bool survives_power_cut)
{
	double unused;

	*sides = (struct side_by_side){
		.folder = "/tmp/corbel-bench.XXXXXX",
		.puts = survives_power_cut ? SYNCED_PUTS : QUICK_PUTS,
		.clock = survives_power_cut ? bench_wall : bench_thread_time,
	};
	if (!mkdtemp(sides->folder))
		return -errno;

	int error = host_make(sides, survives_power_cut ? "power" : "process");

	if (!error)
		error = bare_make(sides, survives_power_cut ? "FULL" : "NORMAL");
	if (!error)
		error = timed(sides, store_put, KEYS, &unused);
	return error ? error : timed(sides, bare_put, KEYS, &unused);
}

static void compare_puts(struct bench *bench, struct side_by_side *sides, const char *name)
{
	const struct bench_pair puts = {
		.name = name,
		.unit = "us",
		.against = bare,
		.measured = measure_store_put,
		.baseline = measure_bare_put,
		.data = sides,
		.slices = BENCH_SLICES,
	};

	bench_pair(bench, &puts);
}

static void compare(struct bench *bench)
{
	struct side_by_side sides;
	int error = sides_init(&sides, false);

	if (error) {
		bench_fail(bench, "set-up", error);
	} else {
		const struct bench_pair gets = {
			.name = "get",
			.unit = "us",
			.against = bare,
			.measured = measure_store_get,
			.baseline = measure_bare_get,
			.data = &sides,
			.slices = BENCH_SLICES,
		};

		bench_pair(bench, &gets);
		compare_puts(bench, &sides, "put, durability = process");
	}
	sides_fini(&sides);
	error = sides_init(&sides, true);
	if (error)
		bench_fail(bench, "set-up", error);
	else
		compare_puts(bench, &sides, "put, durability = power");
	sides_fini(&sides);
}

int main(int argc, char **argv)
{
	struct bench bench;
	int status = bench_init(&bench, "bench_store", argc, argv);

	if (status)
		return status;
	compare(&bench);
	return bench_finish(&bench);
}
