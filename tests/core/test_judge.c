/* SPDX-License-Identifier: MIT */
/* Tests of the judge: every animal of the zoo gets the verdict and the words that it deserves. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "judge.h"
#include "zoo/zoo.h"

Suite *test_suite(void);

/* Relaxed: a build tree may stand anywhere. Trust has tests of its own. */
static struct verdict verdict;
static struct corbel_error error;

static void teardown(void)
{
	verdict_fini(&verdict);
}

static void accepts(const char *name)
{
	char path[4096];

	ck_assert_msg(judge_file(zoo_path(path, name), ZOO_TERMS, &verdict, &error) == 0, "%s",
		      error.text);
}

START_TEST(accepts_a_sound_plugin_with_all_it_says)
{
	char path[4096];

	accepts("well");
	ck_assert_str_eq(verdict.path, zoo_path(path, "well"));
	ck_assert_str_eq(verdict.manifest->name, "well");
	ck_assert_str_eq(verdict.manifest->version, "1.2.3");
	ck_assert_uint_eq(verdict.manifest->state_version, 2);
	ck_assert(!verdict.nodelete);
	ck_assert_uint_eq(complaints_count(&verdict.warnings), 0);
}
END_TEST

struct sentence {
	const char *name;
	int code;
	const char *words;
};

static const struct sentence refusals[] = {
	{ "no_manifest", -ENOEXEC,
	  "is a shared library but not a Corbel plugin: it has no manifest" },
	{ "two_manifests", -EINVAL, "several manifests" },
	{ "abi_too_new", -EPROTONOSUPPORT, "built for plugin ABI 2.0, this host offers 1.2" },
	{ "abi_minor_too_new", -EPROTONOSUPPORT, "built for plugin ABI 1.9, this host offers 1.2" },
	{ "bad_ini", -EINVAL, "manifest:3" },
	{ "duplicate_key", -EINVAL, "manifest:5" },
	{ "unknown_key", -EINVAL, "did you mean \"summary\"" },
	{ "no_entry", -ENOEXEC, "does not export the symbol corbel_plugin" },
	{ "text_relocations", -ENOTSUP, "-fPIC" },
	{ "executable_stack", -ENOTSUP, "noexecstack" },
	{ "missing", -ENOENT, "No such file" },
};

START_TEST(refuses_in_words)
{
	const struct sentence *sentence = &refusals[_i];
	char path[4096];

	ck_assert_int_eq(judge_file(zoo_path(path, sentence->name), ZOO_TERMS, &verdict, &error),
			 sentence->code);
	ck_assert_msg(strncmp(error.text, path, strlen(path)) == 0, "no path: %s", error.text);
	ck_assert_msg(strstr(error.text, sentence->words) != NULL, "no \"%s\" in: %s",
		      sentence->words, error.text);
	ck_assert_ptr_null(verdict.path);
}
END_TEST

static const struct sentence warnings[] = {
	{ "nodelete", 0, "is linked NODELETE" },
	{ "unique", 0, "unique symbol zoo_unique" },
	{ "on_exit", 0, "calls on_exit(), which cannot be undone" },
	{ "static_tls", 0, "initial-exec" },
	{ "exports_more", 0, "exports zoo_stray" },
};

START_TEST(accepts_with_a_warning)
{
	accepts(warnings[_i].name);
	ck_assert_uint_ge(verdict.warnings.count, 1);
	ck_assert_msg(strstr(verdict.warnings.texts[0], warnings[_i].words) != NULL, "%s",
		      verdict.warnings.texts[0]);
}
END_TEST

START_TEST(refuses_a_sanitizer_that_this_process_does_not_run)
{
	char path[4096];
	int result = judge_file(zoo_path(path, "needs_sanitizer"), ZOO_TERMS, &verdict, &error);

#ifdef __SANITIZE_ADDRESS__
	ck_assert_msg(result == 0, "%s", error.text);
#else
	ck_assert_int_eq(result, -ENOTSUP);
	ck_assert_ptr_nonnull(strstr(error.text, "AddressSanitizer"));
#endif
}
END_TEST

static void write_file(const char *path, const void *bytes, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, size), (ssize_t)size);
	close(fd);
}

START_TEST(refuses_text_nothing_and_cut_files)
{
	char folder[] = "/tmp/corbel-judge.XXXXXX", path[64];
	size_t size;
	unsigned char *bytes = zoo_read("well", &size);

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/text.so", folder);
	write_file(path, "hello\n", 6);
	ck_assert_int_eq(judge_file(path, ZOO_TERMS, &verdict, &error), -ENOEXEC);
	ck_assert_ptr_nonnull(strstr(error.text, "is not an ELF file"));
	write_file(path, "", 0);
	ck_assert_int_eq(judge_file(path, ZOO_TERMS, &verdict, &error), -ENOEXEC);
	ck_assert_ptr_nonnull(strstr(error.text, "is not an ELF file"));
	for (size_t cut = 64; cut < size; cut += size / 50) {
		write_file(path, bytes, cut);
		ck_assert_int_eq(judge_file(path, ZOO_TERMS, &verdict, &error), -EBADMSG);
		ck_assert_ptr_nonnull(strstr(error.text, "damaged or cut short"));
	}
	ck_assert_int_eq(judge_file(folder, ZOO_TERMS, &verdict, &error), -EISDIR);
	unlink(path);
	rmdir(folder);
	free(bytes);
}
END_TEST

