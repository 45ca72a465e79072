/* SPDX-License-Identifier: MIT */
/* Signals: a plugin sends the host none, and changes neither their actions nor the masks. */
#include "interpose.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* Declared by <signal.h> for programs that ask for the signals of System V. */
__sighandler_t __sysv_signal(int number, __sighandler_t handler);

static int refuse(int code)
{
	errno = code;
	return -1;
}

static bool is_fault(int number)
{
	return number == SIGSEGV || number == SIGBUS || number == SIGFPE || number == SIGILL ||
	       number == SIGABRT || number == SIGSYS || number == SIGTRAP;
}

/* As for SIGPIPE, which libraries ignore, and the host does, too. */
static bool is_in_force(int number, __sighandler_t handler)
{
	struct sigaction now;

	return INTERPOSE_NEXT(sigaction)(number, NULL, &now) == 0 && now.sa_handler == handler;
}

INTERPOSED __sighandler_t signal(int number, __sighandler_t handler)
{
	if (is_in_force(number, handler))
		return handler;
	if (!interpose_refuses(INTERPOSE_signal, INTERPOSE_CALLER))
		return INTERPOSE_NEXT(signal)(number, handler);
	errno = EPERM;
	return SIG_ERR;
}

INTERPOSED __sighandler_t __sysv_signal(int number, __sighandler_t handler)
{
	if (!interpose_refuses(INTERPOSE___sysv_signal, INTERPOSE_CALLER))
		return INTERPOSE_NEXT(__sysv_signal)(number, handler);
	errno = EPERM;
	return SIG_ERR;
}

INTERPOSED int sigaction(int number, const struct sigaction *action, struct sigaction *old)
{
	if (action && !is_in_force(number, action->sa_handler) &&
	    interpose_refuses(INTERPOSE_sigaction, INTERPOSE_CALLER))
		return refuse(EPERM);
	return INTERPOSE_NEXT(sigaction)(number, action, old);
}

INTERPOSED int sigaltstack(const stack_t *stack, stack_t *old)
{
	if (stack && interpose_refuses(INTERPOSE_sigaltstack, INTERPOSE_CALLER))
		return refuse(EPERM);
	return INTERPOSE_NEXT(sigaltstack)(stack, old);
}

/* As the kernel does it for SIGKILL: the call succeeds, and the mask stays as it is. */
INTERPOSED int pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
{
	if (set && interpose_refuses(INTERPOSE_pthread_sigmask, INTERPOSE_CALLER))
		set = NULL;
	return INTERPOSE_NEXT(pthread_sigmask)(how, set, old);
}

INTERPOSED int sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
	if (set && interpose_refuses(INTERPOSE_sigprocmask, INTERPOSE_CALLER))
		set = NULL;
	return INTERPOSE_NEXT(sigprocmask)(how, set, old);
}

/* Whether a signal to `process`, as for kill(2), reaches this one. */
static bool reaches_host(pid_t process)
{
	return process == 0 || process == -1 || process == getpid() || process == -getpgrp();
}

/* Ends the plugin, or says whether the signal must not be sent. */
static bool stops(enum interpose_function function, const char *name, int number,
		  const void *caller)
{
	const char *word = sigabbrev_np(number);

	if (is_fault(number))
		interpose_end(caller, "called %s() with SIG%s", name, word);
	return number != 0 && interpose_refuses(function, caller);
}

INTERPOSED int raise(int number)
{
	if (stops(INTERPOSE_raise, "raise", number, INTERPOSE_CALLER))
		return refuse(EPERM);
	return INTERPOSE_NEXT(raise)(number);
}

INTERPOSED int kill(pid_t process, int number)
{
	if (reaches_host(process) && stops(INTERPOSE_kill, "kill", number, INTERPOSE_CALLER))
		return refuse(EPERM);
	return INTERPOSE_NEXT(kill)(process, number);
}

INTERPOSED int killpg(pid_t group, int number)
{
	if (reaches_host(-group) && stops(INTERPOSE_killpg, "killpg", number, INTERPOSE_CALLER))
		return refuse(EPERM);
	return INTERPOSE_NEXT(killpg)(group, number);
}

INTERPOSED int tgkill(pid_t process, pid_t thread, int number)
{
	if (reaches_host(process) && stops(INTERPOSE_tgkill, "tgkill", number, INTERPOSE_CALLER))
		return refuse(EPERM);
	return INTERPOSE_NEXT(tgkill)(process, thread, number);
}

INTERPOSED int sigqueue(pid_t process, int number, const union sigval value)
{
	if (reaches_host(process) &&
	    stops(INTERPOSE_sigqueue, "sigqueue", number, INTERPOSE_CALLER))
		return refuse(EPERM);
	return INTERPOSE_NEXT(sigqueue)(process, number, value);
}

INTERPOSED int pthread_kill(pthread_t thread, int number)
{
	if (stops(INTERPOSE_pthread_kill, "pthread_kill", number, INTERPOSE_CALLER))
		return EPERM;
	return INTERPOSE_NEXT(pthread_kill)(thread, number);
}
