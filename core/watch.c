/* SPDX-License-Identifier: MIT */
/*
 * Watches: descriptors and what they wait for.
 *
 * The kernel reports each once (EPOLLONESHOT) and is asked again after `ready` has returned on the
 * strand: level-triggered as the plugin sees it, without a storm of reports meanwhile. It keeps a
 * registration for as long as any duplicate of the descriptor is open; reports name descriptor and
 * generation, and those of nobody are dropped.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guard.h"
#include "strand.h"
#include "usage.h"

#define READINESS (CORBEL_READABLE | CORBEL_WRITABLE)

_Static_assert((int)EPOLLIN == (int)CORBEL_READABLE && (int)EPOLLOUT == (int)CORBEL_WRITABLE &&
		       (int)(EPOLLERR | EPOLLHUP) == (int)CORBEL_ERROR_OR_HANGUP,
	       "readiness is passed through");

struct corbel_watch {
	struct source source;
	struct ledger_item item;
	struct usage *usage;
	struct reactor *reactor;
	int descriptor;
	bool owned;
	uint32_t generation;
	uint32_t events; /* this, `found` and `inside`: guarded by the reactor's lock */
	uint32_t found;
	bool inside; /* `ready` runs: the kernel is asked again after it */
	void (*ready)(void *data, int descriptor, uint32_t events);
	void *data;
};

static int control(struct corbel_watch *watch, int operation)
{
	struct epoll_event event = { .events = watch->events | EPOLLONESHOT,
				     .data.u64 = (uint64_t)watch->generation << 32 |
						 (uint32_t)watch->descriptor };

	return epoll_ctl(watch->reactor->epoll, operation, watch->descriptor, &event) < 0 ? -errno
											  : 0;
}

/*
 * Whether the kernel's registration for its descriptor is still this one: it may have been closed
 * and reused.
 */
static bool is_registered(const struct corbel_watch *watch)
{
	return watch->reactor->watches[watch->descriptor] == watch;
}

void watch_wake(struct reactor *reactor, uint64_t id, uint32_t events)
{
	size_t descriptor = (uint32_t)id;

	if (descriptor >= reactor->watch_capacity)
		return;
	struct corbel_watch *watch = reactor->watches[descriptor];
	if (!watch || watch->generation != id >> 32)
		return;
	watch->found |= events;
	source_wake(&watch->source);
}

struct readiness {
	const struct corbel_watch *watch;
	uint32_t found;
};

static void tell(void *data)
{
	const struct readiness *readiness = data;
	const struct corbel_watch *watch = readiness->watch;

	watch->ready(watch->data, watch->descriptor, readiness->found);
}

static void run_watch(struct source *source)
{
	struct corbel_watch *watch = (struct corbel_watch *)source;
	struct reactor *reactor = watch->reactor;
	struct strand *strand = source->strand;

	pthread_mutex_lock(&reactor->lock);
	uint32_t found = watch->found & (watch->events | CORBEL_ERROR_OR_HANGUP);
	/* Paused after it was found. */
	if (watch->events == 0)
		found = 0;
	watch->found = 0;
	watch->inside = true;
	pthread_mutex_unlock(&reactor->lock);
	struct readiness readiness = { watch, found };

	if (found)
		guard_run(strand_owner(strand), tell, &readiness);
	/* Removed from within, and perhaps freed? Only this thread changes it meanwhile. */
	if (strand->running != source)
		return;
	pthread_mutex_lock(&reactor->lock);
	watch->inside = false;
	if (watch->events != 0 && is_registered(watch))
		control(watch, EPOLL_CTL_MOD);
	pthread_mutex_unlock(&reactor->lock);
}

static void deregister(struct corbel_watch *watch)
{
	struct reactor *reactor = watch->reactor;

	pthread_mutex_lock(&reactor->lock);
	if (is_registered(watch)) {
		control(watch, EPOLL_CTL_DEL);
		reactor->watches[watch->descriptor] = NULL;
	}
	pthread_mutex_unlock(&reactor->lock);
	ledger_remove(&watch->item);
}

static void destroy(struct corbel_watch *watch)
{
	usage_give(watch->usage, USAGE_DESCRIPTORS, 1);
	explicit_bzero(&watch->ready, sizeof(watch->ready));
	free(watch);
}

static void release_watch(struct source *source)
{
	struct corbel_watch *watch = (struct corbel_watch *)source;

	if (watch->owned)
		close(watch->descriptor);
	destroy(watch);
}

void watch_remove(struct corbel_watch *watch)
{
	if (!watch)
		return;
	deregister(watch);
	watch->source.released = release_watch;
	source_fini(&watch->source);
}

static void reclaim_watch(struct ledger_item *item)
{
	watch_remove(container_of(item, struct corbel_watch, item));
}

/* With the reactor's lock held. */
static int reserve(struct reactor *reactor, size_t descriptor)
{
	size_t old = reactor->watch_capacity, capacity = descriptor + 64;

	if (descriptor < old)
		return 0;
	struct corbel_watch **watches = reallocarray(reactor->watches, capacity, sizeof(*watches));
	if (!watches)
		return -ENOMEM;
	memset(watches + old, 0, (capacity - old) * sizeof(*watches));
	reactor->watches = watches;
	reactor->watch_capacity = capacity;
	return 0;
}

int watch_add(struct strand *strand, struct ledger *ledger, int descriptor, uint32_t events,
	      void (*ready)(void *data, int descriptor, uint32_t events), void *data,
	      struct corbel_watch **out)
{
	if (descriptor < 0)
		return -EBADF;
	if (!ready || events & ~(uint32_t)(READINESS | CORBEL_ERROR_OR_HANGUP | CORBEL_WATCH_OWNED))
		return -EINVAL;
	struct corbel_watch *watch = calloc(1, sizeof(*watch));
	int code = watch ? usage_take(ledger_usage(ledger), USAGE_DESCRIPTORS, 1) : -ENOMEM;
	if (code < 0) {
		free(watch);
		return code;
	}
	struct reactor *reactor = strand_reactor(strand);
	source_init(&watch->source, strand, run_watch);
	watch->reactor = reactor;
	watch->descriptor = descriptor;
	watch->owned = events & CORBEL_WATCH_OWNED;
	watch->events = events & READINESS;
	watch->ready = ready;
	watch->data = data;
	watch->usage = ledger_usage(ledger);
	ledger_add(ledger, &watch->item, "watch", reclaim_watch);
	pthread_mutex_lock(&reactor->lock);
	watch->generation = ++reactor->generation;
	code = reserve(reactor, (size_t)descriptor);
	if (code == 0)
		code = control(watch, EPOLL_CTL_ADD);
	if (code == 0) {
		reactor->watches[descriptor] = watch;
		/* Before it can be found ready: the callback may remove it. */
		*out = watch;
	}
	pthread_mutex_unlock(&reactor->lock);
	if (code < 0) {
		ledger_remove(&watch->item);
		destroy(watch);
	}
	return code;
}

int watch_change(struct corbel_watch *watch, uint32_t events)
{
	struct reactor *reactor = watch->reactor;
	int code = 0;

	if (events & ~(uint32_t)(READINESS | CORBEL_ERROR_OR_HANGUP))
		return -EINVAL;
	pthread_mutex_lock(&reactor->lock);
	watch->events = events & READINESS;
	if (!is_registered(watch))
		code = -EBADF;
	else if (!watch->inside && watch->found == 0)
		code = control(watch, EPOLL_CTL_MOD);
	pthread_mutex_unlock(&reactor->lock);
	return code;
}
