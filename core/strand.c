/* SPDX-License-Identifier: MIT */
/* Strands: what is due on each, in order, one at a time. */
#include "strand.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

bool strand_is_on_control(void)
{
	for (struct run *run = current; run; run = run->outer)
		if (run->strand->kind == STRAND_CONTROL)
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

/* Whether there is a source that may run now. With the strand's lock held, as all below. */
static bool has_work(const struct strand *strand)
{
	if (strand->ending || strand->busy)
		return false;
	if (!TAILQ_EMPTY(&strand->lifecycle) || strand->calls > 0)
		return true;
	if (strand->paused)
		return strand->posts_pass && strand->posts > 0;
	return !TAILQ_EMPTY(&strand->usual);
}

void strand_schedule(struct strand *strand)
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

static struct source_list *list_of(struct strand *strand, const struct source *source)
{
	return source->lifecycle ? &strand->lifecycle : &strand->usual;
}

void strand_append(struct strand *strand, struct source *source)
{
	TAILQ_INSERT_TAIL(list_of(strand, source), source, entry);
	source->listed = true;
	strand->calls += source->is_call;
	strand->posts += source->is_post;
}

void strand_detach(struct strand *strand, struct source *source)
{
	if (!source->listed)
		return;
	TAILQ_REMOVE(list_of(strand, source), source, entry);
	source->listed = false;
	strand->calls -= source->is_call;
	strand->posts -= source->is_post;
}

static struct source *first_source(struct strand *strand)
{
	struct source *source = TAILQ_FIRST(&strand->lifecycle);

	return source ? source : TAILQ_FIRST(&strand->usual);
}

/* Who calls is inside already, and a drain waits until the call is over. */
static bool passes_pause(const struct strand *strand, const struct source *source)
{
	return source->lifecycle || source->is_call || (source->is_post && strand->posts_pass);
}

static struct source *next_source(struct strand *strand)
{
	if (!has_work(strand))
		return NULL;
	struct source *source = first_source(strand);
	while (strand->paused && !passes_pause(strand, source))
		source = TAILQ_NEXT(source, entry);
	strand_detach(strand, source);
	strand->running = source;
	strand->busy = true;
	/*
	 * A full barrier: who saw the source ready before this had written what the run will read.
	 */
	__atomic_exchange_n(&source->state, SOURCE_RUNNING, __ATOMIC_SEQ_CST);
	return source;
}

/* Whether it is to be released. */
static bool end_source(struct strand *strand, struct source *source)
{
	uint32_t state = SOURCE_RUNNING;
	bool orphaned = strand->running == source && source->orphaned;

	/* NULL: finished from within, and perhaps freed. */
	if (strand->running == source &&
	    !__atomic_compare_exchange_n(&source->state, &state, SOURCE_IDLE, false,
					 __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST) &&
	    state == SOURCE_WOKEN) {
		__atomic_store_n(&source->state, SOURCE_READY, __ATOMIC_SEQ_CST);
		strand_append(strand, source);
	}
	strand->running = NULL;
	strand->busy = false;
	pthread_cond_broadcast(&strand->changed);
	return orphaned;
}

static bool enter(struct strand *strand, struct corbel_call *call, bool lifecycle)
{
	uint32_t method = lifecycle ? FRAME_LIFECYCLE : CORBEL_METHOD_SEVERAL;

	return frame_push(call, strand->gate, method) == 0;
}

/*
 * Runs one; the next is chosen before the frame is left, so that a leaver's taker finds the strand
 * idle.
 */
static struct source *run_source(struct strand *strand, struct source *source, bool last)
{
	struct corbel_call call;
	bool framed = enter(strand, &call, source->lifecycle);

	source->run(source);
	pthread_mutex_lock(&strand->lock);
	bool orphaned = end_source(strand, source);
	struct source *next = last ? NULL : next_source(strand);
	pthread_mutex_unlock(&strand->lock);
	if (orphaned)
		source->released(source);
	if (framed)
		frame_pop(&call);
	return next;
}

/* Whose call was cancelled must have seen it, under the lock, before that goes. */
static void destroy(struct strand *strand)
{
	pthread_mutex_lock(&strand->lock);
	while (strand->callers > 0)
		pthread_cond_wait(&strand->changed, &strand->lock);
	pthread_mutex_unlock(&strand->lock);
	gate_retire(strand->gate);
	pthread_mutex_destroy(&strand->lock);
	pthread_cond_destroy(&strand->changed);
	free(strand);
}

bool strand_run(struct strand *strand)
{
	struct run run = { .strand = strand, .outer = current };
	bool counts = strand->kind != STRAND_DEDICATED && strand->gate->owner;
	int64_t begun = counts ? thread_cpu_time() : 0;

	current = &run;
	pthread_mutex_lock(&strand->lock);
	struct source *source = next_source(strand);
	pthread_mutex_unlock(&strand->lock);
	for (int budget = STRAND_BATCH; source; budget--)
		source = run_source(strand, source, budget == 1);
	current = run.outer;
	if (counts)
		__atomic_fetch_add(&strand->cpu_time, thread_cpu_time() - begun, __ATOMIC_RELAXED);

	pthread_mutex_lock(&strand->lock);
	bool more = strand->scheduled = has_work(strand);
	if (!more)
		pthread_cond_broadcast(&strand->changed);
	pthread_mutex_unlock(&strand->lock);
	return more;
}

static void *run_dedicated(void *data)
{
	struct strand *strand = data;

	frame_register();
	pthread_mutex_lock(&strand->lock);
	strand->id = gettid();
	while (!strand->ending) {
		if (!strand->scheduled) {
			pthread_cond_wait(&strand->changed, &strand->lock);
			continue;
		}
		pthread_mutex_unlock(&strand->lock);
		strand_run(strand);
		pthread_mutex_lock(&strand->lock);
	}
	pthread_mutex_unlock(&strand->lock);
	return NULL;
}

int thread_start(pthread_t *thread, const char *name, void *(*run)(void *data), void *data)
{
	static const int faults[] = { SIGSEGV, SIGBUS,  SIGFPE, SIGILL,
				      SIGTRAP, SIGABRT, SIGSYS, SIGXCPU };
	char short_name[16] = { 0 };
	sigset_t all, before;

	/*
	 * Signals are the host's: a thread of ours never takes one, not even in its first instant;
	 * but for those of its own faults, which would end the process past their handlers.
	 */
	sigfillset(&all);
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++)
		sigdelset(&all, faults[i]);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int code = -pthread_create(thread, NULL, run, data);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (code == 0) {
		strncpy(short_name, name, sizeof(short_name) - 1);
		pthread_setname_np(*thread, short_name);
	}
	return code;
}

