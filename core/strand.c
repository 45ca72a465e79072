/* SPDX-License-Identifier: MIT */
/* Strands: what is due on each, in order, one at a time. */
#include "strand.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/*
 * What this thread runs, innermost first; a host may dispatch another host's loop from a callback.
 */
struct run {
	struct strand *strand;
	struct run *outer;
};

static __thread struct run *current;

struct strand *strand_current(void)
{
	return current ? current->strand : NULL;
}

bool strand_is_current(const struct strand *strand)
{
	for (struct run *run = current; run; run = run->outer)
		if (run->strand == strand)
			return true;
	return false;
}

bool loop_is_dispatching_here(const struct loop *loop)
{
	for (struct run *run = current; run; run = run->outer)
		if (run->strand->loop == loop && run->strand->kind == STRAND_CONTROL)
			return true;
	return false;
}

bool strand_still_runs(const struct strand *strand, const struct source *source)
{
	/* Only this thread changes it while the source runs. */
	return strand->running == source;
}

/* Whether there is a source that may run now. With the strand's lock held, as all below. */
static bool has_work(const struct strand *strand)
{
	if (strand->ending)
		return false;
	return !TAILQ_EMPTY(&strand->lifecycle) ||
	       (strand->paused ? strand->calls > 0 : !TAILQ_EMPTY(&strand->usual));
}

static void schedule(struct strand *strand)
{
	if (strand->scheduled || !has_work(strand))
		return;
	strand->scheduled = true;
	if (strand->kind == STRAND_CONTROL)
		loop_schedule(strand->loop, strand);
	else if (strand->kind == STRAND_POOLED)
		pool_schedule(strand->loop->pool, strand);
	else
		pthread_cond_broadcast(&strand->changed);
}

static bool is_call(const struct source *source)
{
	return source->run == strand_call_run;
}

static struct source_list *list_of(struct strand *strand, const struct source *source)
{
	return source->lifecycle ? &strand->lifecycle : &strand->usual;
}

static void append(struct strand *strand, struct source *source)
{
	TAILQ_INSERT_TAIL(list_of(strand, source), source, entry);
	source->listed = true;
	strand->calls += is_call(source);
}

static void detach(struct strand *strand, struct source *source)
{
	if (!source->listed)
		return;
	TAILQ_REMOVE(list_of(strand, source), source, entry);
	source->listed = false;
	strand->calls -= is_call(source);
}

static struct source *next_source(struct strand *strand)
{
	if (!has_work(strand))
		return NULL;
	struct source *source = TAILQ_FIRST(&strand->lifecycle);
	if (!source)
		source = TAILQ_FIRST(&strand->usual);
	/*
	 * Who calls is inside already, and a drain waits until the call is over: a pause must let
	 * it through.
	 */
	if (!source->lifecycle && strand->paused)
		while (!is_call(source))
			source = TAILQ_NEXT(source, entry);
	detach(strand, source);
	strand->running = source;
	strand->busy = !source->lifecycle;
	/*
	 * A full barrier: who saw the source ready before this had written what the run will read.
	 */
	__atomic_exchange_n(&source->state, SOURCE_RUNNING, __ATOMIC_SEQ_CST);
	return source;
}

static void end_source(struct strand *strand, struct source *source)
{
	uint32_t state = SOURCE_RUNNING;

	strand->busy = false;
	/* NULL: finished from within, and perhaps freed. */
	if (strand->running == source &&
	    !__atomic_compare_exchange_n(&source->state, &state, SOURCE_IDLE, false,
					 __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST) &&
	    state == SOURCE_WOKEN) {
		__atomic_store_n(&source->state, SOURCE_READY, __ATOMIC_SEQ_CST);
		append(strand, source);
	}
	strand->running = NULL;
	if (strand->waiting > 0)
		pthread_cond_broadcast(&strand->changed);
}

/*
 * Runs one; the next is chosen before the frame is left, so that a leaver's taker finds the strand
 * idle.
 */
static struct source *run_source(struct strand *strand, struct source *source, bool last)
{
	struct corbel_call call;
	bool framed = strand->gate && frame_push(&call, strand->gate, CORBEL_METHOD_SEVERAL) == 0;

	source->run(source);
	pthread_mutex_lock(&strand->lock);
	void (*release)(struct source *) = strand->release;
	strand->release = NULL;
	end_source(strand, source);
	struct source *next = last ? NULL : next_source(strand);
	pthread_mutex_unlock(&strand->lock);
	if (framed)
		frame_pop(&call);
	if (release)
		release(source);
	return next;
}

