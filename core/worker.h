/* SPDX-License-Identifier: MIT */
/* Host-made threads of a plugin, with tokens to stop and pause them. */
#ifndef CORBEL_CORE_WORKER_H
#define CORBEL_CORE_WORKER_H

#include <corbel/worker.h>

#include "frame.h"
#include "ledger.h"

/* The threads of one instance. */
struct worker_set;

/*
 * `changed` (or NULL) is called, in any thread, with the set's lock held and so only to post,
 * whenever the number falls that worker_set_scan() returns.
 */
int worker_set_new(struct gate_owner *owner, void (*changed)(void *data), void *data,
		   struct worker_set **out);
/* From here on `changed` is told; who was told before is no more when this returns. */
void worker_set_listen(struct worker_set *set, void (*changed)(void *data), void *data);
/* All must have ended; joins those that nobody stopped. */
void worker_set_free(struct worker_set *set);
/*
 * See <corbel/worker.h>. The thread carries a GATE_WORKER frame of its owner, which drains do not
 * count: it is joined instead. Reclaiming a handle sets CORBEL_STOP; a thread that has not ended
 * then stays in the set, to be counted and reported, and is joined with it.
 */
int worker_start(struct worker_set *set, struct ledger *ledger, const char *name,
		 void (*run)(struct corbel_worker *worker, void *data), void *data,
		 struct corbel_worker **out);
int worker_token(struct corbel_worker *worker);
int worker_descriptor(struct corbel_worker *worker);
/* From another thread: the token at once. */
int worker_pause(struct corbel_worker *worker);
/*
 * `deadline` as of frame_now(). After -ETIMEDOUT the handle stays: stop it again, or leave it to
 * the ledger.
 */
int worker_stop(struct corbel_worker *worker, int64_t deadline);
/* Sets the token of all, and of those that start later. CORBEL_STOP is for good. */
void worker_set_token(struct worker_set *set, enum corbel_token token);
/* Processor time of its threads so far, ns. */
int64_t worker_set_cpu_time(struct worker_set *set);
/*
 * Visits those that have not ended, but under CORBEL_PAUSE those that wait in worker_pause();
 * returns their number. `visit` may be NULL; it runs with the set's lock held and must only copy.
 */
size_t worker_set_scan(struct worker_set *set,
		       void (*visit)(void *data, const struct frame_report *report), void *data);

#endif
