/* SPDX-License-Identifier: MIT */
/*
 * What waits for the kernel: one epoll set with its timers and descriptors, polled by one thread at
 * a time.
 *
 * A loop has one for the control side and, with workers, one for the pool. Nothing runs in here:
 * what is due only wakes its source. Lock order: reactor, strand, pool or loop.
 */
#ifndef CORBEL_CORE_REACTOR_H
#define CORBEL_CORE_REACTOR_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

#define REACTOR_BATCH 64

struct corbel_timer;
struct corbel_watch;
struct loop;

struct reactor {
	struct loop *loop;
	int epoll;
	int timer; /* timerfd, armed for the first */
	int bell;  /* eventfd that wakes who polls */
	bool rung; /* guarded by the lock of who rings */
	pthread_mutex_t lock;
	struct corbel_watch **watches; /* by descriptor */
	size_t watch_capacity;
	uint32_t generation;        /* of the newest watch */
	struct corbel_timer *first; /* of the heap */
	uint64_t sequence; /* of the newest timer: equal times fire in the order of their start */
	int64_t armed;     /* what the timerfd is set to; INT64_MAX: nothing */
};

/* What failed half-way, too, wants reactor_fini(). */
int reactor_init(struct reactor *reactor, struct loop *loop);
void reactor_fini(struct reactor *reactor);
void reactor_ring(struct reactor *reactor);
void reactor_unring(struct reactor *reactor);
/* The number of events, 0 also for a signal. `timeout` as of epoll_wait(2). */
int reactor_wait(struct reactor *reactor, struct epoll_event events[REACTOR_BATCH], int timeout);
/* Wakes the sources of what reactor_wait() found; whether the bell was among it. */
bool reactor_handle(struct reactor *reactor, const struct epoll_event *events, int count);

/* timer.c: wakes what is due at `now`, and arms the timerfd for the rest. */
void timer_fire_due(struct reactor *reactor, int64_t now);
/* Disarms the timerfd: the clock is virtual from now on. */
void timer_disarm(struct reactor *reactor);
/* watch.c: an event of the registration that epoll knows by `id`. With the reactor's lock held. */
void watch_wake(struct reactor *reactor, uint64_t id, uint32_t events);

#endif
