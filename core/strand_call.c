/* SPDX-License-Identifier: MIT */
/* Work handed to a strand: jobs that are posted, and calls whose caller waits. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "guard.h"
#include "strand.h"

struct job {
	struct source source;
	struct ledger_item item;
	void (*run)(void *data);
	void *data;
};

struct call {
	struct source source;
	int (*function)(void *arguments);
	void *arguments;
	pthread_cond_t ended;
	bool done; /* this and `result`: guarded by the strand's lock */
	int result;
};

/* Guards waits_for of all strands. Process-wide, because a cycle may lead through two hosts. */
static pthread_mutex_t wait_lock = PTHREAD_MUTEX_INITIALIZER;

static void run_job(struct source *source)
{
	struct job *job = (struct job *)source;

	ledger_remove(&job->item);
	source_fini(source);
	guard_run(strand_owner(source->strand), job->run, job->data);
	explicit_bzero(&job->run, sizeof(job->run));
	free(job);
}

static void cancel_job(struct source *source)
{
	struct job *job = (struct job *)source;

	ledger_remove(&job->item);
	explicit_bzero(&job->run, sizeof(job->run));
	free(job);
}

static void reclaim_job(struct ledger_item *item)
{
	struct job *job = container_of(item, struct job, item);

	source_fini(&job->source);
	cancel_job(&job->source);
}

int strand_post(struct strand *strand, struct ledger *ledger, void (*run)(void *data), void *data)
{
	struct job *job = calloc(1, sizeof(*job));

	if (!job)
		return -ENOMEM;
	source_init(&job->source, strand, run_job);
	job->source.cancel = cancel_job;
	job->source.is_post = true;
	job->run = run;
	job->data = data;
	ledger_add(ledger, &job->item, "job", reclaim_job);
	source_wake(&job->source);
	return 0;
}

/*
 * With the strand's lock held: the caller's stack, where the call lives, may be gone once it is
 * released.
 */
static void end_call(struct call *call, int result)
{
	call->result = result;
	call->done = true;
	pthread_cond_signal(&call->ended);
}

static void run_call(struct source *source)
{
	struct call *call = (struct call *)source;
	struct strand *strand = source->strand;
	int result = guard_call(strand_owner(strand), call->function, call->arguments);

	pthread_mutex_lock(&strand->lock);
	__atomic_store_n(&source->state, SOURCE_FINISHED, __ATOMIC_SEQ_CST);
	strand->running = NULL;
	end_call(call, result);
	pthread_mutex_unlock(&strand->lock);
}

static void cancel_call(struct source *source)
{
	end_call((struct call *)source, -ECANCELED);
}

/* Strands that the control thread runs wait, and are waited for, as one. */
static struct strand *executor(struct strand *strand)
{
	return strand && strand->kind == STRAND_CONTROL ? strand->loop->strand : strand;
}

static bool is_run_here(const struct strand *strand)
{
	if (strand->kind == STRAND_CONTROL)
		return loop_is_dispatching_here(strand->loop);
	return strand_is_current(strand);
}

/*
 * Notes what this thread's strand waits for, unless that one already waits for it; NULL: nothing
 * any more.
 */
static int set_wait(struct strand *self, struct strand *target)
{
	int code = 0;

	pthread_mutex_lock(&wait_lock);
	for (struct strand *strand = target; strand && code == 0;
	     strand = executor(strand->waits_for))
		if (is_run_here(strand))
			code = -EDEADLK;
	if (code == 0 && self)
		self->waits_for = target;
	pthread_mutex_unlock(&wait_lock);
	return code;
}

static int wait_for_call(struct strand *strand, struct call *call)
{
	pthread_mutex_lock(&strand->lock);
	frame_block();
	while (!call->done)
		pthread_cond_wait(&call->ended, &strand->lock);
	frame_unblock();
	if (--strand->callers == 0 && strand->ending)
		pthread_cond_broadcast(&strand->changed);
	pthread_mutex_unlock(&strand->lock);
	return call->result;
}

int strand_call(struct strand *strand, int (*function)(void *arguments), void *arguments)
{
	struct call call = { .function = function, .arguments = arguments };
	struct strand *self = executor(strand_current());

	if (strand_is_current(strand))
		return function(arguments);
	int code = set_wait(self, executor(strand));
	if (code < 0)
		return code;
	source_init(&call.source, strand, run_call);
	call.source.cancel = cancel_call;
	call.source.is_call = true;
	pthread_cond_init(&call.ended, NULL);
	pthread_mutex_lock(&strand->lock);
	strand->callers++;
	if (strand->ending || strand->halted)
		end_call(&call, -ECANCELED);
	pthread_mutex_unlock(&strand->lock);
	if (!call.done)
		source_wake(&call.source);
	code = wait_for_call(strand, &call);
	pthread_cond_destroy(&call.ended);
	set_wait(self, NULL);
	return code;
}
