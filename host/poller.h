/* SPDX-License-Identifier: MIT */
/* The loop of corbeld: ready descriptors and timers, served one at a time by one thread. */
#ifndef CORBEL_HOST_POLLER_H
#define CORBEL_HOST_POLLER_H

#include <stdbool.h>
#include <stdint.h>

#define POLLER_SECOND INT64_C(1000000000)

/* Embedded in its owner. `ready` gets EPOLL* bits, and may remove any watch, its own included. */
struct poller_watch {
	int descriptor; /* -1: not watched */
	void (*ready)(void *data, uint32_t events);
	void *data;
};

/* Embedded in its owner: something to be done soon. `run` may post it again, or free its owner. */
struct poller_task {
	void (*run)(void *data);
	void *data;
	bool is_posted;
	struct poller_task *next;
};

/* Embedded in its owner; fires once. `fire` may set it again, or free its owner. */
struct poller_timer {
	int64_t due; /* ns of CLOCK_MONOTONIC */
	bool is_set;
	void (*fire)(void *data);
	void *data;
	struct poller_timer *next;
};

struct poller {
	int epoll;
	struct poller_timer *timers;
	struct poller_task *tasks; /* in the order in which they were posted */
};

int poller_init(struct poller *poller);
void poller_fini(struct poller *poller);

/* The descriptor is borrowed until the watch is removed. */
int poller_add(struct poller *poller, struct poller_watch *watch, int descriptor, uint32_t events);
int poller_change(struct poller *poller, struct poller_watch *watch, uint32_t events);
void poller_remove(struct poller *poller, struct poller_watch *watch);

/* Runs it in a later turn; what else is ready has its turns meanwhile. */
void poller_post(struct poller *poller, struct poller_task *task);
void poller_unpost(struct poller *poller, struct poller_task *task);

int64_t poller_now(void);
/* `after` is ns from now; a timer that is set is moved. */
void poller_timer_set(struct poller *poller, struct poller_timer *timer, int64_t after);
void poller_timer_clear(struct poller *poller, struct poller_timer *timer);

/* Waits for one thing, or until a timer is due, and serves what there is. 0 or -errno. */
int poller_turn(struct poller *poller);

#endif
