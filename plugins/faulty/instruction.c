/* SPDX-License-Identifier: MIT */
/* Instructions that the processor does not carry out. */
#include <limits.h>
#include <signal.h>

#include "classes.h"

/* Some processors divide by nothing and go on. */
static void divide_by(int divisor)
{
	volatile int dividend = INT_MIN, by = divisor;
	volatile int quotient = dividend / by;

	(void)quotient;
#if !defined(__x86_64__) && !defined(__i386__)
	raise(SIGFPE);
#endif
}

void divide(void)
{
	divide_by(0);
}

/* The one quotient that has no room. */
void overflow(void)
{
	divide_by(-1);
}

void illegal(void)
{
	__builtin_trap();
}

void privileged(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__asm__ volatile("hlt");
#else
	__builtin_trap();
#endif
}

void breakpoint(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__asm__ volatile("int3");
#else
	raise(SIGTRAP);
#endif
}
