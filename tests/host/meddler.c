/* SPDX-License-Identifier: MIT */
/*
 * A plugin for the tests of the host: calls functions that belong to the whole process, as the pipe
 * `orders` says.
 */
#include <assert.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <corbel/config.h>
#include <corbel/log.h>
#include <corbel/loop.h>
#include <corbel/plugin.h>

#include "meddler.h"

struct meddler {
	struct corbel_context *context;
};

static void handle(int number)
{
	(void)number;
}

static int try_signal(void)
{
	return signal(SIGTERM, handle) == SIG_ERR ? -1 : 0;
}

static int try_sigpipe(void)
{
	return signal(SIGPIPE, SIG_IGN) == SIG_ERR ? -1 : 0;
}

static int try_sigaction(void)
{
	struct sigaction action = { .sa_handler = handle };

	return sigaction(SIGSEGV, &action, NULL);
}

static int try_asking(void)
{
	struct sigaction action;

	return sigaction(SIGTERM, NULL, &action);
}

static int try_sigaltstack(void)
{
	stack_t stack = { .ss_flags = SS_DISABLE };

	return sigaltstack(&stack, NULL);
}

/* 1: the mask has changed. */
static int is_changed(int (*change)(int how, const sigset_t *set, sigset_t *old))
{
	sigset_t none, before, after;

	sigemptyset(&none);
	int code = change(SIG_SETMASK, &none, &before);
	pthread_sigmask(SIG_BLOCK, NULL, &after);
	if (code != 0)
		return -1;
	return sigismember(&before, SIGTERM) != 1 || memcmp(&before, &after, 8) != 0;
}

static int try_sigmask(void)
{
	return is_changed(pthread_sigmask);
}

static int try_sigprocmask(void)
{
	return is_changed(sigprocmask);
}

static int try_raise(void)
{
	return raise(SIGTERM);
}

static int try_kill(void)
{
	return kill(getpid(), SIGTERM);
}

static int try_kill_group(void)
{
	return kill(0, SIGKILL);
}

static int try_kill_init(void)
{
	return kill(1, 0);
}

static int try_killpg(void)
{
	return killpg(getpgrp(), SIGKILL);
}

static int try_tgkill(void)
{
	return tgkill(getpid(), gettid(), SIGKILL);
}

static int try_sigqueue(void)
{
	return sigqueue(getpid(), SIGKILL, (union sigval){ 0 });
}

static int try_pthread_kill(void)
{
	errno = pthread_kill(pthread_self(), SIGKILL);
	return errno ? -1 : 0;
}

static int try_fork(void)
{
	return fork();
}

static int try__Fork(void)
{
	return _Fork();
}

static int try_vfork(void)
{
	return vfork();
}

static int try_daemon(void)
{
	return daemon(0, 0);
}

static int try_chdir(void)
{
	return chdir("/proc");
}

static int try_fchdir(void)
{
	int folder = open("/proc", O_PATH | O_CLOEXEC), code = fchdir(folder), saved = errno;

	if (close(folder) < 0)
		return 2;
	errno = saved;
	return code;
}

/* 1: the mask has changed. */
static int try_umask(void)
{
	mode_t before = umask(0777);

	return before == 0777 || umask(before) != before;
}

static int try_setlocale(void)
{
	return setlocale(LC_ALL, "C.UTF-8") ? 0 : -1;
}

static int try_setenv(void)
{
	return setenv("MEDDLER", "1", 1);
}

static int try_unsetenv(void)
{
	return unsetenv("PATH");
}

static int try_putenv(void)
{
	static char assignment[] = "MEDDLER=1";

	return putenv(assignment);
}

static int try_setrlimit(void)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_NOFILE, &limit) < 0 ? 0 : setrlimit(RLIMIT_NOFILE, &limit);
}

static int try_setrlimit64(void)
{
	struct rlimit64 limit;

	return getrlimit64(RLIMIT_NOFILE, &limit) < 0 ? 0 : setrlimit64(RLIMIT_NOFILE, &limit);
}

static int try_clearenv(void)
{
	return clearenv();
}

static int try_close(void)
{
	return close(2);
}

static int try_dup2(void)
{
	return dup2(0, 2);
}

static int try_dup3(void)
{
	return dup3(0, 2, O_CLOEXEC);
}

static int try_close_range(void)
{
	return close_range(0, 1000, 0);
}

static int try_closefrom(void)
{
	closefrom(0);
	return fcntl(2, F_GETFD);
}

static int try_exit(void)
{
	exit(1);
}

static int try__exit(void)
{
	_exit(2);
}

static int try__Exit(void)
{
	_Exit(3);
}

static int try_quick_exit(void)
{
	quick_exit(4);
}

