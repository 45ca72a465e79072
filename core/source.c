/* SPDX-License-Identifier: MIT */
/* Sources: making them due, moving them, and taking them off. */
#include "strand.h"

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

/* It may move meanwhile. */
static struct strand *lock_strand_of(struct source *source)
{
	for (;;) {
		struct strand *strand = __atomic_load_n(&source->strand, __ATOMIC_ACQUIRE);

		pthread_mutex_lock(&strand->lock);
		if (strand == __atomic_load_n(&source->strand, __ATOMIC_ACQUIRE))
			return strand;
		pthread_mutex_unlock(&strand->lock);
	}
}

/* The waker and who moves it both come here: whoever is first lists it. */
static void append_ready(struct strand *strand, struct source *source)
{
	if (source->listed || __atomic_load_n(&source->state, __ATOMIC_ACQUIRE) != SOURCE_READY)
		return;
	strand_append(strand, source);
	if (source->is_call && strand->halted)
		strand_cancel(strand, source);
	strand_schedule(strand);
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
	struct strand *strand = lock_strand_of(source);
	append_ready(strand, source);
	pthread_mutex_unlock(&strand->lock);
}

void source_move(struct source *source, struct strand *strand)
{
	struct strand *old = lock_strand_of(source);

	strand_detach(old, source);
	__atomic_store_n(&source->strand, strand, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&old->lock);
	pthread_mutex_lock(&strand->lock);
	append_ready(strand, source);
	pthread_mutex_unlock(&strand->lock);
}

/* With the lock held, but for the look at circles. Whether its strand is to release it. */
static bool await_end(struct strand *strand, struct source *source)
{
	const struct frame_wait wait = { .gate = strand_gate(strand) };

	strand_stay(strand);
	pthread_mutex_unlock(&strand->lock);
	int code = frame_wait_begin(&wait);
	pthread_mutex_lock(&strand->lock);
	bool orphaned = code < 0 && source->released && strand->running == source;
	source->orphaned = orphaned;
	while (!orphaned && strand->running == source)
		pthread_cond_wait(&strand->changed, &strand->lock);
	if (code == 0) {
		pthread_mutex_unlock(&strand->lock);
		frame_wait_end();
		pthread_mutex_lock(&strand->lock);
	}
	strand_go(strand);
	return orphaned;
}

void source_fini(struct source *source)
{
	struct strand *strand = lock_strand_of(source);
	bool orphaned = false;

	__atomic_store_n(&source->state, SOURCE_FINISHED, __ATOMIC_SEQ_CST);
	strand_detach(strand, source);
	if (strand->running == source && strand_is_current(strand))
		strand->running = NULL;
	if (strand->running == source)
		orphaned = await_end(strand, source);
	pthread_mutex_unlock(&strand->lock);
	if (!orphaned && source->released)
		source->released(source);
}
