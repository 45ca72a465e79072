/* SPDX-License-Identifier: MIT */
/* What loop, pool and strand know of each other; other rooms see <loop.h> alone. */
#ifndef CORBEL_CORE_STRAND_H
#define CORBEL_CORE_STRAND_H

#include <pthread.h>
#include <stddef.h>
#include <sys/queue.h>

#include "loop.h"
#include "reactor.h"

/* Sources that a strand runs before others get their turn. */
#define STRAND_BATCH 64
/* Threads a pool may have beyond its workers and its poller because others wait. */
#define POOL_EXTRA 64

TAILQ_HEAD(source_list, source);
/* Strands that wait for a thread. */
TAILQ_HEAD(strand_queue, strand);

enum strand_kind {
	STRAND_CONTROL, /* run by loop_dispatch() */
	STRAND_POOLED,
	STRAND_DEDICATED
};

struct strand {
	struct loop *loop;
	struct gate *gate; /* whoever runs it has a frame on it */
	enum strand_kind kind;
	pthread_mutex_t lock;
	pthread_cond_t
		changed; /* a source ended, the strand is idle, or a dedicated thread has work */
	struct source_list lifecycle, usual;
	size_t calls, posts;    /* of strand_call() and strand_post() among the usual */
	size_t callers;         /* they wait for it, and look at the lock once more */
	struct source *running; /* NULL also after it was finished from within */
	bool paused, posts_pass;
	bool halted;
	bool busy;      /* in a source or a visit */
	bool scheduled; /* queued, or a thread runs it */
	bool ending;
	pthread_t thread;          /* dedicated */
	pid_t id;                  /* of that thread, once it runs */
	int64_t cpu_time;          /* of others, while they ran it; atomic */
	TAILQ_ENTRY(strand) entry; /* in a queue; this and `queued`: guarded by its lock */
	bool queued;
};

/* The threads that run pooled strands and take turns in polling. */
struct pool {
	pthread_mutex_t lock;
	struct source growth; /* on the control side: makes threads that are in no sandbox */
	pthread_cond_t wake;
	struct reactor reactor;
	struct strand_queue queue;
	struct pool_thread *members;
	unsigned workers; /* strands that run at once */
	unsigned threads, running, blocked, parked;
	unsigned tickets; /* threads that were told to wake or start, and have not yet */
	bool watched;     /* the reactor has ever had anything to wait for */
	bool polling;     /* a thread waits in the reactor, or handles what it found */
	bool handling;    /* the latter: it will look at the queue by itself */
	bool ending;
};

struct loop {
	struct reactor control; /* its epoll set is the loop's descriptor */
	struct pool *pool;      /* NULL without workers */
	struct strand *strand;  /* the control side's */
	pthread_mutex_t lock;
	struct strand_queue queue; /* of the control side */
	bool dispatching;          /* nobody needs to ring the bell */
	bool is_virtual;
	int64_t clock; /* the virtual one */
};

static inline void strand_enqueue(struct strand_queue *queue, struct strand *strand)
{
	TAILQ_INSERT_TAIL(queue, strand, entry);
	strand->queued = true;
}
/* Whether it was in there. */
static inline bool strand_dequeue(struct strand_queue *queue, struct strand *strand)
{
	if (!strand->queued)
		return false;
	TAILQ_REMOVE(queue, strand, entry);
	strand->queued = false;
	return true;
}

/*
 * Runs a batch; true: the strand has more to do, and stays scheduled. After false it may be gone.
 */
bool strand_run(struct strand *strand);
/* All four with the strand's lock held. The source goes to the end of its list; off it; */
void strand_append(struct strand *strand, struct source *source);
void strand_detach(struct strand *strand, struct source *source);
/* is finished, and told that it will not run. */
void strand_cancel(struct strand *strand, struct source *source);
/* If it has work, somebody is found for it. */
void strand_schedule(struct strand *strand);
/* Its memory is needed until the other is called, both with its lock held. */
void strand_stay(struct strand *strand);
void strand_go(struct strand *strand);
/* The one for its timers and descriptors; from now on somebody polls it. */
struct reactor *strand_reactor(struct strand *strand);
/* The innermost strand that this thread is running on, or NULL. */
struct strand *strand_current(void);
/* Whose code it runs; NULL: nobody's. */
static inline struct gate_owner *strand_owner(const struct strand *strand)
{
	return strand->gate ? strand->gate->owner : NULL;
}
/* Whether this thread runs a strand of the control side. AS-safe. */
bool strand_is_on_control(void);
/* Whether this thread is within loop_dispatch() of the loop. */
bool loop_is_dispatching_here(const struct loop *loop);

/* loop.c: the strand, of kind STRAND_CONTROL, has something to do. */
void loop_schedule(struct loop *loop, struct strand *strand);

/* Sets `out` also to what failed half-way. */
int pool_new(struct loop *loop, unsigned workers, struct pool **out);
void pool_free(struct pool *pool);
/* Sees to it that there is a thread: 0 or -errno. */
int pool_begin(struct pool *pool);
void pool_schedule(struct pool *pool, struct strand *strand);
/* From now on somebody polls the reactor. */
void pool_watch(struct pool *pool);

/* Processor time of the calling thread, and of another one that has not been joined; ns. */
int64_t thread_cpu_time(void);
int64_t cpu_time_of(pthread_t thread);
/* Starts a thread with all signals blocked and a name (15 bytes); 0 or -errno. */
int thread_start(pthread_t *thread, const char *name, void *(*run)(void *data), void *data);

#endif