/* Where libraries come from is a matter of trust, and so judged where a plugin is trusted. */
static const struct {
	const char *name, *words, *relaxed; /* NULL: accepted */
} run_paths[] = {
	{ "runpath_own", NULL, NULL },
	{ "runpath_outside", "its libraries in \"/opt/elsewhere\", outside", NULL },
	{ "rpath_outside", "its libraries in \"/opt/elsewhere\", outside", NULL },
	{ "runpath_relative", "its libraries in \"lib\"", "its libraries in \"lib\"" },
};

static void then_its_libraries_are(const char *path, const struct judge_terms *terms,
				   const char *words)
{
	int result = judge_file(path, terms, &verdict, &error);

	ck_assert_msg(result == (words ? -EPERM : 0), "%s", error.text);
	if (words)
		ck_assert_msg(strstr(error.text, words) != NULL, "%s", error.text);
	verdict_fini(&verdict);
}

START_TEST(judges_where_the_libraries_come_from)
{
	char folder[] = "/tmp/corbel-judge.XXXXXX", path[64];
	const struct judge_terms strict = { 0 };
	size_t size;
	unsigned char *bytes = zoo_read(run_paths[_i].name, &size);

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/well.so", folder);
	write_file(path, bytes, size);
	ck_assert_int_eq(chmod(path, 0644), 0);
	then_its_libraries_are(path, &strict, run_paths[_i].words);
	then_its_libraries_are(path, ZOO_TERMS, run_paths[_i].relaxed);
	unlink(path);
	rmdir(folder);
	free(bytes);
}
END_TEST

START_TEST(a_copy_is_judged_as_its_original_stood)
{
	const struct judge_terms terms = { .origin = "/opt/elsewhere/well.so" };
	char folder[] = "/tmp/corbel-judge.XXXXXX", path[64];
	size_t size;
	unsigned char *bytes = zoo_read("runpath_outside", &size);

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/copy.so", folder);
	write_file(path, bytes, size);
	then_its_libraries_are(path, &terms, NULL);
	unlink(path);
	rmdir(folder);
	free(bytes);
}
END_TEST

START_TEST(refuses_a_library_that_is_needed_by_its_path)
{
	char folder[] = "/tmp/corbel-judge.XXXXXX", path[64];
	size_t size;
	unsigned char *bytes = zoo_read("exits_at_load", &size);
	char *name = memmem(bytes, size, "libc.so.6", 10);

	ck_assert_ptr_nonnull(name);
	memcpy(name, "./c.so.6", 9);
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/well.so", folder);
	write_file(path, bytes, size);
	then_its_libraries_are(path, ZOO_TERMS, "needs the library ./c.so.6 by its path");
	unlink(path);
	rmdir(folder);
	free(bytes);
}
END_TEST

START_TEST(a_stamp_differs_after_every_change)
{
	char path[] = "/tmp/corbel-judge.XXXXXX";
	int fd = mkstemp(path);
	struct stat before, after;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fstat(fd, &before), 0);
	ck_assert_int_eq(fstat(fd, &after), 0);
	ck_assert(judge_stamp_equals(&before, &after));
	ck_assert_int_eq(write(fd, "x", 1), 1);
	ck_assert_int_eq(fstat(fd, &after), 0);
	ck_assert(!judge_stamp_equals(&before, &after));
	close(fd);
	unlink(path);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("judge");
	TCase *tests = tcase_create("judge");

	tcase_add_checked_fixture(tests, NULL, teardown);
	tcase_add_test(tests, accepts_a_sound_plugin_with_all_it_says);
	tcase_add_loop_test(tests, refuses_in_words, 0,
			    (int)(sizeof(refusals) / sizeof(refusals[0])));
	tcase_add_loop_test(tests, accepts_with_a_warning, 0,
			    (int)(sizeof(warnings) / sizeof(warnings[0])));
	tcase_add_test(tests, refuses_a_sanitizer_that_this_process_does_not_run);
	tcase_add_test(tests, refuses_text_nothing_and_cut_files);
	tcase_add_loop_test(tests, judges_where_the_libraries_come_from, 0,
			    (int)(sizeof(run_paths) / sizeof(run_paths[0])));
	tcase_add_test(tests, a_copy_is_judged_as_its_original_stood);
	tcase_add_test(tests, refuses_a_library_that_is_needed_by_its_path);
	tcase_add_test(tests, a_stamp_differs_after_every_change);
	suite_add_tcase(suite, tests);
	return suite;
}
