/* SPDX-License-Identifier: MIT */
/* The signals of the process: blocked in every thread, read from a descriptor by the loop. */
#include "signals.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <unistd.h>

/*
 * A fault must reach its own thread, and a terminal may stop the process or ask it for a core
 * dump.
 */
static const int left_open[] = { SIGSEGV, SIGBUS,  SIGFPE,  SIGILL,  SIGTRAP, SIGSYS, SIGXCPU,
				 SIGABRT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT };

void signals_block(void)
{
	sigset_t all;

	sigfillset(&all);
	for (size_t i = 0; i < sizeof(left_open) / sizeof(left_open[0]); i++)
		sigdelset(&all, left_open[i]);
	sigprocmask(SIG_SETMASK, &all, NULL);
	/* An ignored signal never becomes pending: nohup would hide SIGHUP from the descriptor. */
	signal(SIGHUP, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
}

int signals_open(void)
{
	sigset_t wanted;

	sigemptyset(&wanted);
	sigaddset(&wanted, SIGTERM);
	sigaddset(&wanted, SIGINT);
	sigaddset(&wanted, SIGHUP);
	int descriptor = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);

	return descriptor < 0 ? -errno : descriptor;
}

int signals_next(int descriptor)
{
	struct signalfd_siginfo info;

	if (read(descriptor, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return 0;
	return (int)info.ssi_signo;
}