static int64_t time_of(clockid_t clock)
{
	struct timespec now = { 0 };

	clock_gettime(clock, &now);
	return now.tv_sec * CORBEL_SECOND + now.tv_nsec;
}

int64_t thread_cpu_time(void)
{
	return time_of(CLOCK_THREAD_CPUTIME_ID);
}

int64_t cpu_time_of(pthread_t thread)
{
	clockid_t clock;

	return pthread_getcpuclockid(thread, &clock) == 0 ? time_of(clock) : 0;
}

static int begin(struct strand *strand, const char *name)
{
	if (strand->kind == STRAND_POOLED)
		return pool_begin(strand->loop->pool);
	if (strand->kind == STRAND_DEDICATED)
		return thread_start(&strand->thread, name, run_dedicated, strand);
	return 0;
}

int strand_new(struct loop *loop, struct gate_owner *owner, const char *name, bool dedicated,
	       struct strand **out)
{
	struct strand *strand = calloc(1, sizeof(*strand));

	if (!strand)
		return -ENOMEM;
	strand->loop = loop;
	strand->kind = dedicated ? STRAND_DEDICATED : loop->pool ? STRAND_POOLED : STRAND_CONTROL;
	TAILQ_INIT(&strand->lifecycle);
	TAILQ_INIT(&strand->usual);
	pthread_mutex_init(&strand->lock, NULL);
	pthread_cond_init(&strand->changed, NULL);
	strand->gate = gate_new(owner, GATE_STRAND, 0, strlen(name) + 1);
	int code = strand->gate ? 0 : -ENOMEM;
	if (code == 0) {
		strand->gate->label = strcpy(gate_extra(strand->gate), name);
		code = begin(strand, name);
	}
	if (code < 0) {
		destroy(strand);
		return code;
	}
	*out = strand;
	return 0;
}

