/* SPDX-License-Identifier: MIT */
/* Guards: stacks for plugin code, and the ways off them. */
#include "guard_thread.h"

#include <errno.h>
#include <fenv.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* As a thread of its own would have; only what is touched costs memory. */
#define STACK_SIZE ((size_t)8 << 20)
#define ALTERNATE_SIZE ((size_t)64 << 10)

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

/*
 * The compiler's own way keeps three words, where libc's mangles and checks eight; but not every
 * compiler has it everywhere.
 */
#ifdef __x86_64__
#define guard_mark(place) __builtin_setjmp(place)
#define guard_return(place) __builtin_longjmp(place, 1)
#else
#define guard_mark(place) _setjmp(place)
#define guard_return(place) _longjmp(place, 1)
#endif

static struct guard_thread *all; /* atomic */

/*
 * One mapping: gap, plugin stack, gap, the record with the handler's stack behind it. Only what
 * lies between the gaps can be touched by running over an end.
 */
static struct guard_thread *thread_new(struct frame_thread *self)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t record = (sizeof(struct guard_thread) + page - 1) & ~(page - 1);
	size_t tail = record + ALTERNATE_SIZE;
	char *base = mmap(NULL, GAP_BELOW + STACK_SIZE + GAP_ABOVE + tail, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);

	if (base == MAP_FAILED)
		return NULL;
	char *stack = base + GAP_BELOW, *end = stack + STACK_SIZE;

	if (mprotect(stack, STACK_SIZE, PROT_READ | PROT_WRITE) < 0 ||
	    mprotect(end + GAP_ABOVE, tail, PROT_READ | PROT_WRITE) < 0) {
		munmap(base, GAP_BELOW + STACK_SIZE + GAP_ABOVE + tail);
		return NULL;
	}
	struct guard_thread *thread = (struct guard_thread *)(end + GAP_ABOVE);

	thread->thread = self;
	thread->stack = stack;
	thread->stack_end = end;
	thread->alternate = (char *)thread + record;
	thread->next = __atomic_load_n(&all, __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(&all, &thread->next, thread, true, __ATOMIC_RELEASE,
					    __ATOMIC_RELAXED))
		;
	place_setup();
	return thread;
}

/* The record of a thread that has ended serves another one, which has no alternate stack yet. */
static struct guard_thread *thread_own(void)
{
	struct frame_thread *self = frame_self();

	if (!self || self->has_guard)
		return self ? self->guard : NULL;
	if (!self->guard)
		self->guard = thread_new(self);
	if (!self->guard)
		return NULL;
	stack_t alternate = { .ss_sp = self->guard->alternate, .ss_size = ALTERNATE_SIZE };

	sigaltstack(&alternate, NULL);
	pthread_sigmask(SIG_BLOCK, NULL, &self->guard->mask);
	self->guard->innermost = NULL;
	self->guard->id = self->id;
	self->has_guard = true;
	return self->guard;
}

/*
 * On the plugin stack. A function of its own: only from a call does the compiler see a way to where
 * a guard was marked. That it asks for its frame is for debuggers, who then find the way back.
 */
