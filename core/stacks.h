/* SPDX-License-Identifier: MIT */
/*
 * The stacks of all threads, whoever made them, by what glibc keeps ready for debuggers (nptl_db).
 * Another C library has none.
 */
#ifndef CORBEL_CORE_STACKS_H
#define CORBEL_CORE_STACKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A stack, and the library's record of its thread at the top of it. */
struct stack {
	pid_t thread;    /* 0: none; the stack is kept for another */
	uintptr_t start; /* the routine that the thread was started with */
	uintptr_t record;
	uintptr_t end; /* of the record */
};

/* What starts or ends meanwhile may be missed. [control] */
void stacks_visit(void (*visit)(void *data, const struct stack *stack), void *data);
/*
 * Where the live part of a thread's stack begins, and the code that it runs, if it waits in the
 * kernel; false: it does not.
 */
bool stack_position(pid_t thread, uintptr_t *pointer, uintptr_t *code);
/* Copies memory that may be unmapped meanwhile; false: not all of it is there. */
bool stack_copy(uintptr_t from, void *to, size_t size);

#endif
