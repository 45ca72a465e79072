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

static int wait_for_call(struct strand *strand, struct call *call)
{
	pthread_mutex_lock(&strand->lock);
	while (!call->done)
		pthread_cond_wait(&call->ended, &strand->lock);
	pthread_mutex_unlock(&strand->lock);
	frame_wait_end();
	pthread_mutex_lock(&strand->lock);
	strand_go(strand);
	pthread_mutex_unlock(&strand->lock);
	return call->result;
}

int strand_call(struct strand *strand, int (*function)(void *arguments), void *arguments)
{
	struct call call = { .function = function, .arguments = arguments };
	const struct frame_wait wait = { .gate = strand_gate(strand) };

	if (strand_is_current(strand))
		return function(arguments);
	int code = frame_wait_begin(&wait);
	if (code < 0)
		return code;
	source_init(&call.source, strand, run_call);
	call.source.cancel = cancel_call;
	call.source.is_call = true;
	pthread_cond_init(&call.ended, NULL);
	pthread_mutex_lock(&strand->lock);
	strand_stay(strand);
	if (strand->ending || strand->halted)
		end_call(&call, -ECANCELED);
	pthread_mutex_unlock(&strand->lock);
	if (!call.done)
		source_wake(&call.source);
	code = wait_for_call(strand, &call);
	pthread_cond_destroy(&call.ended);
	return code;
}

void strand_halt(struct strand *strand, pid_t lost)
{
	struct source *source, *next;

	pthread_mutex_lock(&strand->lock);
	strand->halted = strand->paused = true;
	strand->posts_pass = false;
	for (source = TAILQ_FIRST(&strand->usual); source; source = next) {
		next = TAILQ_NEXT(source, entry);
		if (source->is_call)
			strand_cancel(strand, source);
	}
	if (lost && lost == strand->id && strand->running && strand->running->is_call)
		strand->running->cancel(strand->running);
	pthread_mutex_unlock(&strand->lock);
}