__attribute__((noinline)) static int run_on(char *top, int (*call)(void *data), void *data)
{
#if defined(__x86_64__)
	int result;

	__asm__ volatile("movq %%rsp, %%rbx\n\t"
			 "movq %[top], %%rsp\n\t"
			 "callq *%[call]\n\t"
			 "movq %%rbx, %%rsp"
			 : "=a"(result), [top] "+r"(top), [call] "+r"(call), "+D"(data)
			 : "r"(__builtin_frame_address(0))
			 : "rbx", "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "memory", "cc",
			   "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8",
			   "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
	return result;
#elif defined(__aarch64__)
	register void *argument __asm__("x0") = data;

	__asm__ volatile("mov x19, sp\n\t"
			 "mov sp, %[top]\n\t"
			 "blr %[call]\n\t"
			 "mov sp, x19"
			 : "+r"(argument)
			 : [top] "r"(top), [call] "r"(call), "r"(__builtin_frame_address(0))
			 : "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11",
			   "x12", "x13", "x14", "x15", "x16", "x17", "x18", "x19", "x30", "memory",
			   "cc", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v16", "v17",
			   "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27",
			   "v28", "v29", "v30", "v31");
	return (int)(intptr_t)argument;
#else
	(void)top;
	return call(data);
#endif
}

/* A guard within a guard is on the plugin stack already. */
static bool is_on_stack(const struct guard_thread *thread)
{
	const char *here = __builtin_frame_address(0);

	return here >= thread->stack && here < thread->stack_end;
}

/*
 * Told from the innermost: the first is the one in whose code it happened. One that has several
 * frames is told of each; the first counts.
 */
static void tell(struct guard_thread *thread, uint32_t from, struct gate_owner *last)
{
	struct gate_owner *told = NULL;

	for (uint32_t depth = thread->thread->record.depth; depth-- > from;) {
		const struct gate *gate = frame_service(thread->thread, depth);
		struct gate_owner *owner = gate->owner;

		if (owner && owner->faulted && owner != told) {
			owner->faulted(owner, &thread->fault, !told);
			told = owner;
		}
	}
	if (last != told)
		last->faulted(last, &thread->fault, !told);
}

/* The normal way out of all that was above the guard, for who waits until it is left. */
static int landed(struct guard_thread *thread, struct guard *guard)
{
	struct corbel_call call = { .record = &thread->thread->record, .depth = guard->depth };

	thread->innermost = guard->outer;
	pthread_sigmask(SIG_SETMASK, &thread->mask, NULL);
	fesetenv(FE_DFL_ENV);
	tell(thread, guard->depth, guard->owner);
	corbel_call_leave(&call);
	return -EFAULT;
}

static int run(struct guard_thread *thread, struct gate_owner *owner, int (*call)(void *data),
	       void *data)
{
	struct guard guard = { .outer = thread->innermost,
			       .owner = owner,
			       .depth = thread->thread->record.depth };
	int result;

	if (guard_mark(guard.place) != 0)
		return landed(thread, &guard);
	thread->innermost = &guard;
	if (is_on_stack(thread)) {
		result = call(data);
	} else {
		thread->outermost = &guard;
		result = run_on(thread->stack_end, call, data);
	}
	thread->innermost = guard.outer;
	return result;
}

/* Without a thread of guards, a fault is the process's. */
int guard_call(struct gate_owner *owner, int (*call)(void *data), void *data)
{
	struct guard_thread *thread = owner && owner->faulted ? thread_own() : NULL;

	return thread ? run(thread, owner, call, data) : call(data);
}

void guard_leave(struct guard_thread *thread)
{
	guard_return(thread->innermost->place);
}

void guard_park(void)
{
	sigset_t every;

	/* But for the one by which all threads are stopped, should the process begin anew. */
	sigfillset(&every);
	sigdelset(&every, SIGSEGV);
	pthread_sigmask(SIG_SETMASK, &every, NULL);
	for (;;)
		pause();
}

size_t corbel_fault_settle(void)
{
	struct guard_thread *thread = __atomic_load_n(&all, __ATOMIC_ACQUIRE);
	size_t count = 0;

	for (; thread; thread = thread->next) {
		if (!__atomic_load_n(&thread->is_parked, __ATOMIC_ACQUIRE) ||
		    __atomic_exchange_n(&thread->is_settled, true, __ATOMIC_ACQ_REL))
			continue;
		/* All of them, whatever guards there are between: it returns to none. */
		tell(thread, thread->outermost->depth, thread->outermost->owner);
		/* Not before: whoever drains it meanwhile must not find it empty. */
		__atomic_store_n(&thread->thread->is_parked, true, __ATOMIC_RELEASE);
		frame_blocker_tell(thread->thread->blocker);
		count++;
	}
	return count;
}

bool guard_has(uintptr_t address, uintptr_t *end)
{
	struct guard_thread *thread = __atomic_load_n(&all, __ATOMIC_ACQUIRE);

	for (; thread; thread = thread->next) {
		uintptr_t stack = (uintptr_t)thread->stack;
		uintptr_t rest = (uintptr_t)thread->alternate + ALTERNATE_SIZE;

		if (address < stack || address >= rest)
			continue;
		*end = address < (uintptr_t)thread->stack_end ? (uintptr_t)thread->stack_end : rest;
		return true;
	}
	return false;
}

static struct guard_thread *thread_find(pid_t id)
{
	struct guard_thread *thread = __atomic_load_n(&all, __ATOMIC_ACQUIRE);

	while (thread && !(thread->thread->has_guard && thread->id == id))
		thread = thread->next;
	return thread;
}

int guard_interrupt(pid_t id, uint32_t depth, uint32_t generation, const char *words)
{
	struct guard_thread *thread = thread_find(id);

	if (!thread)
		return -ESRCH;
	if (__atomic_load_n(&thread->is_asked, __ATOMIC_ACQUIRE))
		return -EBUSY;
	thread->asked_depth = depth;
	thread->asked_generation = generation;
	snprintf(thread->asked_words, sizeof(thread->asked_words), "%s", words);
	__atomic_store_n(&thread->is_asked, true, __ATOMIC_RELEASE);
	return syscall(SYS_tgkill, getpid(), id, SIGXCPU) < 0 ? -errno : 0;
}

#else

/* A sanitizer has the signals, and takes a change of stacks for an error. */
int guard_call(struct gate_owner *owner, int (*call)(void *data), void *data)
{
	(void)owner;
	return call(data);
}

/* No guard is ever marked, so nobody gets here. */
void guard_leave(struct guard_thread *thread)
{
	(void)thread;
	__builtin_trap();
}

void guard_park(void)
{
	__builtin_trap();
}

size_t corbel_fault_settle(void)
{
	return 0;
}

bool guard_has(uintptr_t address, uintptr_t *end)
{
	(void)address;
	(void)end;
	return false;
}

int guard_interrupt(pid_t id, uint32_t depth, uint32_t generation, const char *words)
{
	(void)id;
	(void)depth;
	(void)generation;
	(void)words;
	return -ENOTSUP;
}

#endif

struct run {
	void (*run)(void *data);
	void *data;
};

static int run_it(void *data)
{
	const struct run *run = data;

	run->run(run->data);
	return 0;
}

int guard_run(struct gate_owner *owner, void (*call)(void *data), void *data)
{
	struct run run = { call, data };

	return guard_call(owner, run_it, &run);
}
