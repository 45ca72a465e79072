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
	int code = reactor_init(&loop->control, loop);
	if (code < 0) {
		free(loop);
		return code;
	}
	pthread_mutex_init(&loop->lock, NULL);
	TAILQ_INIT(&loop->queue);
	code = workers > 0 ? pool_new(loop, workers, &loop->pool) : 0;
	if (code == 0)
		code = strand_new_of_kind(loop, NULL, "control", STRAND_CONTROL, &loop->strand);
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
	if (!loop->dispatching && !loop->rung) {
		loop->rung = true;
		reactor_ring(&loop->control);
	}
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

/* From here on wakes need no bell; how many strands there are to run. */
static size_t begin_dispatch(struct loop *loop)
{
	size_t count = 0;

	pthread_mutex_lock(&loop->lock);
	loop->dispatching = true;
	for (struct strand *strand = TAILQ_FIRST(&loop->queue); strand;
	     strand = TAILQ_NEXT(strand, entry))
		count++;
	pthread_mutex_unlock(&loop->lock);
	return count;
}

/* The descriptor shall be readable if, and only if, something is left to do. */
static void end_dispatch(struct loop *loop)
{
	pthread_mutex_lock(&loop->lock);
	loop->dispatching = false;
	bool left = !TAILQ_EMPTY(&loop->queue);
	if (left && !loop->rung)
		reactor_ring(&loop->control);
	if (!left && loop->rung)
		reactor_unring(&loop->control);
	loop->rung = left;
	pthread_mutex_unlock(&loop->lock);
}

static struct strand *next_strand(struct loop *loop)
{
	pthread_mutex_lock(&loop->lock);
	struct strand *strand = TAILQ_FIRST(&loop->queue);
	if (strand)
		strand_dequeue(&loop->queue, strand);
	pthread_mutex_unlock(&loop->lock);
	return strand;
}

int loop_dispatch(struct loop *loop, int64_t timeout)
{
	struct epoll_event events[REACTOR_BATCH];

	if (loop_is_dispatching_here(loop))
		return -EDEADLK;
	if (timeout != 0)
		wait_for_work(loop, timeout);
	begin_dispatch(loop);
	reactor_handle(&loop->control, events, reactor_wait(&loop->control, events, 0));
	/*
	 * Only as many as there are now: a strand that wakes itself for ever does not keep the
	 * caller.
	 */
	for (size_t left = begin_dispatch(loop); left > 0; left--) {
		struct strand *strand = next_strand(loop);

		if (!strand)
			break;
		if (strand_run(strand))
			loop_schedule(loop, strand);
	}
	end_dispatch(loop);
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
