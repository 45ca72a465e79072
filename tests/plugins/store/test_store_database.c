/* SPDX-License-Identifier: MIT */
/* The file of store when it is opened: what is taken, what is refused, and that it is kept. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <check.h>

#include "database.h"
#include "tree.h"

#define SOMEBODY_ELSE 65534

Suite *test_suite(void);

static struct tree tree;
static struct settings settings;
static struct database database;
static struct corbel_error error;

static void setup(void)
{
	tree_make(&tree);
	ck_assert_int_eq(chmod(tree.root, 0777), 0);
	settings = (struct settings){ .path = strdup(tree_path(&tree, "store.db")) };
}

static void teardown(void)
{
	database_close(&database);
	free(settings.path);
	tree_remove(&tree);
}

static void open_or_fail(void)
{
	ck_assert_msg(database_open(&database, &settings, &error) == 0, "%s", error.text);
}

static void close_now(void)
{
	database_close(&database);
}

static void assert_refused(int code, const char *words, const char *remedy)
{
	ck_assert_int_eq(database_open(&database, &settings, &error), code);
	ck_assert_msg(strstr(error.text, settings.path) && strstr(error.text, words) &&
			      strstr(error.text, remedy),
		      "\"%s\" does not say \"%s\" and \"%s\"", error.text, words, remedy);
	ck_assert_ptr_null(database.handles[ROLE_READER]);
	ck_assert_ptr_null(database.handles[ROLE_WRITER]);
}

/* Another program's hand on the file. */
static void execute(const char *text)
{
	sqlite3 *handle;

	ck_assert_int_eq(sqlite3_open(settings.path, &handle), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(handle, text, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(handle);
}

static int64_t asked(sqlite3 *handle, const char *text)
{
	sqlite3_stmt *statement;

	ck_assert_int_eq(sqlite3_prepare_v2(handle, text, -1, &statement, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);

	int64_t answer = sqlite3_column_int64(statement, 0);

	sqlite3_finalize(statement);
	return answer;
}

static void assert_file_is(const char *text)
{
	char *found = tree_read(&tree, "store.db");

	ck_assert_str_eq(found, text);
	free(found);
}

START_TEST(makes_a_file_that_tells_whose_it_is)
{
	char *file;

	open_or_fail();
	ck_assert_int_eq(asked(database.handles[ROLE_READER], "PRAGMA application_id"), 0x436f7262);
	ck_assert_int_eq(asked(database.handles[ROLE_READER], "PRAGMA user_version"), 1);
	close_now();
	file = tree_read(&tree, "store.db");
	ck_assert_ptr_nonnull(file);
	free(file);
	ck_assert_ptr_null(tree_read(&tree, "store.db-wal"));
	open_or_fail();
}
END_TEST

START_TEST(takes_an_empty_file_for_a_new_one)
{
	tree_write(&tree, "store.db", "");
	open_or_fail();
}
END_TEST

START_TEST(syncs_as_far_as_it_is_asked_to)
{
	open_or_fail();
	ck_assert_int_eq(asked(database.handles[ROLE_WRITER], "PRAGMA synchronous"), 1);
	close_now();
	settings.survives_power_cut = true;
	open_or_fail();
	ck_assert_int_eq(asked(database.handles[ROLE_WRITER], "PRAGMA synchronous"), 2);
}
END_TEST

START_TEST(opens_beside_itself)
{
	struct database other;

	open_or_fail();
	ck_assert_int_eq(
		sqlite3_exec(database.handles[ROLE_WRITER], "BEGIN IMMEDIATE", NULL, NULL, NULL),
		SQLITE_OK);
	ck_assert_int_eq(database_open(&other, &settings, &error), 0);
	database_close(&other);
	ck_assert_int_eq(sqlite3_exec(database.handles[ROLE_WRITER], "COMMIT", NULL, NULL, NULL),
			 SQLITE_OK);
}
END_TEST

START_TEST(refuses_what_is_no_database_and_keeps_it)
{
	char garbage[4001];

	memset(garbage, 'g', 4000);
	garbage[4000] = '\0';
	tree_write(&tree, "store.db", garbage);
	assert_refused(-EUCLEAN, "not a database", "kept as it is");
	assert_file_is(garbage);
	tree_write(&tree, "store.db", "short");
	assert_refused(-EUCLEAN, "not a database", "kept as it is");
	assert_file_is("short");
}
END_TEST

START_TEST(refuses_a_file_that_was_cut_and_keeps_it)
{
	struct stat status;

	open_or_fail();
	close_now();
	ck_assert_int_eq(truncate(settings.path, 4096 + 100), 0);
	assert_refused(-EUCLEAN, "malformed", "kept as it is");
	ck_assert_int_eq(stat(settings.path, &status), 0);
	ck_assert_int_eq(status.st_size, 4096 + 100);
}
END_TEST

START_TEST(refuses_the_database_of_another_program)
{
	execute("CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)");
	assert_refused(-EMEDIUMTYPE, "another program", "set file to another path");
	execute("PRAGMA application_id = 7; SELECT a FROM theirs");
	assert_refused(-EMEDIUMTYPE, "another program", "set file to another path");
}
END_TEST

START_TEST(refuses_a_file_of_a_newer_version)
{
	open_or_fail();
	close_now();
	execute("PRAGMA user_version = 2");
	assert_refused(-EMEDIUMTYPE, "has format 2, this store knows format 1", "install");
	execute("PRAGMA user_version = 1");
	open_or_fail();
}
END_TEST

START_TEST(refuses_a_file_whose_tables_are_gone)
{
	open_or_fail();
	close_now();
	execute("DROP TABLE entry");
	assert_refused(-EUCLEAN, "no such table: entry", "kept as it is");
}
END_TEST

START_TEST(names_a_folder_that_is_missing)
{
	free(settings.path);
	settings.path = strdup(tree_path(&tree, "no/store.db"));
	assert_refused(-ENOENT, "No such file or directory", "make its folder");
}
END_TEST

START_TEST(refuses_a_folder_in_the_place_of_the_file)
{
	ck_assert_int_eq(mkdir(settings.path, 0700), 0);
	assert_refused(-EISDIR, "Is a directory", "set file to another path");
}
END_TEST

/* What root may not write either takes a read-only mount. */
static void become_somebody_else(void)
{
	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(SOMEBODY_ELSE), 0);
}

static void become_oneself(void)
{
	ck_assert_int_eq(seteuid(getuid()), 0);
}

START_TEST(names_a_file_that_may_not_be_written)
{
	open_or_fail();
	close_now();
	ck_assert_int_eq(chmod(settings.path, 0444), 0);
	become_somebody_else();
	assert_refused(-EACCES, "Permission denied", "let the user of this host write");
	become_oneself();
}
END_TEST

START_TEST(names_a_folder_that_may_not_be_written)
{
	ck_assert_int_eq(chmod(tree.root, 0555), 0);
	become_somebody_else();
	assert_refused(-EACCES, "Permission denied", "let the user of this host write");
	become_oneself();
	ck_assert_int_eq(chmod(tree.root, 0755), 0);
}
END_TEST

START_TEST(names_a_folder_that_may_not_be_written_where_the_file_may)
{
	open_or_fail();
	close_now();
	ck_assert_int_eq(chmod(settings.path, 0666), 0);
	ck_assert_int_eq(chmod(tree.root, 0555), 0);
	become_somebody_else();
	assert_refused(-EACCES, "Permission denied", "let the user of this host write");
	become_oneself();
	ck_assert_int_eq(chmod(tree.root, 0755), 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("store_database");
	TCase *taken = tcase_create("taken");
	TCase *refused = tcase_create("refused");

	tcase_add_checked_fixture(taken, setup, teardown);
	tcase_add_test(taken, makes_a_file_that_tells_whose_it_is);
	tcase_add_test(taken, takes_an_empty_file_for_a_new_one);
	tcase_add_test(taken, syncs_as_far_as_it_is_asked_to);
	tcase_add_test(taken, opens_beside_itself);
	suite_add_tcase(suite, taken);
	tcase_add_checked_fixture(refused, setup, teardown);
	tcase_add_test(refused, refuses_what_is_no_database_and_keeps_it);
	tcase_add_test(refused, refuses_a_file_that_was_cut_and_keeps_it);
	tcase_add_test(refused, refuses_the_database_of_another_program);
	tcase_add_test(refused, refuses_a_file_of_a_newer_version);
	tcase_add_test(refused, refuses_a_file_whose_tables_are_gone);
	tcase_add_test(refused, names_a_folder_that_is_missing);
	tcase_add_test(refused, refuses_a_folder_in_the_place_of_the_file);
	tcase_add_test(refused, names_a_file_that_may_not_be_written);
	tcase_add_test(refused, names_a_folder_that_may_not_be_written);
	tcase_add_test(refused, names_a_folder_that_may_not_be_written_where_the_file_may);
	suite_add_tcase(suite, refused);
	return suite;
}