/* Whose call was cancelled must have seen it, under the lock, before that goes. */
static void destroy(struct strand *strand)
{
	pthread_mutex_lock(&strand->lock);
	strand->waiting++;
	while (strand->callers > 0)
		pthread_cond_wait(&strand->changed, &strand->lock);
	pthread_mutex_unlock(&strand->lock);
	if (strand->gate)
		gate_retire(strand->gate);
	pthread_mutex_destroy(&strand->lock);
	pthread_cond_destroy(&strand->changed);
	free(strand);
}

bool strand_run(struct strand *strand)
{
	struct run run = { .strand = strand, .outer = current };

	current = &run;
	pthread_mutex_lock(&strand->lock);
	struct source *source = next_source(strand);
	pthread_mutex_unlock(&strand->lock);
	for (int budget = STRAND_BATCH; source; budget--)
		source = run_source(strand, source, budget == 1);
	current = run.outer;

	pthread_mutex_lock(&strand->lock);
	bool more = has_work(strand), abandoned = strand->abandoned;
	strand->scheduled = more;
	if (!more && strand->waiting > 0)
		pthread_cond_broadcast(&strand->changed);
	pthread_mutex_unlock(&strand->lock);
	if (abandoned && strand->kind != STRAND_DEDICATED)
		destroy(strand);
	return more;
}

static void *run_dedicated(void *data)
{
	struct strand *strand = data;
	bool ending, abandoned;

	do {
		pthread_mutex_lock(&strand->lock);
		while (!strand->ending && !strand->scheduled)
			pthread_cond_wait(&strand->changed, &strand->lock);
		ending = strand->ending;
		pthread_mutex_unlock(&strand->lock);
		if (!ending)
			strand_run(strand);
		pthread_mutex_lock(&strand->lock);
		abandoned = strand->abandoned;
		pthread_mutex_unlock(&strand->lock);
	} while (!ending && !abandoned);
	if (abandoned)
		destroy(strand);
	return NULL;
}

int thread_start(pthread_t *thread, const char *name, void *(*run)(void *data), void *data)
{
	char short_name[16] = { 0 };
	sigset_t all, before;

	/*
	 * Signals are the host's: a thread of ours never takes one, not even in its first instant.
	 */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int code = -pthread_create(thread, NULL, run, data);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (code == 0) {
		strncpy(short_name, name, sizeof(short_name) - 1);
		pthread_setname_np(*thread, short_name);
	}
	return code;
}

static int begin(struct strand *strand, const char *name)
{
	if (strand->kind == STRAND_POOLED)
		return pool_begin(strand->loop->pool);
	if (strand->kind == STRAND_DEDICATED)
		return thread_start(&strand->thread, name, run_dedicated, strand);
	return 0;
}

int strand_new_of_kind(struct loop *loop, struct gate_owner *owner, const char *name,
		       enum strand_kind kind, struct strand **out)
{
	struct strand *strand = calloc(1, sizeof(*strand));

	if (!strand)
		return -ENOMEM;
	strand->loop = loop;
	strand->kind = kind;
	TAILQ_INIT(&strand->lifecycle);
	TAILQ_INIT(&strand->usual);
	pthread_mutex_init(&strand->lock, NULL);
	pthread_cond_init(&strand->changed, NULL);
	int code = 0;
	if (owner) {
		strand->gate = gate_new(owner, GATE_STRAND, 0, strlen(name) + 1);
		if (strand->gate)
			strand->gate->label = strcpy(gate_extra(strand->gate), name);
		else
			code = -ENOMEM;
	}
	if (code == 0)
		code = begin(strand, name);
	if (code < 0) {
		destroy(strand);
		return code;
	}
	*out = strand;
	return 0;
}

int strand_new(struct loop *loop, struct gate_owner *owner, const char *name, bool dedicated,
	       struct strand **out)
{
	enum strand_kind kind = loop->pool ? STRAND_POOLED : STRAND_CONTROL;

	return strand_new_of_kind(loop, owner, name, dedicated ? STRAND_DEDICATED : kind, out);
}

static void cancel_all(struct strand *strand, struct source_list *list)
{
	for (struct source *source; (source = TAILQ_FIRST(list));) {
		detach(strand, source);
		__atomic_store_n(&source->state, SOURCE_FINISHED, __ATOMIC_SEQ_CST);
		if (is_call(source))
			strand_call_cancel(source);
		else if (source->run == strand_post_run)
			strand_post_cancel(source);
	}
}

static bool unschedule(struct strand *strand)
{
	struct loop *loop = strand->loop;

	if (strand->kind == STRAND_POOLED)
		return pool_unschedule(loop->pool, strand);
	pthread_mutex_lock(&loop->lock);
	bool queued = strand_dequeue(&loop->queue, strand);
	pthread_mutex_unlock(&loop->lock);
	return queued;
}

