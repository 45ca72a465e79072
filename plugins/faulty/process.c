/* SPDX-License-Identifier: MIT */
/* What belongs to the whole process, changed by one of many. */
#include <dirent.h>
#include <fcntl.h>
#include <fenv.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "classes.h"

void close_all(void)
{
	close_range(STDERR_FILENO + 1, ~0U, 0);
}

/* The first by which the host waits for events. */
void close_one(void)
{
	for (int descriptor = STDERR_FILENO + 1; descriptor < 1024; descriptor++) {
		char path[64], target[64] = "";

		snprintf(path, sizeof(path), "/proc/self/fd/%d", descriptor);
		if (readlink(path, target, sizeof(target) - 1) > 0 && strstr(target, "eventpoll")) {
			close(descriptor);
			return;
		}
	}
}

void leak_descriptors(void)
{
	for (int i = 0; i < 64; i++)
		open("/dev/null", O_RDONLY | O_CLOEXEC);
}

void change_folder(void)
{
	int result = chdir("/proc");

	(void)result;
}

void change_umask(void)
{
	umask(0);
}

void change_locale(void)
{
	setlocale(LC_ALL, "C.UTF-8");
}

void change_rounding(void)
{
	fesetround(FE_UPWARD);
}

/* From now on a division of numbers by 0 is a fault, for whoever comes next in this thread. */
void trap_floats(void)
{
	feenableexcept(FE_DIVBYZERO | FE_INVALID | FE_OVERFLOW);
}

void block_signals(void)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
}

static void swallow(int number)
{
	(void)number;
}

void steal_handler(void)
{
	struct sigaction action = { .sa_handler = swallow };

	sigaction(SIGSEGV, &action, NULL);
}

void ignore_signal(void)
{
	signal(SIGTERM, SIG_IGN);
}

/* No more descriptors than there are now, or nearly so. */
void lower_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = 16;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

void lower_priority(void)
{
	setpriority(PRIO_PROCESS, 0, 19);
}

void clear_environment(void)
{
	clearenv();
}
