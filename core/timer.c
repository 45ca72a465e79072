/* SPDX-License-Identifier: MIT */
/* Timers: a heap by time of each reactor, and the one timerfd that is armed for its first. */
#include <errno.h>
#include <stdlib.h>
#include <sys/timerfd.h>

#include "strand.h"

#define NOT_IN_HEAP SIZE_MAX

struct corbel_timer {
	struct source source;
	struct ledger_item item;
	struct reactor *reactor;
	int64_t due, period;
	uint64_t sequence;
	size_t place; /* in the heap */
	void (*fire)(void *data);
	void *data;
};

static bool is_before(const struct corbel_timer *one, const struct corbel_timer *other)
{
	if (one->due != other->due)
		return one->due < other->due;
	return one->sequence < other->sequence;
}

static void put(struct reactor *reactor, size_t place, struct corbel_timer *timer)
{
	reactor->heap[place] = timer;
	timer->place = place;
}

static void sift_up(struct reactor *reactor, size_t place, struct corbel_timer *timer)
{
	while (place > 0 && is_before(timer, reactor->heap[(place - 1) / 2])) {
		put(reactor, place, reactor->heap[(place - 1) / 2]);
		place = (place - 1) / 2;
	}
	put(reactor, place, timer);
}

static void sift_down(struct reactor *reactor, size_t place, struct corbel_timer *timer)
{
	for (size_t child; (child = 2 * place + 1) < reactor->timer_count; place = child) {
		if (child + 1 < reactor->timer_count &&
		    is_before(reactor->heap[child + 1], reactor->heap[child]))
			child++;
		if (!is_before(reactor->heap[child], timer))
			break;
		put(reactor, place, reactor->heap[child]);
	}
	put(reactor, place, timer);
}

static int heap_reserve(struct reactor *reactor)
{
	if (reactor->timer_count < reactor->timer_capacity)
		return 0;
	size_t capacity = reactor->timer_capacity ? 2 * reactor->timer_capacity : 16;
	struct corbel_timer **heap = reallocarray(reactor->heap, capacity, sizeof(*heap));
	if (!heap)
		return -ENOMEM;
	reactor->heap = heap;
	reactor->timer_capacity = capacity;
	return 0;
}

static void heap_remove(struct reactor *reactor, struct corbel_timer *timer)
{
	size_t place = timer->place;

	timer->place = NOT_IN_HEAP;
	struct corbel_timer *last = reactor->heap[--reactor->timer_count];
	if (last == timer)
		return;
	sift_down(reactor, place, last);
	sift_up(reactor, last->place, last);
}

/*
 * Only ever earlier: a firing that finds nothing due is cheaper than setting it at each start and
 * stop.
 */
static void arm(struct reactor *reactor)
{
	if (reactor->timer_count == 0 || reactor->heap[0]->due >= reactor->armed ||
	    __atomic_load_n(&reactor->loop->is_virtual, __ATOMIC_ACQUIRE))
		return;
	int64_t due = reactor->heap[0]->due;
	/* Zero would disarm it. */
	struct itimerspec setting = { .it_value = frame_timespec(due > 0 ? due : 1) };

	timerfd_settime(reactor->timer, TFD_TIMER_ABSTIME, &setting, NULL);
	reactor->armed = due;
}

void timer_disarm(struct reactor *reactor)
{
	struct itimerspec never = { 0 };

	pthread_mutex_lock(&reactor->lock);
	timerfd_settime(reactor->timer, 0, &never, NULL);
	reactor->armed = INT64_MAX;
	pthread_mutex_unlock(&reactor->lock);
}

static int64_t add_times(int64_t one, int64_t other)
{
	int64_t sum;

	return __builtin_add_overflow(one, other, &sum) ? INT64_MAX : sum;
}

void timer_fire_due(struct reactor *reactor, int64_t now)
{
	pthread_mutex_lock(&reactor->lock);
	reactor->armed = INT64_MAX;
	for (struct corbel_timer *timer;
	     reactor->timer_count > 0 && (timer = reactor->heap[0])->due <= now;) {
		source_wake(&timer->source);
		if (timer->period == 0) {
			heap_remove(reactor, timer);
			continue;
		}
		int64_t missed = (now - timer->due) / timer->period;
		timer->due = add_times(timer->due + missed * timer->period, timer->period);
		sift_down(reactor, 0, timer);
	}
	arm(reactor);
	pthread_mutex_unlock(&reactor->lock);
}

static void run_timer(struct source *source)
{
	struct corbel_timer *timer = (struct corbel_timer *)source;

	/* May free the timer. */
	timer->fire(timer->data);
}

static void unschedule(struct corbel_timer *timer)
{
	struct reactor *reactor = timer->reactor;

	pthread_mutex_lock(&reactor->lock);
	if (timer->place != NOT_IN_HEAP)
		heap_remove(reactor, timer);
	pthread_mutex_unlock(&reactor->lock);
	ledger_remove(&timer->item);
}

void timer_stop(struct corbel_timer *timer)
{
	if (!timer)
		return;
	unschedule(timer);
	source_fini(&timer->source);
	free(timer);
}

static void reclaim_timer(struct ledger_item *item)
{
	timer_stop(container_of(item, struct corbel_timer, item));
}

static int enrol(struct corbel_timer *timer, struct corbel_timer **out)
{
	struct reactor *reactor = timer->reactor;

	pthread_mutex_lock(&reactor->lock);
	int code = heap_reserve(reactor);
	if (code == 0) {
		/* Before it can fire: the callback may stop it. */
		*out = timer;
		timer->sequence = reactor->sequence++;
		sift_up(reactor, reactor->timer_count++, timer);
		arm(reactor);
	}
	pthread_mutex_unlock(&reactor->lock);
	return code;
}

int timer_start(struct strand *strand, struct ledger *ledger, int64_t first, int64_t period,
		void (*fire)(void *data), void *data, struct corbel_timer **out)
{
	if (period < 0 || !fire)
		return -EINVAL;
	struct corbel_timer *timer = calloc(1, sizeof(*timer));
	if (!timer)
		return -ENOMEM;
	source_init(&timer->source, strand, run_timer);
	timer->reactor = strand_reactor(strand);
	timer->due = add_times(loop_now(strand->loop), first > 0 ? first : 0);
	timer->period = period;
	timer->fire = fire;
	timer->data = data;
	ledger_add(ledger, &timer->item, "timer", reclaim_timer);
	int code = enrol(timer, out);
	if (code < 0) {
		ledger_remove(&timer->item);
		free(timer);
	}
	return code;
}
