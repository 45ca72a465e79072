/* SPDX-License-Identifier: MIT */
/* What would end the process, or a thread of the host's. */
#include <assert.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>
#include <unwind.h>

#include "classes.h"

#define STATUS 7

void abort_process(void)
{
	abort();
}

void failed_assertion(void)
{
	__assert_fail("plugins_are_perfect", __FILE__, __LINE__, __func__);
}

void exit_process(void)
{
	exit(STATUS);
}

void exit_at_once(void)
{
	_exit(STATUS);
}

void exit_quickly(void)
{
	quick_exit(STATUS);
}

void exit_raw(void)
{
	syscall(SYS_exit_group, STATUS);
}

void exit_thread(void)
{
	pthread_exit(NULL);
}

/* What C++ does with an exception that nobody catches. */
void throw_exception(void)
{
	static struct _Unwind_Exception exception;

	_Unwind_RaiseException(&exception);
	abort();
}

/* Deeper than who jumps, and gone when that happens. */
__attribute__((noinline)) static int leave_mark(jmp_buf mark)
{
	volatile char room[512];

	room[0] = 1;
	return setjmp(mark) + room[0];
}

void stale_jump(void)
{
	jmp_buf mark;

	if (leave_mark(mark) == 1)
		longjmp(mark, 1);
}

/* It would be a fault, had the kernel sent it. */
void raise_signal(void)
{
	raise(SIGSEGV);
}

void kill_process(void)
{
	kill(getpid(), SIGKILL);
}

void alarm_process(void)
{
	const struct itimerval soon = { .it_value = { .tv_usec = 1000 } };

	setitimer(ITIMER_REAL, &soon, NULL);
}

/* The child goes on in the host's code, as a second host. */
void fork_process(void)
{
	fork();
}
