/* SPDX-License-Identifier: MIT */
/* The loop: its clock, and the control side that whoever calls loop_dispatch() runs. */
#include "loop.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

#include "strand.h"

int loop_new(unsigned workers, struct loop **out)
{
	struct loop *loop = calloc(1, sizeof(*loop));

	if (!loop)
		return -ENOMEM;
	pthread_mutex_init(&loop->lock, NULL);
	TAILQ_INIT(&loop->queue);
	int code = reactor_init(&loop->control, loop);
	/* While there is no pool, a strand is the control side's. */
	if (code == 0)
		code = strand_new(loop, NULL, "control", false, &loop->strand);
	if (code == 0 && workers > 0)
		code = pool_new(loop, workers, &loop->pool);
	if (code < 0) {
		loop_free(loop);
		return code;
	}
	*out = loop;
	return 0;
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	pool_free(loop->pool);
	strand_free(loop->strand);
	reactor_fini(&loop->control);
	pthread_mutex_destroy(&loop->lock);
	free(loop);
}

int loop_descriptor(const struct loop *loop)
{
	return loop->control.epoll;
}

struct strand *loop_control(struct loop *loop)
{
	return loop->strand;
}

void loop_schedule(struct loop *loop, struct strand *strand)
{
	pthread_mutex_lock(&loop->lock);
	strand_enqueue(&loop->queue, strand);
	if (!loop->dispatching)
		reactor_ring(&loop->control);
	pthread_mutex_unlock(&loop->lock);
}

static void wait_for_work(struct loop *loop, int64_t timeout)
{
	struct pollfd descriptor = { .fd = loop->control.epoll, .events = POLLIN };
	struct timespec time = frame_timespec(timeout);

	/*
	 * epoll_wait(2) knows milliseconds only. A signal ends the wait: what it means is the
	 * caller's to see.
	 */
	ppoll(&descriptor, 1, timeout < 0 ? NULL : &time, NULL);
}

/* With the loop's lock held, but for the runs. */
static void run_strands(struct loop *loop)
{
	struct strand *strand;
	size_t left = 0;

	/*
	 * Only as many as there are now: a strand that wakes itself for ever does not keep the
	 * caller.
	 */
	for (strand = TAILQ_FIRST(&loop->queue); strand; strand = TAILQ_NEXT(strand, entry))
		left++;
	for (; left > 0 && (strand = TAILQ_FIRST(&loop->queue)); left--) {
		strand_dequeue(&loop->queue, strand);
		pthread_mutex_unlock(&loop->lock);
		bool more = strand_run(strand);
		pthread_mutex_lock(&loop->lock);
		if (more)
			strand_enqueue(&loop->queue, strand);
	}
}

int loop_dispatch(struct loop *loop, int64_t timeout)
{
	struct epoll_event events[REACTOR_BATCH];
	struct corbel_call call;

	if (loop_is_dispatching_here(loop))
		return -EDEADLK;
	if (timeout != 0)
		wait_for_work(loop, timeout);
	pthread_mutex_lock(&loop->lock);
	/* From here on wakes need no bell. */
	loop->dispatching = true;
	pthread_mutex_unlock(&loop->lock);
	bool framed = frame_push(&call, loop->strand->gate, CORBEL_METHOD_SEVERAL) == 0;
	reactor_handle(&loop->control, events, reactor_wait(&loop->control, events, 0));
	pthread_mutex_lock(&loop->lock);
	run_strands(loop);
	loop->dispatching = false;
	/* The descriptor shall be readable if, and only if, something is left to do. */
	if (TAILQ_EMPTY(&loop->queue))
		reactor_unring(&loop->control);
	else
		reactor_ring(&loop->control);
	pthread_mutex_unlock(&loop->lock);
	if (framed)
		frame_pop(&call);
	return 0;
}

int64_t loop_now(const struct loop *loop)
{
	if (__atomic_load_n(&loop->is_virtual, __ATOMIC_ACQUIRE))
		return __atomic_load_n(&loop->clock, __ATOMIC_ACQUIRE);
	return frame_now();
}

void loop_set_virtual(struct loop *loop, int64_t now)
{
	__atomic_store_n(&loop->clock, now, __ATOMIC_RELEASE);
	__atomic_store_n(&loop->is_virtual, true, __ATOMIC_RELEASE);
	timer_disarm(&loop->control);
	if (loop->pool)
		timer_disarm(&loop->pool->reactor);
}

void loop_advance(struct loop *loop, int64_t by)
{
	if (!__atomic_load_n(&loop->is_virtual, __ATOMIC_ACQUIRE))
		return;
	int64_t now = __atomic_add_fetch(&loop->clock, by, __ATOMIC_ACQ_REL);
	timer_fire_due(&loop->control, now);
	if (loop->pool)
		timer_fire_due(&loop->pool->reactor, now);
}
