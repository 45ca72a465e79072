/* SPDX-License-Identifier: MIT */
/*
 * Whether a stretch of code makes a system call, told by the kernel's own dispatch of them to the
 * process.
 */
#include "syscalls.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH 59
#define PR_SYS_DISPATCH_OFF 0
#define PR_SYS_DISPATCH_ON 1
#define SYSCALL_DISPATCH_FILTER_ALLOW 0
#define SYSCALL_DISPATCH_FILTER_BLOCK 1
#endif

/* The kernel reads it at each system call of the thread that asked for this. */
static volatile char selector = SYSCALL_DISPATCH_FILTER_ALLOW;
static volatile bool caught_one;

#ifdef __x86_64__
/*
 * Makes the call in the place of who wanted it. The return from a handler is a system call too, so
 * from the first one on they are let through.
 */
static void caught(int signal, siginfo_t *facts, void *context)
{
	greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;

	(void)signal;
	selector = SYSCALL_DISPATCH_FILTER_ALLOW;
	caught_one = true;

	long result = syscall(facts->si_syscall, registers[REG_RDI], registers[REG_RSI],
			      registers[REG_RDX], registers[REG_R10], registers[REG_R8],
			      registers[REG_R9]);

	registers[REG_RAX] = result == -1 ? -errno : result;
}

int bench_syscalls(int (*run)(void *data), void *data, bool *any)
{
	struct sigaction action = { .sa_sigaction = caught, .sa_flags = SA_SIGINFO }, before;
	int error;

	if (prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON, 0L, 0L, &selector) < 0)
		return -ENOTSUP;
	sigaction(SIGSYS, &action, &before);
	caught_one = false;
	selector = SYSCALL_DISPATCH_FILTER_BLOCK;
	error = run(data);
	selector = SYSCALL_DISPATCH_FILTER_ALLOW;
	*any = caught_one;
	prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_OFF, 0L, 0L, NULL);
	sigaction(SIGSYS, &before, NULL);
	return error;
}
#else
int bench_syscalls(int (*run)(void *data), void *data, bool *any)
{
	(void)run;
	(void)data;
	(void)any;
	return -ENOTSUP;
}
#endif
