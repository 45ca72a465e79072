/* SPDX-License-Identifier: MIT */
/* Timers: a pairing heap by time of each reactor, and the timerfd that is armed for its first. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>

#include "guard.h"
#include "strand.h"

LIST_HEAD(timer_list, corbel_timer);

struct corbel_timer {
	struct source source;
	struct ledger_item item;
	struct reactor *reactor;
	int64_t due, period;
	uint64_t sequence;
	bool pending;            /* in the heap */
	struct timer_list below; /* heaps, each later than this */
	LIST_ENTRY(corbel_timer) entry;
	LIST_ENTRY(corbel_timer) taken; /* timer_take_over()'s */
	void (*fire)(void *data);
	void *data;
};

static bool is_before(const struct corbel_timer *one, const struct corbel_timer *other)
{
	if (one->due != other->due)
		return one->due < other->due;
	return one->sequence < other->sequence;
}

/* Of two heaps the later goes below the earlier. Either may be NULL. */
static struct corbel_timer *meld(struct corbel_timer *one, struct corbel_timer *other)
{
	if (!one || !other)
		return one ? one : other;
	bool in_order = is_before(one, other);
	struct corbel_timer *first = in_order ? one : other, *second = in_order ? other : one;
	LIST_INSERT_HEAD(&first->below, second, entry);
	return first;
}

static struct corbel_timer *take(struct timer_list *list)
{
	struct corbel_timer *timer = LIST_FIRST(list);

	if (timer)
		LIST_REMOVE(timer, entry);
	return timer;
}

/* In pairs first: so that removing the earliest costs the logarithm of how many there are. */
static struct corbel_timer *meld_all(struct timer_list *list)
{
	struct timer_list pairs = LIST_HEAD_INITIALIZER(pairs);
	struct corbel_timer *timer, *all = NULL;

	while ((timer = take(list))) {
		struct corbel_timer *pair = meld(timer, take(list));

		LIST_INSERT_HEAD(&pairs, pair, entry);
	}
	while ((timer = take(&pairs)))
		all = meld(all, timer);
	return all;
}

static void heap_add(struct reactor *reactor, struct corbel_timer *timer)
{
	timer->pending = true;
	reactor->first = meld(reactor->first, timer);
}

static void heap_remove(struct reactor *reactor, struct corbel_timer *timer)
{
	struct corbel_timer *below = meld_all(&timer->below);

	timer->pending = false;
	if (timer != reactor->first)
		LIST_REMOVE(timer, entry);
	reactor->first = timer == reactor->first ? below : meld(reactor->first, below);
}

/*
 * Only ever earlier: a firing that finds nothing due is cheaper than setting it at each start and
 * stop.
 */
static void arm(struct reactor *reactor)
{
	if (!reactor->first || reactor->first->due >= reactor->armed ||
	    __atomic_load_n(&reactor->loop->is_virtual, __ATOMIC_ACQUIRE))
		return;
	int64_t due = reactor->first->due;
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
	for (struct corbel_timer *timer; (timer = reactor->first) && timer->due <= now;) {
		source_wake(&timer->source);
		heap_remove(reactor, timer);
		if (timer->period == 0)
			continue;
		int64_t missed = (now - timer->due) / timer->period;
		timer->due = add_times(timer->due + missed * timer->period, timer->period);
		heap_add(reactor, timer);
	}
	arm(reactor);
	pthread_mutex_unlock(&reactor->lock);
}

static void run_timer(struct source *source)
{
	struct corbel_timer *timer = (struct corbel_timer *)source;

	/* May free the timer. */
	guard_run(strand_owner(source->strand), timer->fire, timer->data);
}

static void unschedule(struct corbel_timer *timer)
{
	struct reactor *reactor = timer->reactor;

	pthread_mutex_lock(&reactor->lock);
	if (timer->pending)
		heap_remove(reactor, timer);
	pthread_mutex_unlock(&reactor->lock);
	ledger_remove(&timer->item);
}

static void release_timer(struct source *source)
{
	struct corbel_timer *timer = (struct corbel_timer *)source;

	explicit_bzero(&timer->fire, sizeof(timer->fire));
	free(timer);
}

void timer_stop(struct corbel_timer *timer)
{
	if (!timer)
		return;
	unschedule(timer);
	timer->source.released = release_timer;
	source_fini(&timer->source);
}

static void reclaim_timer(struct ledger_item *item)
{
	timer_stop(container_of(item, struct corbel_timer, item));
}

int timer_start(struct strand *strand, struct ledger *ledger, int64_t first, int64_t period,
		void (*fire)(void *data), void *data, struct corbel_timer **out)
{
	if (period < 0 || !fire)
		return -EINVAL;
	struct corbel_timer *timer = calloc(1, sizeof(*timer));
	if (!timer)
		return -ENOMEM;
	struct reactor *reactor = strand_reactor(strand);
	source_init(&timer->source, strand, run_timer);
	timer->reactor = reactor;
	timer->due = add_times(loop_now(strand->loop), first > 0 ? first : 0);
	timer->period = period;
	timer->fire = fire;
	timer->data = data;
	ledger_add(ledger, &timer->item, "timer", reclaim_timer);
	/* Before it can fire: the callback may stop it. */
	*out = timer;
	pthread_mutex_lock(&reactor->lock);
	timer->sequence = reactor->sequence++;
	heap_add(reactor, timer);
	arm(reactor);
	pthread_mutex_unlock(&reactor->lock);
	return 0;
}

/* The periodic ones, oldest first. */
static void collect(struct ledger *ledger, struct timer_list *out)
{
	pthread_mutex_lock(&ledger->lock);
	for (struct ledger_item *item = LIST_FIRST(&ledger->items); item;
	     item = LIST_NEXT(item, entry)) {
		struct corbel_timer *timer = container_of(item, struct corbel_timer, item);
		if (item->reclaim == reclaim_timer && timer->period > 0)
			LIST_INSERT_HEAD(out, timer, taken);
	}
	pthread_mutex_unlock(&ledger->lock);
}

/* Its own dueness is forgotten. Should the other fire meanwhile, this one still will. */
static void take_over(struct corbel_timer *to, struct corbel_timer *from)
{
	pthread_mutex_lock(&from->reactor->lock);
	int64_t due = from->due;
	bool is_ready = __atomic_load_n(&from->source.state, __ATOMIC_ACQUIRE) == SOURCE_READY;
	pthread_mutex_unlock(&from->reactor->lock);

	pthread_mutex_lock(&to->reactor->lock);
	heap_remove(to->reactor, to);
	source_fini(&to->source);
	source_init(&to->source, to->source.strand, run_timer);
	to->due = due;
	heap_add(to->reactor, to);
	arm(to->reactor);
	if (is_ready)
		source_wake(&to->source);
	pthread_mutex_unlock(&to->reactor->lock);
}

void timer_take_over(struct ledger *to, struct ledger *from)
{
	struct timer_list heirs = { NULL }, old = { NULL };

	collect(to, &heirs);
	collect(from, &old);
	for (struct corbel_timer *timer = LIST_FIRST(&heirs); timer;
	     timer = LIST_NEXT(timer, taken)) {
		struct corbel_timer *match = LIST_FIRST(&old);

		while (match && match->period != timer->period)
			match = LIST_NEXT(match, taken);
		if (!match)
			continue;
		LIST_REMOVE(match, taken);
		take_over(timer, match);
	}
}
