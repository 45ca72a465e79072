/* SPDX-License-Identifier: MIT */
/* The plugin store in a host: stops, starts, leaves, and trouble that is its own alone. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <check.h>

#include "corbel.store.h"
#include "house.h"

#define PAGE 4096

Suite *test_suite(void);

static struct house house;
static struct corbel_store *store;
static char disk[128];
static char file[160];

static void host_make(const char *lines)
{
	char all[256];

	snprintf(all, sizeof(all), "file = %s\n%s", file, lines);
	house_add_path(&house, "store", TEST_BUILDDIR "/lib/corbel/plugins/store.so", all);
	house_add(&house, "base", "base", "");
	house_start(&house);
	ck_assert_int_eq(corbel_store_acquire(corbel_host_context(house.host), NULL, &store), 0);
}

static void setup(void)
{
	house_init(&house, 1, NULL);
	snprintf(disk, sizeof(disk), "%s/disk", house.folder);
	snprintf(file, sizeof(file), "%s/store.db", disk);
	ck_assert_int_eq(mkdir(disk, 0700), 0);
}

static void teardown(void)
{
	corbel_store_release(corbel_host_context(house.host), store);
	umount2(disk, MNT_DETACH);
	house_fini(&house);
}

static int put(const char *key, const void *bytes, size_t size)
{
	return corbel_store_put(store, key,
				(struct corbel_bytes){ (void *)(uintptr_t)bytes, size });
}

static int get_code(const char *key)
{
	struct corbel_bytes value = { NULL, 0 };
	int result = corbel_store_get(store, key, &value);

	corbel_free(corbel_host_context(house.host), value.data);
	return result;
}

static void assert_base_runs(void)
{
	house_assert_state(&house, "base", CORBEL_PLUGIN_RUNNING);
}

static bool is_there(const char *suffix)
{
	char path[200];

	snprintf(path, sizeof(path), "%s%s", file, suffix);
	return access(path, F_OK) == 0;
}

static bool is_mapped(const char *name)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];
	bool found = false;

	while (fgets(line, sizeof(line), maps))
		found = found || strstr(line, name);
	fclose(maps);
	return found;
}

START_TEST(is_gone_when_stopped_and_back_with_all_it_had)
{
	host_make("");
	house_assert_state(&house, "store", CORBEL_PLUGIN_RUNNING);
	for (int i = 0; i < 20; i++) {
		ck_assert_int_eq(put("k", &i, sizeof(i)), 0);
		ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_STOP, "store"), 0);
		ck_assert(!is_mapped("store.so"));
		ck_assert(is_there("") && !is_there("-wal") && !is_there("-shm"));
		ck_assert_int_eq(put("k", &i, sizeof(i)), -ENOTCONN);
		ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_START, "store"), 0);
		ck_assert_int_eq(get_code("k"), 0);
	}
}
END_TEST

START_TEST(takes_new_settings_without_a_restart)
{
	char bytes[2000] = { 0 };

	host_make("");
	ck_assert_int_eq(put("k", bytes, sizeof(bytes)), 0);
	house_configure(&house, "");
	snprintf(bytes, sizeof(bytes), "file = %s\nmax-value = 1K", file);
	house_add_path(&house, "store", TEST_BUILDDIR "/lib/corbel/plugins/store.so", bytes);
	house_add(&house, "base", "base", "");
	ck_assert_int_eq(house_reconfigure(&house), 0);
	house_settle(&house);
	ck_assert_uint_eq(house_plugin(&house, "store").starts, 1);
	ck_assert_int_eq(put("k", bytes, sizeof(bytes)), -EFBIG);
	ck_assert_int_eq(get_code("k"), 0);
}
END_TEST

static void file_write(off_t at, const void *bytes, size_t size)
{
	int descriptor = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	ck_assert_int_ge(descriptor, 0);
	ck_assert_int_eq(pwrite(descriptor, bytes, size, at), (ssize_t)size);
	close(descriptor);
}

START_TEST(a_file_that_is_no_database_fails_store_alone)
{
	char garbage[PAGE], found[PAGE + 1];
	FILE *kept;

	memset(garbage, 'g', sizeof(garbage));
	file_write(0, garbage, sizeof(garbage));
	host_make("");
	house_assert_state(&house, "store", CORBEL_PLUGIN_FAILED);
	house_assert_words(house_plugin(&house, "store").reason, file);
	house_assert_words(house_plugin(&house, "store").reason, "kept as it is");
	assert_base_runs();
	ck_assert_int_eq(get_code("k"), -ENOTCONN);
	kept = fopen(file, "re");
	ck_assert_uint_eq(fread(found, 1, sizeof(found), kept), sizeof(garbage));
	fclose(kept);
	ck_assert_int_eq(memcmp(found, garbage, sizeof(garbage)), 0);
}
END_TEST

/* As by a power cut on a disk that promises too much. */
START_TEST(a_torn_page_fails_the_calls_that_meet_it)
{
	char bytes[3000] = { 0 }, torn[PAGE], key[16];
	int damaged = 0, whole = 0;

	memset(torn, 0x5a, sizeof(torn));
	host_make("durability = process");
	for (int i = 0; i < 100; i++) {
		snprintf(key, sizeof(key), "%d", i);
		ck_assert_int_eq(put(key, bytes, sizeof(bytes)), 0);
	}
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_STOP, "store"), 0);
	file_write(50L * PAGE, torn, sizeof(torn));
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_START, "store"), 0);
	for (int i = 0; i < 100; i++) {
		snprintf(key, sizeof(key), "%d", i);

		int result = get_code(key);

		damaged += result == -EUCLEAN;
		whole += result == 0;
	}
	ck_assert_int_gt(damaged, 0);
	ck_assert_int_gt(whole, 0);
	ck_assert_int_eq(damaged + whole, 100);
	ck_assert(house_has_logged(&house, "malformed (it is kept as it is"));
	ck_assert(!house_has_logged(&house, "can read"));
	assert_base_runs();
}
END_TEST

