/* SPDX-License-Identifier: MIT */
/*
 * Threads that call the counter and publish to it while it is replaced, and the accounts of what
 * became of each call and each event.
 */
#ifndef RELOAD_TRAFFIC_H
#define RELOAD_TRAFFIC_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <corbel/host.h>

#include "test.caller.h"
#include "test.counter.h"
#include "test.feed.h"

#define TRAFFIC_SOURCES 2
#define TRAFFIC_THREADS 6

struct traffic;

struct traffic_thread {
	struct traffic *traffic;
	pthread_t thread;
	/* One call or event: 0 or -errno. */
	int (*turn)(struct traffic_thread *thread);
	uint32_t source;
	int error;              /* the first one */
	uint64_t count, failed; /* turns; by atomics */
	uint64_t added;         /* to the total, by those that did not fail */
	int64_t last;           /* total that it saw: it only grows */
};

struct traffic {
	struct corbel_host *host;
	struct test_counter *counter;
	struct test_caller *caller;
	struct test_feed_tick_topic *topics[TRAFFIC_SOURCES];
	struct traffic_thread threads[TRAFFIC_THREADS];
	unsigned count;
	bool is_over; /* atomic */
	/* Of threads that have ended. */
	uint64_t calls, failed, added, posted, published[TRAFFIC_SOURCES];
	int error;
};

/* What to run: two threads of each. */
enum traffic_kind {
	TRAFFIC_CALLS = 1,  /* one straight, one through the plugin caller */
	TRAFFIC_EVENTS = 2, /* one for each source */
	TRAFFIC_CIRCLES =
		4 /* from counter to caller to counter and so on, and the other way round */
};

struct traffic_sum {
	uint64_t calls, failed, events;
	uint64_t lost;   /* events lost, doubled or out of order; also jobs that were posted */
	uint64_t drift;  /* how far the state is from what it must be */
	int error;       /* of the first call that failed */
	char words[512]; /* what the accounts say */
};

/* Acquires and opens in the name of the program around the host. 0 or -errno. [control] */
int traffic_open(struct traffic *traffic, struct corbel_host *host);
void traffic_close(struct traffic *traffic);
/* Runs threads until traffic_stop(); `kinds` are of enum traffic_kind. 0 or -errno. [control] */
int traffic_start(struct traffic *traffic, unsigned kinds);
/* Ends them, while the host is dispatched. [control] */
void traffic_stop(struct traffic *traffic);
/* Calls and events of the running threads so far. */
uint64_t traffic_turns(const struct traffic *traffic);
/*
 * Compares what was sent since traffic_open() with what the counter and the caller account for;
 * they get some time to finish what is queued. No thread runs. 0, or what the reading of it gave.
 */
int traffic_sum(struct traffic *traffic, struct traffic_sum *sum);

#endif