static int try_abort(void)
{
	abort();
}

static int try_err(void)
{
	err(5, "out of %s", "luck");
}

static int try_errx(void)
{
	errx(6, "out of %s", "luck");
}

static int try_assert(void)
{
	__assert_fail("1 > 2", "meddler.c", 7, "try_assert");
}

static int try_sigabrt(void)
{
	return raise(SIGABRT);
}

static int try_pthread_exit(void)
{
	pthread_exit(NULL);
}

static void *end_itself(void *data)
{
	pthread_exit(data);
}

static void *end_all(void *data)
{
	(void)data;
	exit(7);
}

/* What a thread of its own returns. */
static int try_thread(void)
{
	pthread_t thread;
	void *result = NULL;
	int code = pthread_create(&thread, NULL, end_itself, &result);

	if (code == 0)
		code = pthread_join(thread, &result);
	return code == 0 && result == &result ? 0 : 1;
}

static int try_exit_in_thread(void)
{
	pthread_t thread;
	int code = pthread_create(&thread, NULL, end_all, NULL);

	return code == 0 ? pthread_join(thread, NULL) : 1;
}

static const struct feat feats[] = {
	{ "signal", try_signal },
	{ "sigpipe", try_sigpipe },
	{ "sigaction", try_sigaction },
	{ "asking", try_asking },
	{ "sigaltstack", try_sigaltstack },
	{ "pthread_sigmask", try_sigmask },
	{ "sigprocmask", try_sigprocmask },
	{ "raise", try_raise },
	{ "kill", try_kill },
	{ "kill-group", try_kill_group },
	{ "kill-init", try_kill_init },
	{ "killpg", try_killpg },
	{ "tgkill", try_tgkill },
	{ "sigqueue", try_sigqueue },
	{ "pthread_kill", try_pthread_kill },
	{ "fork", try_fork },
	{ "_Fork", try__Fork },
	{ "vfork", try_vfork },
	{ "daemon", try_daemon },
	{ "chdir", try_chdir },
	{ "fchdir", try_fchdir },
	{ "umask", try_umask },
	{ "setlocale", try_setlocale },
	{ "setenv", try_setenv },
	{ "unsetenv", try_unsetenv },
	{ "putenv", try_putenv },
	{ "clearenv", try_clearenv },
	{ "setrlimit", try_setrlimit },
	{ "setrlimit64", try_setrlimit64 },
	{ "close", try_close },
	{ "dup2", try_dup2 },
	{ "dup3", try_dup3 },
	{ "close_range", try_close_range },
	{ "closefrom", try_closefrom },
	{ "exit", try_exit },
	{ "_exit", try__exit },
	{ "_Exit", try__Exit },
	{ "quick_exit", try_quick_exit },
	{ "abort", try_abort },
	{ "err", try_err },
	{ "errx", try_errx },
	{ "assert", try_assert },
	{ "sigabrt", try_sigabrt },
	{ "pthread_exit", try_pthread_exit },
	{ "thread", try_thread },
	{ "exit-in-thread", try_exit_in_thread },
	{ NULL, NULL },
};

static const struct feat *find(const struct feat *among, const char *name)
{
	while (among->name && strcmp(among->name, name) != 0)
		among++;
	return among->name ? among : NULL;
}

static void act(struct meddler *meddler, const char *what)
{
	const struct feat *feat = find(feats, what);

	if (!feat)
		feat = find(meddler_heap_feats, what);
	errno = 0;
	int code = feat ? feat->call() : -1;
	corbel_log(meddler->context, CORBEL_NOTICE, "%s came to %d %s", what, code,
		   strerrorname_np(errno));
}

/* One order at a time: those after it are for the next instance, if this one does not survive. */
static void ready(void *data, int descriptor, uint32_t events)
{
	char order[64];
	size_t size = 0;

	(void)events;
	while (size < sizeof(order) - 1 && read(descriptor, &order[size], 1) == 1 &&
	       order[size] != '\n')
		size++;
	order[size] = '\0';
	act(data, order);
}

static int start(struct corbel_context *context, void **self)
{
	const char *path = corbel_config_text(context, "orders");
	int orders = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (orders < 0)
		return -errno;
	struct meddler *meddler = calloc(1, sizeof(*meddler));
	if (!meddler)
		return -ENOMEM;
	meddler->context = context;
	*self = meddler;
	return corbel_watch_add(context, orders, EPOLLIN | CORBEL_WATCH_OWNED, ready, meddler,
				NULL);
}

static void stop(void *self, enum corbel_stop_reason reason)
{
	(void)reason;
	free(self);
}

CORBEL_PLUGIN(.start = start, .stop = stop);
