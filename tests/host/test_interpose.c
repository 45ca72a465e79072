/* SPDX-License-Identifier: MIT */
/* Functions in the place of libc's: what no plugin calls goes through to libc. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "descriptors.h"

static volatile sig_atomic_t caught;

static void handle(int number)
{
	caught = number;
}

static int status_of(pid_t child)
{
	int status = -1;

	ck_assert_int_gt(child, 0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return status;
}

START_TEST(forks)
{
	pid_t child = fork();

	if (child == 0)
		_exit(3);
	ck_assert_int_eq(WEXITSTATUS(status_of(child)), 3);
}
END_TEST

START_TEST(exits)
{
	pid_t child = fork();

	if (child == 0)
		exit(4);
	ck_assert_int_eq(WEXITSTATUS(status_of(child)), 4);
}
END_TEST

START_TEST(aborts)
{
	pid_t child = fork();

	if (child == 0)
		abort();
	ck_assert_int_eq(WTERMSIG(status_of(child)), SIGABRT);
}
END_TEST

START_TEST(takes_and_sends_signals)
{
	struct sigaction action = { .sa_handler = handle }, old;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
	ck_assert(signal(SIGUSR2, handle) == SIG_DFL);
	ck_assert_int_eq(sigaction(SIGUSR2, NULL, &old), 0);
	ck_assert(old.sa_handler == handle);
	ck_assert_int_eq(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
	ck_assert_int_eq(kill(getpid(), SIGUSR1), 0);
	ck_assert_int_eq(caught, 0);
	ck_assert_int_eq(sigprocmask(SIG_UNBLOCK, &set, NULL), 0);
	ck_assert_int_eq(caught, SIGUSR1);
	ck_assert_int_eq(raise(SIGUSR2), 0);
	ck_assert_int_eq(caught, SIGUSR2);
	ck_assert_int_eq(pthread_kill(pthread_self(), SIGUSR1), 0);
	ck_assert_int_eq(caught, SIGUSR1);
}
END_TEST

static void *end_itself(void *data)
{
	pthread_exit(data);
}

START_TEST(makes_and_ends_threads)
{
	pthread_t thread;
	void *result = NULL;

	ck_assert_int_eq(pthread_create(&thread, NULL, end_itself, &result), 0);
	ck_assert_int_eq(pthread_join(thread, &result), 0);
	ck_assert_ptr_eq(result, &result);
}
END_TEST

START_TEST(changes_what_all_threads_share)
{
	char folder[16];

	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_str_eq(getcwd(folder, sizeof(folder)), "/");
	umask(022);
	ck_assert_uint_eq(umask(077), 022);
	ck_assert_uint_eq(umask(022), 077);
	ck_assert_int_eq(setenv("CORBEL_TEST", "1", 1), 0);
	ck_assert_str_eq(getenv("CORBEL_TEST"), "1");
	ck_assert_int_eq(unsetenv("CORBEL_TEST"), 0);
	ck_assert_ptr_null(getenv("CORBEL_TEST"));
	ck_assert_str_eq(setlocale(LC_ALL, "C"), "C");
}
END_TEST

/* One that is made by the host is kept; one that it closes is no longer. */
START_TEST(keeps_the_descriptors_that_the_host_makes)
{
	int descriptor = eventfd(0, EFD_CLOEXEC), other = open("/dev/null", O_RDONLY | O_CLOEXEC);

	ck_assert_int_ge(descriptor, 0);
	ck_assert(descriptors_has((unsigned)descriptor, (unsigned)descriptor));
	ck_assert(!descriptors_has((unsigned)other, (unsigned)other));
	descriptors_keep_all();
	ck_assert(descriptors_has((unsigned)other, (unsigned)other));
	ck_assert_int_eq(close(descriptor), 0);
	ck_assert(!descriptors_has((unsigned)descriptor, (unsigned)descriptor));
	ck_assert_int_eq(dup2(0, other), other);
	ck_assert_int_eq(close_range((unsigned)other, (unsigned)other, 0), 0);
	ck_assert_int_eq(close(other), -1);
	ck_assert_int_eq(errno, EBADF);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("interpose");
	TCase *test = tcase_create("interpose");

	tcase_add_test(test, forks);
	tcase_add_test(test, exits);
	tcase_add_test(test, aborts);
	tcase_add_test(test, takes_and_sends_signals);
	tcase_add_test(test, makes_and_ends_threads);
	tcase_add_test(test, changes_what_all_threads_share);
	tcase_add_test(test, keeps_the_descriptors_that_the_host_makes);
	suite_add_tcase(suite, test);
	return suite;
}
