/* SPDX-License-Identifier: MIT */
/*
 * What waits for the kernel: one epoll set with its timers and descriptors, polled by one thread at
 * a time.
 */
#include "reactor.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "loop.h"

/* A watch's id has a descriptor in its lower half, so it is never one of these. */
#define ID_TIMER UINT64_MAX
#define ID_BELL (UINT64_MAX - 1)

static int add(struct reactor *reactor, int descriptor, uint64_t id)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = id };

	return epoll_ctl(reactor->epoll, EPOLL_CTL_ADD, descriptor, &event);
}

int reactor_init(struct reactor *reactor, struct loop *loop)
{
	*reactor = (struct reactor){ .loop = loop, .armed = INT64_MAX };
	pthread_mutex_init(&reactor->lock, NULL);
	reactor->epoll = epoll_create1(EPOLL_CLOEXEC);
	reactor->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	reactor->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (reactor->epoll < 0 || reactor->timer < 0 || reactor->bell < 0 ||
	    add(reactor, reactor->timer, ID_TIMER) < 0 || add(reactor, reactor->bell, ID_BELL) < 0)
		return -errno;
	return 0;
}

void reactor_fini(struct reactor *reactor)
{
	const int descriptors[] = { reactor->epoll, reactor->timer, reactor->bell };

	for (size_t i = 0; i < 3; i++)
		if (descriptors[i] >= 0)
			close(descriptors[i]);
	free(reactor->watches);
	pthread_mutex_destroy(&reactor->lock);
}

void reactor_ring(struct reactor *reactor)
{
	if (!reactor->rung)
		eventfd_write(reactor->bell, 1);
	reactor->rung = true;
}

void reactor_unring(struct reactor *reactor)
{
	eventfd_t count;

	if (reactor->rung)
		eventfd_read(reactor->bell, &count);
	reactor->rung = false;
}

int reactor_wait(struct reactor *reactor, struct epoll_event events[REACTOR_BATCH], int timeout)
{
	int count = epoll_wait(reactor->epoll, events, REACTOR_BATCH, timeout);

	return count < 0 ? 0 : count;
}

bool reactor_handle(struct reactor *reactor, const struct epoll_event *events, int count)
{
	bool bell = false, timer = false;

	pthread_mutex_lock(&reactor->lock);
	for (int i = 0; i < count; i++) {
		uint64_t id = events[i].data.u64;

		if (id == ID_BELL)
			bell = true;
		else if (id == ID_TIMER)
			timer = true;
		else
			watch_wake(reactor, id, events[i].events);
	}
	pthread_mutex_unlock(&reactor->lock);
	if (timer) {
		uint64_t expirations;

		/*
		 * Another thread may have set it anew meanwhile: then there is nothing to read, nor
		 * to do.
		 */
		if (read(reactor->timer, &expirations, sizeof(expirations)) > 0)
			timer_fire_due(reactor, loop_now(reactor->loop));
	}
	return bell;
}
