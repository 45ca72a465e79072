/* SPDX-License-Identifier: MIT */
/*
 * What frame.c, frame_scan.c and gate.c share: all threads' records, and the lock over them and the
 * gates.
 *
 * The lock is the innermost of the core but for what a watcher's `left` takes to post. It is never
 * held while plugin code runs, and callers take it on their slow paths only.
 */
#ifndef CORBEL_CORE_FRAME_RECORD_H
#define CORBEL_CORE_FRAME_RECORD_H

#include <pthread.h>

#include "frame.h"

/* Frames a thread can nest. */
#define FRAME_LIMIT 64u

/* Bits of record.flag; callers only ask whether it is zero. */
#define FLAG_WANTED 1u /* somebody waits for this thread to leave */
#define FLAG_FENCED 2u /* no membarrier: each leave goes out of line, to its fence; for ever */

/* Made aligned to 64 bytes, but for the one of threads that have none yet. */
struct frame_thread {
	struct corbel_record record;
	struct corbel_frame frames[FRAME_LIMIT];
	pid_t id;                   /* this and what follows the guard: guarded by frame_lock */
	struct guard_thread *guard; /* guard.c's; NULL until its first guard */
	bool has_guard;             /* it is set up for the thread that has the record now */
	bool is_parked;             /* atomic: it never leaves, and is no longer counted */
	struct frame_blocker *blocker;
	struct frame_wait wait;
	bool waits;
	uint32_t turns;                  /* waits that have begun */
	uint32_t mark;                   /* of the search for circles: been here */
	SLIST_ENTRY(frame_thread) entry; /* of the free */
};

/* Innermost frames are looked for; not above this one. */
#define FRAME_TOP UINT32_MAX

_Static_assert(offsetof(struct frame_thread, frames) == CORBEL_RECORD_SIZE,
	       "frames follow the record");
_Static_assert(offsetof(struct gate, service) == 0, "a frame's service is its gate");

/* Guards the set of records, all lists of gates, the retired gates and the watchers. */
extern pthread_mutex_t frame_lock;

/*
 * The first use of any of this registers with the kernel, makes the key, and installs the fork
 * handler.
 */
void frame_setup(void);
/* Every thread's record until its first call; never written. */
extern struct corbel_record frame_unregistered;
/* The calling thread's record; NULL: it has none yet. AS-safe. */
static inline struct frame_thread *frame_self(void)
{
	return corbel_thread == &frame_unregistered ? NULL : (struct frame_thread *)corbel_thread;
}
/* All records ever made, free ones (of depth 0) included. [lock held] */
struct frame_thread *const *frame_threads(size_t *count);

/* What a frame names; a gate only if gate_find() knows it. */
static inline const void *frame_service(const struct frame_thread *thread, uint32_t at)
{
	return __atomic_load_n(&thread->frames[at].service, __ATOMIC_ACQUIRE);
}
/*
 * A thread's innermost frame, of those below `top`, on what is waited for, or -1. One not yet
 * validated counts, too. [lock held]
 */
int frame_find(struct frame_thread *thread, uint32_t top, const struct frame_wait *wait);
/* Tells it that its thread waits, unless it knows. */
void frame_blocker_tell(struct frame_blocker *blocker);
/*
 * Whether somebody who is inside the gate's owner waits for the calling thread, which stands in a
 * frame at `depth` to come in there.
 */
bool frame_is_awaited(const struct gate *gate, uint32_t depth);
/* The live gate at this address, or NULL; the address itself is not looked at. [lock held] */
struct gate *gate_find(const void *address);
/* Waits, at most until the deadline, while the word is as given. 0 or -ETIMEDOUT. */
int word_wait(uint32_t *word, uint32_t value, int64_t deadline);
void word_wake(uint32_t *word);
/* Drops a waiter's reference; the gate may be gone after. */
void gate_unreference(struct gate *gate);

/* The thread has left, and its flag was set: tells drains and watchers, frees retired gates. */
void frame_left(struct frame_thread *thread);
/* The same within the lock, without the freeing. [lock held] */
void frame_announce(struct frame_thread *thread);

/*
 * ThreadSanitizer knows no fences, but does know that each exchange of one word sees the one
 * before.
 */
#ifdef __SANITIZE_THREAD__
extern uint32_t frame_fence_word;
#endif
static inline void full_fence(void)
{
#ifdef __SANITIZE_THREAD__
	__atomic_fetch_add(&frame_fence_word, 1, __ATOMIC_SEQ_CST);
#else
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

#endif
