/* SPDX-License-Identifier: MIT */
/* Threads that a plugin makes by itself: a frame of their own, and a guard below what they run. */
#include <errno.h>
#include <pthread.h>

#include "guard_thread.h"

struct made {
	struct corbel_call call;
	struct gate *gate; /* what a struct corbel_fault_thread is */
	bool is_framed;
	void *(*run)(void *data);
	void *data, *result;
};

int corbel_fault_thread_new(struct corbel_fault_thread **out)
{
	struct gate *gate = gate_new(frame_current(), GATE_THREAD, 0, 0);

	if (!gate)
		return -EAGAIN;
	gate->label = "thread";
	*out = (struct corbel_fault_thread *)gate;
	return 0;
}

void corbel_fault_thread_free(struct corbel_fault_thread *thread)
{
	gate_retire((struct gate *)thread);
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
	gate_retire(made->gate);
}

void *corbel_fault_thread_run(struct corbel_fault_thread *thread, void *(*routine)(void *data),
			      void *data)
{
	struct made made = { .gate = (struct gate *)thread, .run = routine, .data = data };
	struct gate_owner *owner = made.gate->owner;

	pthread_cleanup_push(leave, &made);
	made.is_framed = frame_push(&made.call, made.gate, CORBEL_METHOD_SEVERAL) == 0;
	if (made.is_framed && owner)
		guard_run(owner, run, &made);
	else
		run(&made);
	pthread_cleanup_pop(true);
	return made.result;
}
