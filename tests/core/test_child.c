/* SPDX-License-Identifier: MIT */
/* Children: what they get, how their end is told, and that none outlives its ledger. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "latch.h"

Suite *test_suite(void);

static struct loop *loop;
static struct strand *strand;
static struct ledger ledger;
static int exits, last_status, output[2];

static void given_a_loop(void)
{
	exits = 0;
	ledger_init(&ledger);
	ck_assert_int_eq(loop_new(0, &loop), 0);
	ck_assert_int_eq(strand_new(loop, NULL, "test", false, &strand), 0);
	ck_assert_int_eq(pipe2(output, O_CLOEXEC), 0);
}

static void then_all_goes(void)
{
	strand_free(strand);
	loop_free(loop);
	ledger_fini(&ledger);
	close(output[0]);
	close(output[1]);
}

static void exited(void *data, int status)
{
	(void)data;
	exits++;
	last_status = status;
}

static int spawn_program(const char *const *arguments, struct corbel_child **out)
{
	struct corbel_child_options options = { .size = sizeof(options),
						.arguments = arguments,
						.input = -1,
						.output = output[1],
						.error = -1 };

	return child_spawn(strand, &ledger, &options, exited, NULL, out);
}

static struct corbel_child *spawn_shell(const char *script)
{
	struct corbel_child *child;
	const char *arguments[] = { "/bin/sh", "-c", script, NULL };

	ck_assert_int_eq(spawn_program(arguments, &child), 0);
	return child;
}

static void wait_for_exit(void)
{
	while (exits == 0)
		loop_dispatch(loop, -1);
}

static const char *read_output(void)
{
	static char text[4096];
	size_t length = 0;

	close(output[1]);
	output[1] = -1;
	for (ssize_t count;
	     (count = read(output[0], text + length, sizeof(text) - 1 - length)) > 0;)
		length += (size_t)count;
	text[length] = '\0';
	return text;
}

START_TEST(tells_the_status_of_the_end)
{
	spawn_shell("exit 7");
	wait_for_exit();
	ck_assert(WIFEXITED(last_status));
	ck_assert_int_eq(WEXITSTATUS(last_status), 7);
	ck_assert_uint_eq(ledger.count, 0);
}
END_TEST

START_TEST(tells_the_signal_that_ended_it)
{
	struct corbel_child *child =
		spawn_shell("echo on; read line < /dev/tty; kill -STOP $$; exec sleep 1000");
	char text[3];

	ck_assert_int_eq(read(output[0], text, 3), 3);
	ck_assert_int_eq(child_signal(child, SIGKILL), 0);
	wait_for_exit();
	ck_assert(WIFSIGNALED(last_status));
	ck_assert_int_eq(WTERMSIG(last_status), SIGKILL);
}
END_TEST

START_TEST(gives_it_three_descriptors_and_no_other)
{
	int leaked = open("/dev/null", O_RDONLY);

	spawn_shell("cd /proc/self/fd && echo *");
	wait_for_exit();
	/* The shell's own reading of the folder has a fourth. */
	ck_assert_str_eq(read_output(), "0 1 2 3\n");
	close(leaked);
}
END_TEST

