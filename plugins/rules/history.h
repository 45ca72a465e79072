/* SPDX-License-Identifier: MIT */
/*
 * The history of alerts: written to corbel.store as they come, and kept in memory while it is away.
 *
 * The store is called on the strand, although each write waits for the disk: it is called only when
 * an alert begins or ends, and a backlog is written a batch at a time, with samples in between. A
 * thread of its own would save a few milliseconds now and then, and cost a hand-over.
 */
#ifndef RULES_HISTORY_H
#define RULES_HISTORY_H

#include <pthread.h>

#include "archive.h"
#include "corbel.rules.h"
#include "queue.h"

#define HISTORY_READ_MAX 1000u

struct history {
	struct corbel_context *context;
	struct archive archive;
	struct corbel_rules_recording_topic *topic;
	struct corbel_timer *timer; /* for the next step; NULL: there is none to take */
	/* Called once, for each alert that an earlier run has left raised. [strand] */
	void (*resume)(void *data, const struct alert *alert);
	void *data;
	size_t limit;     /* of records in the store */
	size_t stored;    /* as far as known */
	uint64_t written; /* since it paused */
	bool is_bound;
	bool is_surveyed; /* what this store holds is known */
	bool is_resumed;
	bool is_paused;
	/* Only the strand changes the queue; `lock` covers the change, never a call of the store.
	 */
	struct queue queue;
	pthread_mutex_t lock;
};

/* [strand], all but the last. On failure the words are with the host, and nothing is left. */
int history_start(struct history *history, struct corbel_context *context, size_t limit,
		  size_t pending, void (*resume)(void *data, const struct alert *alert),
		  void *data);
void history_stop(struct history *history);
/* -ENOMEM: nothing has changed. */
int history_resize(struct history *history, size_t limit, size_t pending);

/*
 * Whether what an earlier run has left raised is known, or the store was waited for long enough:
 * before that an alert could be raised a second time.
 */
bool history_is_ready(const struct history *history);

/* Takes an alert that has begun or ended. */
void history_put(struct history *history, const struct alert *alert);

/*
 * At most `limit` alerts raised at `from` or later, the oldest first, each to be freed and the
 * array too. *complete is false when the store could not be asked. -ENOMEM. [any thread]
 */
int history_read(struct history *history, int64_t from, size_t limit, struct alert ***alerts,
		 size_t *count, bool *complete);
void history_free_read(struct alert **alerts, size_t count);

#endif
