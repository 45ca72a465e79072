/* SPDX-License-Identifier: MIT */
/* Threads that a plugin makes by itself: a frame of their own, and a guard below what they run. */
#include <errno.h>
#include <pthread.h>

#include "guard_thread.h"
#include "usage.h"

struct made {
	struct corbel_call call;
	struct gate *gate; /* what a struct corbel_fault_thread is */
	bool is_framed;
	void *(*run)(void *data);
	void *data, *result;
};

int corbel_fault_thread_new(struct corbel_fault_thread **out)
{
	struct gate_owner *owner = frame_current();
	struct usage *usage = usage_of_owner(owner);
	int code = usage_take(usage, USAGE_THREADS, 1);

	if (code < 0)
		return code;
	struct gate *gate = gate_new(owner, GATE_THREAD, 0, sizeof(usage));
	if (!gate) {
		usage_give(usage, USAGE_THREADS, 1);
		return -EAGAIN;
	}
	*(struct usage **)gate_extra(gate) = usage;
	gate->label = "thread";
	*out = (struct corbel_fault_thread *)gate;
	return 0;
}

static void give(struct gate *gate)
{
	usage_give(*(struct usage **)gate_extra(gate), USAGE_THREADS, 1);
	gate_retire(gate);
}

void corbel_fault_thread_free(struct corbel_fault_thread *thread)
{
	give((struct gate *)thread);
}

static void run(void *data)
{
	struct made *made = data;

	made->result = made->run(made->data);
}

/* By whichever way: pthread_exit(3) leaves its guard behind. */
static void leave(void *data)
{
	struct made *made = data;
	struct guard_thread *thread = guard_thread_here();

	if (thread)
		thread->innermost = NULL;
	if (made->is_framed)
		frame_pop(&made->call);
	give(made->gate);
}

void *corbel_fault_thread_run(struct corbel_fault_thread *thread, void *(*routine)(void *data),
			      void *data)
{
	struct made made = { .gate = (struct gate *)thread, .run = routine, .data = data };
	struct gate_owner *owner = gate_owner(made.gate);

	pthread_cleanup_push(leave, &made);
	made.is_framed = frame_push(&made.call, made.gate, CORBEL_METHOD_SEVERAL) == 0;
	if (made.is_framed && owner)
		guard_run(owner, run, &made);
	else
		run(&made);
	pthread_cleanup_pop(true);
	return made.result;
}