START_TEST(its_descriptors_are_right_even_crosswise)
{
	static const char *const arguments[] = { "/bin/sh", "-c", "cat; echo error >&2", NULL };
	int input[2], error[2], saved[3];
	struct corbel_child *child;
	char text[16] = "";

	ck_assert_int_eq(pipe2(input, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(error, O_CLOEXEC), 0);
	for (int i = 0; i < 3; i++)
		saved[i] = fcntl(i, F_DUPFD_CLOEXEC, 20);
	/* Given that the sources are 0, 1 and 2 themselves, in another order. */
	dup2(output[1], 0);
	dup2(error[1], 1);
	dup2(input[0], 2);
	struct corbel_child_options options = {
		.size = sizeof(options), .arguments = arguments, .input = 2, .output = 0, .error = 1
	};
	int code = child_spawn(strand, &ledger, &options, exited, NULL, &child);
	for (int i = 0; i < 3; i++)
		dup2(saved[i], i);
	ck_assert_int_eq(code, 0);
	ck_assert_int_eq(write(input[1], "hello\n", 6), 6);
	close(input[1]);
	wait_for_exit();
	ck_assert_str_eq(read_output(), "hello\n");
	ck_assert_int_eq(read(error[0], text, 6), 6);
	ck_assert_str_eq(text, "error\n");
}
END_TEST

START_TEST(has_default_signals_a_group_of_its_own_and_a_minimal_environment)
{
	sigset_t all;
	unsigned long long blocked, ignored;
	char rest[64];

	setenv("SECRET", "1", 1);
	signal(SIGUSR1, SIG_IGN);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	spawn_shell("grep -E '^Sig(Blk|Ign)' /proc/self/status | tr -s '\\t\\n' '  ';"
		    "cut -d' ' -f5 /proc/$$/stat | grep -qx $$ && echo own; echo $PATH "
		    "$SECRET");
	wait_for_exit();
	ck_assert_int_eq(sscanf(read_output(), "SigBlk: %llx SigIgn: %llx %63[^*]", &blocked,
				&ignored, rest),
			 3);
	ck_assert_uint_eq(blocked, 0);
	/* The C library's own two, 32 and 33, it lets be ignored. */
	ck_assert_uint_eq(ignored & 0x7fffffff, 0);
	ck_assert_str_eq(rest, "own\n/usr/local/bin:/usr/bin:/bin\n");
}
END_TEST

START_TEST(refuses_what_cannot_be_run)
{
	static const char *const relative[] = { "sh", NULL }, *const missing[] = { "/nonexistent/x",
										   NULL };
	static const char *const nothing[] = { NULL };
	struct corbel_child *child = NULL;
	struct corbel_child_options small = { .size = 8, .arguments = missing };

	ck_assert_int_eq(spawn_program(relative, &child), -EINVAL);
	ck_assert_int_eq(spawn_program(nothing, &child), -EINVAL);
	ck_assert_int_eq(spawn_program(missing, &child), -ENOENT);
	ck_assert_int_eq(child_spawn(strand, &ledger, &small, exited, NULL, &child), -EINVAL);
	ck_assert_ptr_null(child);
	ck_assert_uint_eq(ledger.count, 0);
}
END_TEST

START_TEST(a_sweep_kills_the_whole_group_and_reaps)
{
	spawn_shell("sleep 1000 & echo up; trap '' TERM; wait");
	char text[3];

	ck_assert_int_eq(read(output[0], text, 3), 3);
	ck_assert_uint_eq(child_signal_all(&ledger, SIGTERM), 1);
	ck_assert_uint_eq(ledger_sweep(&ledger), 1);
	/* The end of the pipe comes when the grandchild is gone too. */
	ck_assert_str_eq(read_output(), "");
	/* A child that died slowly is reaped by the control strand. */
	while (waitid(P_ALL, 0, &(siginfo_t){ 0 }, WEXITED | WNOWAIT | WNOHANG) == 0)
		loop_dispatch(loop, 0);
	ck_assert_int_eq(errno, ECHILD);
	ck_assert_int_eq(exits, 0);
}
END_TEST

static void signal_it(void *data, int status)
{
	exited(NULL, status);
	last_status = child_signal(*(struct corbel_child **)data, SIGTERM);
}

START_TEST(an_ended_child_cannot_be_signalled)
{
	static const char *const arguments[] = { "/bin/true", NULL };
	struct corbel_child_options options = { .size = sizeof(options),
						.arguments = arguments,
						.input = -1,
						.output = -1,
						.error = -1 };
	struct corbel_child *child;

	ck_assert_int_eq(child_spawn(strand, &ledger, &options, signal_it, &child, &child), 0);
	wait_for_exit();
	ck_assert_int_eq(last_status, -ESRCH);
}
END_TEST

START_TEST(a_child_reaped_by_somebody_else_ends_without_a_status)
{
	spawn_shell("exit 1");
	while (waitpid(-1, NULL, 0) < 0)
		ck_assert_int_eq(errno, EINTR);
	wait_for_exit();
	ck_assert_int_eq(last_status, -1);
}
END_TEST

static void hit(void *data, int status)
{
	ck_assert_int_eq(status, 0);
	latch_hit(data);
}

START_TEST(many_children_on_a_pool_all_end)
{
	static const char *const arguments[] = { "/bin/true", NULL };
	struct corbel_child_options options = { .size = sizeof(options),
						.arguments = arguments,
						.input = -1,
						.output = -1,
						.error = -1 };
	unsigned rounds = (unsigned)test_rounds(50);
	struct latch latch = LATCH_INIT;
	struct corbel_child *child;
	struct strand *pooled;
	struct loop *pool;

	ck_assert_int_eq(loop_new(2, &pool), 0);
	ck_assert_int_eq(strand_new(pool, NULL, "pooled", false, &pooled), 0);
	for (unsigned i = 0; i < rounds; i++)
		ck_assert_int_eq(child_spawn(pooled, &ledger, &options, hit, &latch, &child), 0);
	latch_wait(&latch, rounds);
	strand_free(pooled);
	loop_free(pool);
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

	Suite *suite = suite_create("child");
	TCase *tests = tcase_create("child");

	tcase_add_checked_fixture(tests, given_a_loop, then_all_goes);
	tcase_add_test(tests, tells_the_status_of_the_end);
	tcase_add_test(tests, tells_the_signal_that_ended_it);
	tcase_add_test(tests, gives_it_three_descriptors_and_no_other);
	tcase_add_test(tests, its_descriptors_are_right_even_crosswise);
	tcase_add_test(tests, has_default_signals_a_group_of_its_own_and_a_minimal_environment);
	tcase_add_test(tests, refuses_what_cannot_be_run);
	tcase_add_test(tests, a_sweep_kills_the_whole_group_and_reaps);
	tcase_add_test(tests, an_ended_child_cannot_be_signalled);
	tcase_add_test(tests, a_child_reaped_by_somebody_else_ends_without_a_status);
	tcase_add_test(tests, many_children_on_a_pool_all_end);
	tcase_set_timeout(tests, 60);
	suite_add_tcase(suite, tests);
	return suite;
}
