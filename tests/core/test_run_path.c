/* SPDX-License-Identifier: MIT */
/* Tests of run paths: what leads out of the plugin's folder and the system's is refused. */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "run_path.h"

Suite *test_suite(void);

#define PLUGIN "/opt/corbel/plugins/guest.so"

static struct corbel_error error;

static int judge(const char *list, bool is_relaxed)
{
	const struct elf_facts old = { .rpath = list }, new = { .runpath = list };
	int result = run_path_judge(&new, PLUGIN, is_relaxed, &error);

	ck_assert_int_eq(run_path_judge(&old, PLUGIN, is_relaxed, &error), result);
	return result;
}

static const char *const fit[] = {
	"",
	"$ORIGIN",
	"${ORIGIN}",
	"$ORIGIN/",
	"$ORIGIN/private/lib",
	"$ORIGIN/..private",
	"/opt/corbel/plugins",
	"/opt/corbel/plugins/private",
	"/usr/lib",
	"/usr/lib/x86_64-linux-gnu",
	"/usr/lib/$LIB",
	"/lib64",
	"/usr/local/lib",
	"$ORIGIN:/usr/lib:${ORIGIN}/lib",
};

START_TEST(takes_the_folder_of_the_plugin_and_those_of_the_system)
{
	ck_assert_msg(judge(fit[_i], false) == 0, "%s: %s", fit[_i], error.text);
	ck_assert_int_eq(judge(fit[_i], true), 0);
}
END_TEST

static const char *const outside[] = {
	"/tmp",
	"/",
	"/usr",
	"/usr/libx",
	"/home/builder/lib",
	"/opt/corbel",
	"/opt/corbel/plugins2",
	"/usr/lib/../../tmp",
	"$ORIGIN/..",
	"$ORIGIN/../lib",
	"${ORIGIN}/private/../../lib",
	"$ORIGIN:/tmp",
	"/tmp:$ORIGIN",
	"/usr/lib:/tmp:/usr/lib",
};

START_TEST(refuses_what_leads_out_of_them)
{
	ck_assert_msg(judge(outside[_i], false) == -EPERM, "%s", outside[_i]);
	ck_assert_ptr_nonnull(strstr(error.text, "outside of its own folder and the system's"));
	ck_assert_ptr_nonnull(strstr(error.text, "(link it without"));
	ck_assert_int_eq(judge(outside[_i], true), 0);
}
END_TEST

static const char *const loose[] = {
	":",
	"lib",
	".",
	"..",
	"$ORIGIN:",
	":/usr/lib",
	"/usr/lib::/lib",
	"$LIB/x",
	"$ORIGINAL/x",
	"$ORIGIN.evil",
	"${ORIGIN}x",
	"${ORIGIN",
	"$HOME/lib",
};

START_TEST(refuses_what_is_another_folder_in_each_process)
{
	ck_assert_msg(judge(loose[_i], false) == -EPERM, "%s", loose[_i]);
	ck_assert_ptr_nonnull(strstr(error.text, "another folder in each process"));
	ck_assert_int_eq(judge(loose[_i], true), -EPERM);
}
END_TEST

START_TEST(refuses_a_library_by_its_path)
{
	const struct elf_facts facts = { .library_path = "./libprivate.so" };

	ck_assert_int_eq(run_path_judge(&facts, PLUGIN, true, &error), -EPERM);
	ck_assert_ptr_nonnull(strstr(error.text, "needs the library ./libprivate.so by its path"));
}
END_TEST

#define COUNT(list) (int)(sizeof(list) / sizeof(*(list)))

Suite *test_suite(void)
{
	Suite *suite = suite_create("run_path");
	TCase *tests = tcase_create("run_path");

	tcase_add_loop_test(tests, takes_the_folder_of_the_plugin_and_those_of_the_system, 0,
			    COUNT(fit));
	tcase_add_loop_test(tests, refuses_what_leads_out_of_them, 0, COUNT(outside));
	tcase_add_loop_test(tests, refuses_what_is_another_folder_in_each_process, 0, COUNT(loose));
	tcase_add_test(tests, refuses_a_library_by_its_path);
	suite_add_tcase(suite, tests);
	return suite;
}
