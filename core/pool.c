/* SPDX-License-Identifier: MIT */
/*
 * The threads that run pooled strands.
 *
 * A free thread runs the next strand of the queue, or else polls the reactor if nobody does, or
 * else parks. Whoever takes a strand sees to it that the rest of the queue, and the reactor, have
 * somebody: so one wake starts as many threads as there is work for, one after the other. At most
 * `workers` run at once; who blocks does not count.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "sandbox.h"
#include "strand.h"

struct pool_thread {
	struct frame_blocker blocker;
	struct pool *pool;
	pthread_t thread;
	struct pool_thread *next;
};

static void start_thread(struct pool *pool);

/* A thread is in the sandbox that its maker is in, and these run the strands of all plugins. */
static void grow(struct pool *pool)
{
	if (sandbox_is_around())
		source_wake(&pool->growth);
	else
		start_thread(pool);
}

/* With the pool's lock held, as all below: finds somebody for what is to do. */
static void nudge(struct pool *pool)
{
	bool work = !TAILQ_EMPTY(&pool->queue) && pool->running < pool->workers;
	bool poll = pool->watched && !pool->polling;

	if (pool->ending || (!work && !poll))
		return;
	/* Somebody is on the way, and will look again. */
	if (pool->tickets > 0 || pool->handling)
		return;
	unsigned extra = pool->blocked < POOL_EXTRA ? pool->blocked : POOL_EXTRA;
	if (pool->parked > 0) {
		pool->tickets++;
		pthread_cond_signal(&pool->wake);
	} else if (pool->threads < pool->workers + 1 + extra) {
		grow(pool);
	}
	if (pool->tickets == 0 && work && pool->polling)
		reactor_ring(&pool->reactor);
}

static void block(struct frame_blocker *blocker)
{
	struct pool *pool = ((struct pool_thread *)blocker)->pool;

	pthread_mutex_lock(&pool->lock);
	pool->running--;
	pool->blocked++;
	nudge(pool);
	pthread_mutex_unlock(&pool->lock);
}

static void unblock(struct frame_blocker *blocker)
{
	struct pool *pool = ((struct pool_thread *)blocker)->pool;

	/*
	 * For a while more than `workers` may run: waiting for a slot here could wait for itself.
	 */
	pthread_mutex_lock(&pool->lock);
	pool->running++;
	pool->blocked--;
	pthread_mutex_unlock(&pool->lock);
}

static void run_strand(struct pool *pool, struct pool_thread *self)
{
	struct strand *strand = TAILQ_FIRST(&pool->queue);

	strand_dequeue(&pool->queue, strand);
	pool->running++;
	nudge(pool);
	pthread_mutex_unlock(&pool->lock);
	bool more = strand_run(strand);
	/* It may have been given up meanwhile, and come back after all. */
	frame_blocker_return(&self->blocker);
	pthread_mutex_lock(&pool->lock);
	pool->running--;
	if (more)
		strand_enqueue(&pool->queue, strand);
}

static void poll_reactor(struct pool *pool)
{
	struct epoll_event events[REACTOR_BATCH];

	pool->polling = true;
	pthread_mutex_unlock(&pool->lock);
	int count = reactor_wait(&pool->reactor, events, -1);
	pthread_mutex_lock(&pool->lock);
	pool->handling = true;
	pthread_mutex_unlock(&pool->lock);
	bool bell = reactor_handle(&pool->reactor, events, count);
	pthread_mutex_lock(&pool->lock);
	if (bell)
		reactor_unring(&pool->reactor);
	pool->handling = false;
	pool->polling = false;
}

static void park(struct pool *pool)
{
	pool->parked++;
	while (pool->tickets == 0 && !pool->ending)
		pthread_cond_wait(&pool->wake, &pool->lock);
	pool->parked--;
	if (pool->tickets > 0)
		pool->tickets--;
}

static void *run_thread(void *data)
{
	struct pool_thread *self = data;
	struct pool *pool = self->pool;

	frame_register();
	frame_set_blocker(&self->blocker);
	pthread_mutex_lock(&pool->lock);
	if (pool->tickets > 0)
		pool->tickets--;
	while (!pool->ending) {
		if (!TAILQ_EMPTY(&pool->queue) && pool->running < pool->workers)
			run_strand(pool, self);
		else if (pool->watched && !pool->polling)
			poll_reactor(pool);
		else
			park(pool);
	}
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

static void start_thread(struct pool *pool)
{
	struct pool_thread *member = calloc(1, sizeof(*member));
	char name[32];

	if (!member)
		return;
	*member = (struct pool_thread){ .blocker = { block, unblock, false },
					.pool = pool,
					.next = pool->members };
	snprintf(name, sizeof(name), "corbel-pool-%u", pool->threads % 100 + 1);
	if (thread_start(&member->thread, name, run_thread, member) < 0) {
		free(member);
		return;
	}
	pool->members = member;
	pool->threads++;
	pool->tickets++;
}

static void run_growth(struct source *source)
{
	struct pool *pool = container_of(source, struct pool, growth);

	pthread_mutex_lock(&pool->lock);
	nudge(pool);
	pthread_mutex_unlock(&pool->lock);
}

int pool_new(struct loop *loop, unsigned workers, struct pool **out)
{
	struct pool *pool = calloc(1, sizeof(*pool));

	if (!pool)
		return -ENOMEM;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->wake, NULL);
	TAILQ_INIT(&pool->queue);
	source_init(&pool->growth, loop->strand, run_growth);
	pool->workers = workers;
	*out = pool;
	return reactor_init(&pool->reactor, loop);
}

void pool_free(struct pool *pool)
{
	if (!pool)
		return;
	source_fini(&pool->growth);
	pthread_mutex_lock(&pool->lock);
	pool->ending = true;
	pthread_cond_broadcast(&pool->wake);
	reactor_ring(&pool->reactor);
	pthread_mutex_unlock(&pool->lock);
	for (struct pool_thread *member; (member = pool->members);) {
		pthread_join(member->thread, NULL);
		pool->members = member->next;
		free(member);
	}
	reactor_fini(&pool->reactor);
	pthread_mutex_destroy(&pool->lock);
	pthread_cond_destroy(&pool->wake);
	free(pool);
}

int pool_begin(struct pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	if (pool->threads == 0)
		start_thread(pool);
	bool begun = pool->threads > 0;
	pthread_mutex_unlock(&pool->lock);
	return begun ? 0 : -EAGAIN;
}

void pool_schedule(struct pool *pool, struct strand *strand)
{
	pthread_mutex_lock(&pool->lock);
	strand_enqueue(&pool->queue, strand);
	nudge(pool);
	pthread_mutex_unlock(&pool->lock);
}

void pool_watch(struct pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->watched = true;
	nudge(pool);
	pthread_mutex_unlock(&pool->lock);
}