void strand_free(struct strand *strand)
{
	if (!strand)
		return;
	bool own = strand_is_current(strand);
	pthread_mutex_lock(&strand->lock);
	strand->ending = true;
	strand->abandoned = own;
	cancel_all(strand, &strand->lifecycle);
	cancel_all(strand, &strand->usual);
	pthread_cond_broadcast(&strand->changed);
	strand->waiting++;
	while (!own && strand->kind != STRAND_DEDICATED && strand->scheduled && !unschedule(strand))
		pthread_cond_wait(&strand->changed, &strand->lock);
	strand->waiting--;
	pthread_mutex_unlock(&strand->lock);
	if (strand->kind == STRAND_DEDICATED && own)
		pthread_detach(strand->thread);
	else if (strand->kind == STRAND_DEDICATED)
		pthread_join(strand->thread, NULL);
	if (!own)
		destroy(strand);
}

void strand_pause(struct strand *strand)
{
	pthread_mutex_lock(&strand->lock);
	strand->paused = true;
	pthread_mutex_unlock(&strand->lock);
}

void strand_resume(struct strand *strand)
{
	pthread_mutex_lock(&strand->lock);
	strand->paused = false;
	schedule(strand);
	pthread_mutex_unlock(&strand->lock);
}

bool strand_is_busy(const struct strand *strand)
{
	struct strand *locked = (struct strand *)strand;

	pthread_mutex_lock(&locked->lock);
	bool busy = strand->busy;
	pthread_mutex_unlock(&locked->lock);
	return busy;
}

struct loop *strand_loop(const struct strand *strand)
{
	return strand->loop;
}

struct reactor *strand_reactor(struct strand *strand)
{
	struct loop *loop = strand->loop;

	return strand->kind == STRAND_CONTROL || !loop->pool ? &loop->control
							     : &loop->pool->reactor;
}

void source_init(struct source *source, struct strand *strand, void (*run)(struct source *source))
{
	*source = (struct source){ .run = run, .strand = strand };
}

/*
 * What the waker wrote before comes before its look at the state: pairs with the exchange in
 * next_source().
 */
static inline void order_before_state(struct source *source)
{
#ifdef __SANITIZE_THREAD__
	/* It does not know fences. */
	__atomic_fetch_add(&source->state, 0, __ATOMIC_SEQ_CST);
#else
	(void)source;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

void source_wake(struct source *source)
{
	order_before_state(source);
	uint32_t state = __atomic_load_n(&source->state, __ATOMIC_ACQUIRE), next;
	do {
		if (state != SOURCE_IDLE && state != SOURCE_RUNNING)
			return;
		next = state == SOURCE_IDLE ? SOURCE_READY : SOURCE_WOKEN;
	} while (!__atomic_compare_exchange_n(&source->state, &state, next, false, __ATOMIC_SEQ_CST,
					      __ATOMIC_ACQUIRE));
	if (next == SOURCE_WOKEN)
		return;
	struct strand *strand = source->strand;
	pthread_mutex_lock(&strand->lock);
	if (__atomic_load_n(&source->state, __ATOMIC_ACQUIRE) == SOURCE_READY) {
		append(strand, source);
		schedule(strand);
	}
	pthread_mutex_unlock(&strand->lock);
}

static void wait_while_running(struct strand *strand, struct source *source)
{
	frame_block();
	pthread_mutex_lock(&strand->lock);
	strand->waiting++;
	while (strand->running == source)
		pthread_cond_wait(&strand->changed, &strand->lock);
	strand->waiting--;
	pthread_mutex_unlock(&strand->lock);
	frame_unblock();
}

/* Whether it still runs, on another thread than this. With the strand's lock held. */
static bool take_off(struct strand *strand, struct source *source)
{
	__atomic_store_n(&source->state, SOURCE_FINISHED, __ATOMIC_SEQ_CST);
	detach(strand, source);
	if (strand->running == source && strand_is_current(strand))
		strand->running = NULL;
	return strand->running == source;
}

void source_fini(struct source *source)
{
	struct strand *strand = source->strand;

	pthread_mutex_lock(&strand->lock);
	bool runs = take_off(strand, source);
	pthread_mutex_unlock(&strand->lock);
	if (runs)
		wait_while_running(strand, source);
}

void source_abandon(struct source *source, void (*release)(struct source *source))
{
	struct strand *strand = source->strand;

	pthread_mutex_lock(&strand->lock);
	bool runs = take_off(strand, source);
	if (runs)
		strand->release = release;
	pthread_mutex_unlock(&strand->lock);
	if (!runs)
		release(source);
}
