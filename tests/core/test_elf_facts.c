/* SPDX-License-Identifier: MIT */
/* Tests of the facts in a shared object's dynamic section and symbols. */
#include <check.h>
#include <fcntl.h>
#include <unistd.h>

#include "elf_facts.h"
#include "zoo/zoo.h"

Suite *test_suite(void);

static int fd = -1;
static struct elf_file file;
static struct elf_facts facts;

static void facts_of(const char *name)
{
	struct corbel_error error = { "" };
	char path[4096];

	fd = open(zoo_path(path, name), O_RDONLY | O_CLOEXEC);
	ck_assert_msg(elf_file_open(&file, fd, name, &error) == 0, "%s", error.text);
	ck_assert_msg(elf_facts_read(&facts, &file, "corbel_plugin") == 0, "%s", error.text);
}

static void teardown(void)
{
	elf_file_close(&file);
	close(fd);
}

START_TEST(a_sound_plugin_has_an_entry_and_no_hazard)
{
	facts_of("well");
	ck_assert(facts.has_entry);
	ck_assert(!facts.nodelete);
	ck_assert(!facts.static_tls);
	ck_assert(!facts.text_relocations);
	ck_assert(!facts.executable_stack);
	ck_assert_ptr_null(facts.unique);
	ck_assert_ptr_null(facts.stray);
}
END_TEST

START_TEST(sees_what_keeps_an_image_mapped)
{
	facts_of("nodelete");
	ck_assert(facts.nodelete);
	teardown();
	facts_of("unique");
	ck_assert_ptr_nonnull(facts.unique);
	ck_assert_str_eq(facts.unique, "zoo_unique");
	ck_assert(!facts.nodelete);
}
END_TEST

START_TEST(sees_calls_that_may_keep_it_mapped)
{
	facts_of("well");
	ck_assert(!facts.on_exit && !facts.thread_exit && !facts.opens);
	teardown();
	facts_of("on_exit");
	ck_assert(facts.on_exit);
	teardown();
	facts_of("thread_local_destructor");
	ck_assert(facts.thread_exit);
	teardown();
	facts_of("lingers");
	ck_assert(facts.opens);
	ck_assert(!facts.on_exit);
}
END_TEST

START_TEST(sees_initial_exec_variables_of_its_own)
{
	facts_of("static_tls");
	ck_assert(facts.static_tls);
}
END_TEST

START_TEST(sees_what_weakens_the_process)
{
	facts_of("text_relocations");
	ck_assert(facts.text_relocations);
	teardown();
	facts_of("executable_stack");
	ck_assert(facts.executable_stack);
}
END_TEST

START_TEST(sees_the_need_for_a_sanitizer)
{
	facts_of("needs_sanitizer");
	ck_assert(facts.address_sanitizer);
}
END_TEST

START_TEST(sees_a_missing_entry_and_other_exports)
{
	facts_of("no_entry");
	ck_assert(!facts.has_entry);
	ck_assert_str_eq(facts.stray, "corbel_plugging");
	teardown();
	facts_of("exports_more");
	ck_assert(facts.has_entry);
	ck_assert_str_eq(facts.stray, "zoo_stray");
	ck_assert_uint_eq(facts.stray_count, 1);
}
END_TEST

START_TEST(sees_where_libraries_are_looked_for)
{
	facts_of("runpath_own");
	ck_assert_str_eq(facts.runpath, "$ORIGIN/private");
	ck_assert_ptr_null(facts.rpath);
	ck_assert_ptr_null(facts.library_path);
	teardown();
	facts_of("rpath_outside");
	ck_assert_str_eq(facts.rpath, "/opt/elsewhere");
	ck_assert_ptr_null(facts.runpath);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("elf_facts");
	TCase *tests = tcase_create("elf_facts");

	tcase_add_checked_fixture(tests, NULL, teardown);
	tcase_add_test(tests, a_sound_plugin_has_an_entry_and_no_hazard);
	tcase_add_test(tests, sees_what_keeps_an_image_mapped);
	tcase_add_test(tests, sees_calls_that_may_keep_it_mapped);
	tcase_add_test(tests, sees_initial_exec_variables_of_its_own);
	tcase_add_test(tests, sees_what_weakens_the_process);
	tcase_add_test(tests, sees_the_need_for_a_sanitizer);
	tcase_add_test(tests, sees_a_missing_entry_and_other_exports);
	tcase_add_test(tests, sees_where_libraries_are_looked_for);
	suite_add_tcase(suite, tests);
	return suite;
}
