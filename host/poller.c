/* SPDX-License-Identifier: MIT */
/* The loop of corbeld: ready descriptors and timers, served one at a time by one thread. */
#include "poller.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

int poller_init(struct poller *poller)
{
	*poller = (struct poller){ .epoll = epoll_create1(EPOLL_CLOEXEC) };
	return poller->epoll < 0 ? -errno : 0;
}

void poller_fini(struct poller *poller)
{
	if (poller->epoll >= 0)
		close(poller->epoll);
	poller->epoll = -1;
}

static int control(struct poller *poller, int operation, struct poller_watch *watch,
		   uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = watch };

	return epoll_ctl(poller->epoll, operation, watch->descriptor, &event) < 0 ? -errno : 0;
}

int poller_add(struct poller *poller, struct poller_watch *watch, int descriptor, uint32_t events)
{
	watch->descriptor = descriptor;
	int code = control(poller, EPOLL_CTL_ADD, watch, events);

	if (code < 0)
		watch->descriptor = -1;
	return code;
}

int poller_change(struct poller *poller, struct poller_watch *watch, uint32_t events)
{
	return control(poller, EPOLL_CTL_MOD, watch, events);
}

void poller_remove(struct poller *poller, struct poller_watch *watch)
{
	if (watch->descriptor >= 0)
		control(poller, EPOLL_CTL_DEL, watch, 0);
	watch->descriptor = -1;
}

void poller_post(struct poller *poller, struct poller_task *task)
{
	struct poller_task **link = &poller->tasks;

	if (task->is_posted)
		return;
	while (*link)
		link = &(*link)->next;
	*link = task;
	task->next = NULL;
	task->is_posted = true;
}

void poller_unpost(struct poller *poller, struct poller_task *task)
{
	struct poller_task **link = &poller->tasks;

	if (!task->is_posted)
		return;
	while (*link != task)
		link = &(*link)->next;
	*link = task->next;
	task->is_posted = false;
}

int64_t poller_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * POLLER_SECOND + now.tv_nsec;
}

void poller_timer_clear(struct poller *poller, struct poller_timer *timer)
{
	if (!timer->is_set)
		return;
	for (struct poller_timer **link = &poller->timers; *link; link = &(*link)->next) {
		if (*link == timer) {
			*link = timer->next;
			break;
		}
	}
	timer->is_set = false;
}

void poller_timer_set(struct poller *poller, struct poller_timer *timer, int64_t after)
{
	struct poller_timer **link = &poller->timers;

	poller_timer_clear(poller, timer);
	timer->due = poller_now() + after;
	while (*link && (*link)->due <= timer->due)
		link = &(*link)->next;
	timer->next = *link;
	timer->is_set = true;
	*link = timer;
}

/* Milliseconds until there is something to do: up to the first timer, rounded up so that the loop
 * does not spin before it. */
static int timeout_of(const struct poller *poller)
{
	if (poller->tasks)
		return 0;
	if (!poller->timers)
		return -1;
	int64_t left = (poller->timers->due - poller_now() + 999999) / 1000000;

	if (left <= 0)
		return 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}

int poller_turn(struct poller *poller)
{
	struct poller_timer *timer = poller->timers;

	/* Before the wait: an event that is fetched must be served, for it may come only once. */
	if (timer && timer->due <= poller_now()) {
		poller_timer_clear(poller, timer);
		timer->fire(timer->data);
		return 0;
	}
	struct epoll_event event;
	/* One event a turn: what a callback removes is then never among events already fetched. */
	int count = epoll_wait(poller->epoll, &event, 1, timeout_of(poller));

	if (count < 0)
		return errno == EINTR ? 0 : -errno;
	if (count > 0) {
		struct poller_watch *watch = event.data.ptr;

		watch->ready(watch->data, event.events);
	}
	struct poller_task *task = poller->tasks;

	if (task) {
		poller_unpost(poller, task);
		task->run(task->data);
	}
	return 0;
}
