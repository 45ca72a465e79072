/* SPDX-License-Identifier: MIT */
/* Trial loads: every way in which a load can go wrong is told, and nothing of it stays. */
#include <check.h>
#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "trial.h"
#include "zoo/zoo.h"

#define TIMEOUT (5 * CORBEL_SECOND)

Suite *test_suite(void);

static struct loop *loop;
static struct trial *trial;
static struct corbel_error words;
static enum corbel_reload_outcome outcome;
static int endings;

/* Time stands still unless a test moves it. */
static void given_a_loop(void)
{
	endings = 0;
	ck_assert_int_eq(loop_new(0, &loop), 0);
	loop_set_virtual(loop, 1);
}

static void then_no_process_is_left(void)
{
	ck_assert_int_eq(waitpid(-1, NULL, 0), -1);
	ck_assert_int_eq(errno, ECHILD);
	loop_free(loop);
}

static void ended(void *data, enum corbel_reload_outcome how, const struct corbel_error *error)
{
	ck_assert_ptr_null(data);
	endings++;
	outcome = how;
	words = *error;
}

static void start(const char *file, enum corbel_reload_fault fault)
{
	struct trial_options options = {
		.probe = TEST_BUILDDIR "/host/corbel-probe",
		.file = file,
		.timeout = TIMEOUT,
		.fault = fault,
	};
	int result = trial_start(loop_control(loop), &options, ended, NULL, &trial, &words);

	ck_assert_msg(result == 0, "%s", words.text);
}

static void then_it_ends(enum corbel_reload_outcome expected, const char *said)
{
	while (!endings)
		loop_dispatch(loop, -1);
	ck_assert_msg(outcome == expected, "%s, not %s: %s", corbel_reload_outcome_name(outcome),
		      corbel_reload_outcome_name(expected), words.text);
	ck_assert_msg(strstr(words.text, said) != NULL, "no \"%s\" in: %s", said, words.text);
	/* Once and for all. */
	loop_advance(loop, TIMEOUT);
	loop_dispatch(loop, 0);
	ck_assert_int_eq(endings, 1);
}

struct trouble {
	const char *name;
	enum corbel_reload_outcome outcome;
	const char *words;
};

static const struct trouble troubles[] = {
	{ "well", CORBEL_RELOAD_DONE, "" },
	{ "prints_at_load", CORBEL_RELOAD_DONE, "" },
	{ "unresolved", CORBEL_RELOAD_LOAD_FAILED, "undefined symbol: zoo_nobody_has_this" },
	{ "abi_lies", CORBEL_RELOAD_LOAD_FAILED, "its entry table is for plugin ABI 2.0" },
	{ "crashes_at_load", CORBEL_RELOAD_INIT_CRASHED, "SIGILL in its code at 0x" },
	{ "aborts_at_load", CORBEL_RELOAD_INIT_CRASHED, "SIGABRT in libc.so.6" },
	{ "aborts_at_load", CORBEL_RELOAD_INIT_CRASHED, ", called from its code at 0x" },
	{ "killed_at_load", CORBEL_RELOAD_INIT_CRASHED, "signal 9 (Killed)" },
	{ "exits_at_load", CORBEL_RELOAD_INIT_FAILED, "ended the process with status 0" },
	{ "leaves_at_load", CORBEL_RELOAD_INIT_FAILED, "ended the process with status 0" },
};

START_TEST(tells_how_a_load_goes)
{
	const struct trouble *trouble = &troubles[_i];
	char path[4096];

	start(zoo_path(path, trouble->name), CORBEL_FAULT_NONE);
	then_it_ends(trouble->outcome, trouble->words);
	if (trouble->outcome != CORBEL_RELOAD_DONE)
		ck_assert_ptr_nonnull(strstr(words.text, path));
}
END_TEST

START_TEST(tells_of_a_load_that_hangs_and_kills_it)
{
	char path[4096];

	start(zoo_path(path, "hangs_at_load"), CORBEL_FAULT_NONE);
	loop_dispatch(loop, 0);
	ck_assert_int_eq(endings, 0);
	loop_advance(loop, TIMEOUT);
	then_it_ends(CORBEL_RELOAD_INIT_HUNG, "has not come back after 5 s (trial-timeout");
}
END_TEST

START_TEST(ends_what_a_constructor_has_started)
{
	char path[4096];
	int status;

	/* Given that orphans come to us. */
	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	start(zoo_path(path, "forks_at_load"), CORBEL_FAULT_NONE);
	then_it_ends(CORBEL_RELOAD_DONE, "");
	ck_assert_int_gt(waitpid(-1, &status, 0), 0);
	ck_assert_int_eq(WTERMSIG(status), SIGKILL);
}
END_TEST

static void write_file(char path[], const void *bytes, size_t size)
{
	int file = mkstemp(path);

	ck_assert_int_ge(file, 0);
	ck_assert_int_eq(write(file, bytes, size), (ssize_t)size);
	close(file);
}

