/* SPDX-License-Identifier: MIT */
/*
 * What guard.c, fault.c and fault_report.c know of a thread that runs plugin code.
 *
 * Made at a thread's first guard, and recycled with its record; never unmapped, since a handler or
 * a parked thread may be using it.
 */
#ifndef CORBEL_CORE_GUARD_THREAD_H
#define CORBEL_CORE_GUARD_THREAD_H

/* The checked longjmp(3) knows one stack per thread. */
#undef _FORTIFY_SOURCE
#include <setjmp.h>
#include <signal.h>

#include "frame_record.h"
#include "guard.h"
#include "plain_text.h"

#define REPORT_SIZE 16384u

/* Below the plugin stack: what a large array may step over. Above: what runs past an array's end.
 */
#define GAP_BELOW ((size_t)1 << 20)
#define GAP_ABOVE ((size_t)64 << 10)

/* Lives on the stack of whoever called guard_run(). */
struct guard {
	struct guard *outer;
	struct gate_owner *owner;
	uint32_t depth; /* frames of the thread when it began */
#ifdef __x86_64__
	void *place[5];
#else
	jmp_buf place;
#endif
};

struct guard_thread {
	struct frame_thread *thread;
	struct guard *innermost; /* NULL: no plugin code that the host called */
	struct guard *outermost; /* of them, the one that is not on the plugin stack */
	char *stack, *stack_end; /* for plugin code; none where the processor is not known */
	void *alternate;         /* for the handler */
	pid_t id;                /* of the thread that has the alternate stack */
	sigset_t mask;           /* of that thread, outside of plugins */
	bool is_handling;
	bool is_parked, is_settled; /* atomic */
	struct guard_thread *next;  /* of all, in no order */
	/* What guard_interrupt() asks for; `is_asked` is atomic and comes last. */
	bool is_asked;
	uint32_t asked_depth, asked_generation;
	char asked_words[128];
	struct corbel_fault fault; /* the last one, with its texts */
	char words[256];
	char report[REPORT_SIZE];
};

/* Of the calling thread; NULL: it has not been in a guard. AS-safe. */
static inline struct guard_thread *guard_thread_here(void)
{
	const struct frame_thread *self = frame_self();

	return self && self->has_guard ? self->guard : NULL;
}

/* Whether something ran over the upper end of the plugin stack, and over all frames on its way. */
static inline bool guard_is_overrun(const struct guard_thread *thread, const char *address)
{
	return thread->stack && address >= thread->stack_end &&
	       address < thread->stack_end + GAP_ABOVE;
}

/* Returns to the innermost guard, whose guard_run() gives -EFAULT. */
void guard_leave(struct guard_thread *thread) __attribute__((noreturn));
/* Sleeps for ever; corbel_fault_settle() knows by `is_parked`. */
void guard_park(void) __attribute__((noreturn));

/* What kind of code an address is in. AS-safe. */
enum place {
	PLACE_ELSEWHERE, /* a library that a plugin uses, or nothing */
	PLACE_PLUGIN,
	PLACE_LIBC, /* or the loader, or the kernel's page of functions */
	PLACE_CORE  /* or the program */
};
enum place place_of(const void *address);
/* The file of libc, the core or the program that an address is in, and where; or NULL. AS-safe. */
const char *place_name(const void *address, uint64_t *offset);
/* Reads the ranges; once, before the first fault. */
void place_setup(void);

/* What is known of a fault before it is judged. */
struct fault_facts {
	int signal;
	int code;            /* si_code */
	const void *address; /* si_addr */
	const void *pc;
	const void *context; /* ucontext_t; NULL: raised in words */
	const char *words;   /* of one that was raised or asked for; NULL */
};
/*
 * Fills in thread->fault, whose `end` is set, with its texts. AS-safe.
 */
void fault_report(struct guard_thread *thread, const struct fault_facts *facts);

#endif