/* A small disk of the test's own, which goes away with its process. */
static bool disk_make(void)
{
	if (unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	    mount("none", disk, "tmpfs", 0, "size=512k") == 0)
		return true;
	fprintf(stderr, "# left out: a disk cannot be mounted here: %s\n", strerror(errno));
	return false;
}

static void ballast_put(void)
{
	char path[200], bytes[PAGE] = { 0 };

	snprintf(path, sizeof(path), "%s/ballast", disk);

	int descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	while (write(descriptor, bytes, sizeof(bytes)) > 0)
		;
	close(descriptor);
}

static void ballast_drop(void)
{
	char path[200];

	snprintf(path, sizeof(path), "%s/ballast", disk);
	ck_assert_int_eq(unlink(path), 0);
}

START_TEST(goes_on_when_a_full_disk_has_room_again)
{
	char bytes[9000];

	if (!disk_make())
		return;
	host_make("");
	ck_assert_int_eq(put("before", "v", 1), 0);
	ballast_put();
	for (int i = 0, result = 0; result == 0; i++) {
		memset(bytes, i, sizeof(bytes));
		result = put("k", bytes, sizeof(bytes));
		ck_assert(result == 0 || result == -ENOSPC);
	}
	ck_assert_int_eq(get_code("before"), 0);
	ck_assert(house_has_logged(&house, "No space left on device (make room there)"));
	assert_base_runs();
	ballast_drop();
	ck_assert_int_eq(put("after", bytes, sizeof(bytes)), 0);
	ck_assert(house_has_logged(&house, "can write"));
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_RESTART, "store"), 0);
	ck_assert_int_eq(get_code("before"), 0);
	ck_assert_int_eq(get_code("after"), 0);
}
END_TEST

START_TEST(a_disk_that_is_full_from_the_start_fails_store_alone)
{
	if (!disk_make())
		return;
	ballast_put();
	host_make("");
	house_assert_state(&house, "store", CORBEL_PLUGIN_FAILED);
	house_assert_words(house_plugin(&house, "store").reason, "make room there");
	assert_base_runs();
	ballast_drop();
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_START, "store"), 0);
	ck_assert_int_eq(put("k", "v", 1), 0);
}
END_TEST

START_TEST(a_read_only_disk_fails_store_alone)
{
	if (!disk_make())
		return;
	host_make("");
	ck_assert_int_eq(put("k", "v", 1), 0);
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_STOP, "store"), 0);
	ck_assert_int_eq(mount("none", disk, NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
	ck_assert_int_ne(house_ask(&house, CORBEL_REQUEST_START, "store"), 0);
	house_assert_words(house_plugin(&house, "store").reason, "mount it writable");
	assert_base_runs();
	ck_assert_int_eq(mount("none", disk, NULL, MS_REMOUNT, NULL), 0);
	ck_assert_int_eq(house_ask(&house, CORBEL_REQUEST_START, "store"), 0);
	ck_assert_int_eq(get_code("k"), 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("store_house");
	TCase *life = tcase_create("life");
	TCase *trouble = tcase_create("trouble");

	tcase_add_checked_fixture(life, setup, teardown);
	tcase_set_timeout(life, 60);
	tcase_add_test(life, is_gone_when_stopped_and_back_with_all_it_had);
	tcase_add_test(life, takes_new_settings_without_a_restart);
	suite_add_tcase(suite, life);
	tcase_add_checked_fixture(trouble, setup, teardown);
	tcase_set_timeout(trouble, 60);
	tcase_add_test(trouble, a_file_that_is_no_database_fails_store_alone);
	tcase_add_test(trouble, a_torn_page_fails_the_calls_that_meet_it);
	tcase_add_test(trouble, goes_on_when_a_full_disk_has_room_again);
	tcase_add_test(trouble, a_disk_that_is_full_from_the_start_fails_store_alone);
	tcase_add_test(trouble, a_read_only_disk_fails_store_alone);
	suite_add_tcase(suite, trouble);
	return suite;
}