void strand_cancel(struct strand *strand, struct source *source)
{
	strand_detach(strand, source);
	__atomic_store_n(&source->state, SOURCE_FINISHED, __ATOMIC_SEQ_CST);
	if (source->cancel)
		source->cancel(source);
}

static void cancel_all(struct strand *strand)
{
	for (struct source *source; (source = first_source(strand));)
		strand_cancel(strand, source);
}

/* Takes it out of its queue, unless a thread runs it. */
static bool unschedule(struct strand *strand)
{
	struct loop *loop = strand->loop;
	bool pooled = strand->kind == STRAND_POOLED;
	pthread_mutex_t *lock = pooled ? &loop->pool->lock : &loop->lock;

	pthread_mutex_lock(lock);
	bool queued = strand_dequeue(pooled ? &loop->pool->queue : &loop->queue, strand);
	pthread_mutex_unlock(lock);
	return queued;
}

void strand_free(struct strand *strand)
{
	if (!strand)
		return;
	bool dedicated = strand->kind == STRAND_DEDICATED;
	pthread_mutex_lock(&strand->lock);
	strand->ending = true;
	cancel_all(strand);
	pthread_cond_broadcast(&strand->changed);
	while (!dedicated && strand->scheduled && !unschedule(strand))
		pthread_cond_wait(&strand->changed, &strand->lock);
	pthread_mutex_unlock(&strand->lock);
	if (dedicated)
		pthread_join(strand->thread, NULL);
	destroy(strand);
}

void strand_pause(struct strand *strand, bool with_posts)
{
	pthread_mutex_lock(&strand->lock);
	strand->paused = true;
	strand->posts_pass = with_posts && !strand->halted;
	strand_schedule(strand);
	pthread_mutex_unlock(&strand->lock);
}

void strand_resume(struct strand *strand)
{
	pthread_mutex_lock(&strand->lock);
	strand->paused = strand->halted;
	strand_schedule(strand);
	pthread_mutex_unlock(&strand->lock);
}

/*
 * With the lock held. A thread may still be on its way out of strand_run(), or in, to find that
 * there is nothing to do: it does not matter.
 */
static bool is_quiet(const struct strand *strand)
{
	return strand->paused && !strand->busy && !has_work(strand);
}

bool strand_is_quiet(struct strand *strand)
{
	pthread_mutex_lock(&strand->lock);
	bool quiet = is_quiet(strand);
	pthread_mutex_unlock(&strand->lock);
	return quiet;
}

int strand_visit(struct strand *strand, int (*call)(void *arguments), void *arguments)
{
	struct run run = { .strand = strand, .outer = current };
	struct corbel_call frame;

	pthread_mutex_lock(&strand->lock);
	bool quiet = is_quiet(strand), visits = quiet && strand->kind != STRAND_DEDICATED;
	strand->busy |= visits;
	pthread_mutex_unlock(&strand->lock);
	if (!visits)
		return quiet ? strand_call(strand, call, arguments) : -EBUSY;
	bool framed = enter(strand, &frame, false);
	current = &run;
	int result = call(arguments);
	current = run.outer;
	pthread_mutex_lock(&strand->lock);
	strand->busy = false;
	strand_schedule(strand);
	pthread_mutex_unlock(&strand->lock);
	if (framed)
		frame_pop(&frame);
	return result;
}

struct loop *strand_loop(const struct strand *strand)
{
	return strand->loop;
}

int64_t strand_cpu_time(const struct strand *strand)
{
	if (strand->kind == STRAND_DEDICATED)
		return cpu_time_of(strand->thread);
	return __atomic_load_n(&strand->cpu_time, __ATOMIC_RELAXED);
}

/* Strands that the control thread runs wait, and are waited for, as one. */
struct gate *strand_gate(const struct strand *strand)
{
	return strand->kind == STRAND_CONTROL ? strand->loop->strand->gate : strand->gate;
}

struct reactor *strand_reactor(struct strand *strand)
{
	struct loop *loop = strand->loop;

	if (strand->kind == STRAND_CONTROL || !loop->pool)
		return &loop->control;
	pool_watch(loop->pool);
	return &loop->pool->reactor;
}

void strand_stay(struct strand *strand)
{
	strand->callers++;
}

void strand_go(struct strand *strand)
{
	if (--strand->callers == 0 && strand->ending)
		pthread_cond_broadcast(&strand->changed);
}