START_TEST(tells_of_a_file_that_is_cut_short)
{
	char path[] = "/tmp/corbel-trial.XXXXXX";
	size_t size;
	unsigned char *bytes = zoo_read("well", &size);

	write_file(path, bytes, size / 2);
	start(path, CORBEL_FAULT_NONE);
	then_it_ends(CORBEL_RELOAD_LOAD_FAILED, "damaged or cut short");
	unlink(path);
	free(bytes);
}
END_TEST

/* The first relocation goes far out of the file: nothing that is read before the load shows it. */
static void damage(unsigned char *bytes)
{
	const Elf64_Ehdr *header = (const void *)bytes;
	const Elf64_Shdr *sections = (const void *)(bytes + header->e_shoff);

	for (unsigned int i = 0; i < header->e_shnum; i++)
		if (sections[i].sh_type == SHT_RELA) {
			((Elf64_Rela *)(void *)(bytes + sections[i].sh_offset))->r_offset =
				(Elf64_Addr)1 << 46;
			return;
		}
	ck_abort_msg("no relocations in it");
}

START_TEST(tells_of_a_file_that_the_loader_dies_of)
{
	char path[] = "/tmp/corbel-trial.XXXXXX";
	size_t size;
	unsigned char *bytes = zoo_read("well", &size);

	damage(bytes);
	write_file(path, bytes, size);
	start(path, CORBEL_FAULT_NONE);
	then_it_ends(CORBEL_RELOAD_LOAD_CRASHED, "SIGSEGV in ld-linux");
	unlink(path);
	free(bytes);
}
END_TEST

START_TEST(plays_faults)
{
	char path[4096];

	start(zoo_path(path, "well"), CORBEL_FAULT_LOAD_CRASH);
	then_it_ends(CORBEL_RELOAD_LOAD_CRASHED, "SIGBUS");
	endings = 0;
	start(path, CORBEL_FAULT_INIT_CRASH);
	then_it_ends(CORBEL_RELOAD_INIT_CRASHED, "SIGSEGV");
}
END_TEST

START_TEST(a_cancelled_one_tells_nothing)
{
	char path[4096];

	start(zoo_path(path, "hangs_at_load"), CORBEL_FAULT_NONE);
	trial_cancel(trial);
	trial_cancel(NULL);
	loop_advance(loop, TIMEOUT);
	loop_dispatch(loop, 0);
	ck_assert_int_eq(endings, 0);
}
END_TEST

static void cancel(void *data, enum corbel_reload_outcome how, const struct corbel_error *error)
{
	trial_cancel(trial);
	ended(data, how, error);
}

START_TEST(may_be_cancelled_while_it_tells)
{
	char path[4096];
	struct trial_options options = {
		.probe = TEST_BUILDDIR "/host/corbel-probe",
		.file = zoo_path(path, "well"),
		.timeout = TIMEOUT,
	};

	ck_assert_int_eq(trial_start(loop_control(loop), &options, cancel, NULL, &trial, &words),
			 0);
	then_it_ends(CORBEL_RELOAD_DONE, "");
}
END_TEST

START_TEST(tells_that_there_is_no_probe)
{
	struct trial_options options = { .probe = "/nonexistent/probe", .file = "/f" };

	ck_assert_int_eq(trial_start(loop_control(loop), &options, ended, NULL, &trial, &words),
			 -ENOENT);
	ck_assert_str_eq(words.text, "/f: cannot start /nonexistent/probe, to try it: No such file "
				     "or directory (install corbeld, or set probe in [corbel])");
}
END_TEST

START_TEST(tells_that_the_probe_is_another_program)
{
	struct trial_options options = { .probe = "/bin/false", .file = "/f", .timeout = TIMEOUT };

	ck_assert_int_eq(trial_start(loop_control(loop), &options, ended, NULL, &trial, &words), 0);
	then_it_ends(CORBEL_RELOAD_LOAD_FAILED, "/bin/false ended before it could try it");
}
END_TEST

Suite *test_suite(void)
{
	int self = pidfd_open(getpid(), 0);
	if (self < 0 && errno == ENOSYS) {
		puts("1..0 # SKIP pidfd_open(2) is missing here (valgrind before 3.22 lacks it)");
		exit(77);
	}
	close(self);

	Suite *suite = suite_create("trial");
	TCase *tests = tcase_create("trial");

	tcase_add_checked_fixture(tests, given_a_loop, then_no_process_is_left);
	tcase_add_loop_test(tests, tells_how_a_load_goes, 0,
			    (int)(sizeof(troubles) / sizeof(troubles[0])));
	tcase_add_test(tests, tells_of_a_load_that_hangs_and_kills_it);
	tcase_add_test(tests, ends_what_a_constructor_has_started);
	tcase_add_test(tests, tells_of_a_file_that_is_cut_short);
	tcase_add_test(tests, tells_of_a_file_that_the_loader_dies_of);
	tcase_add_test(tests, plays_faults);
	tcase_add_test(tests, a_cancelled_one_tells_nothing);
	tcase_add_test(tests, may_be_cancelled_while_it_tells);
	tcase_add_test(tests, tells_that_there_is_no_probe);
	tcase_add_test(tests, tells_that_the_probe_is_another_program);
	tcase_set_timeout(tests, 60);
	suite_add_tcase(suite, tests);
	return suite;
}
