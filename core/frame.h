/* SPDX-License-Identifier: MIT */
/*
 * Frames and gates: who is inside what, and how to get them out. The taker's side of
 * <corbel/call.h>.
 *
 * Process-wide, because threads are: two hosts share the records. A gate is the block behind a
 * struct corbel_service. Invariants:
 *  - a thread is inside a gate iff one of its frames below `depth`, validated by it, names it;
 *  - after gates were closed or all uses of them redirected, and after frame_barrier(), a scan that
 *    finds no frame on them means that nobody is inside and nobody can come in;
 *  - a gate's memory is freed only after it was unlinked from all uses, then a barrier, then no
 *    frame on it and no counted reference;
 *  - a thread that leaves after its flag was set sees the flag: the taker issues a second barrier
 *    before it sleeps.
 *
 * In a forked child all calls fail with -ENOTSUP: the threads that frames speak of are not there.
 */
#ifndef CORBEL_CORE_FRAME_H
#define CORBEL_CORE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>
#include <time.h>

#include <corbel/call.h>
#include <corbel/fault.h>
#include <corbel/interface.h>

/* Why a gate is not open; any number of reasons at once. */
enum gate_reason {
	GATE_CLOSED = 1,  /* wait until it opens, or the use is redirected */
	GATE_ASK = 2,     /* tell `asked` that somebody calls, then go in */
	GATE_ABSENT = 4,  /* nobody provides it: -ENOTCONN */
	GATE_DORMANT = 8, /* tell `asked`, which starts the provider, then wait */
	GATE_REFUSED = 16 /* who is here may not be here any more: -EACCES */
};

/* The method of a strand's frame around a step of the lifecycle, which has a deadline anyway. */
#define FRAME_LIFECYCLE 0xfffffffeu

/* The bits of a gate's word that are reasons; those above count changes while it is not open. */
#define GATE_REASONS 0xffu

/* How long callers wait at a gate without an owner. */
#define GATE_TIMEOUT INT64_C(5000000000)

/*
 * Drains of an owner do not count frames on a GATE_WORKER: its threads are joined instead; nor
 * those on a GATE_THREAD, which stop() is to end.
 */
enum gate_kind {
	GATE_SERVICE,
	GATE_SUBSCRIPTION,
	GATE_LIST,
	GATE_STRAND,
	GATE_WORKER,
	GATE_THREAD
};

/* One instance, as frames know it; embedded in it. */
struct gate_owner {
	const char *name; /* plugin */
	const char *version;
	int64_t timeout; /* ns that callers wait at its gates; atomic */
	/*
	 * Atomic: NULL, or whatever stands for the transaction that it takes part in: who is inside
	 * one of its members is let into the others.
	 */
	const void *transaction;
	/*
	 * NULL: faults inside are not contained. Else told of one, in the thread that faulted, once
	 * it has left, or on the control side if it never will; the first word goes to the owner
	 * in whose code it happened (is_culprit), then to those that had called it.
	 */
	void (*faulted)(struct gate_owner *owner, const struct corbel_fault *fault,
			bool is_culprit);
	void *heap;              /* of its own, from fault_heap.c; NULL: that of the process */
	uint32_t on_fault;       /* enum settings_fault */
	bool guards_calls;       /* direct handlers, as methods, have guards of their own */
	const void *host;        /* whose it is, for the watchdog; NULL: nobody's */
	LIST_HEAD(, gate) gates; /* this and `reasons`: guarded by frame.c's lock */
	uint32_t reasons;        /* of gate_set_all(): those that new gates begin with */
};

struct gate {
	struct corbel_service service;
	uint32_t references; /* threads waiting at it */
	uint32_t kind;       /* enum gate_kind */
	uint32_t turn;       /* changes of the word so far, above the reasons */
	uint32_t refusals;   /* see gate_refuse() */
	bool is_retired, is_named;
	struct gate_owner *owner;                 /* NULL: the host's own, never drained */
	const char *label;                        /* interface or topic; outlives the gate */
	const struct corbel_interface *interface; /* kept by the host; names the methods; or NULL */
	/*
	 * ASK and DORMANT only; may be NULL. Runs in the caller's thread, without a frame on this
	 * gate; 0, or -errno for the caller. After 0, ASK is cleared.
	 */
	int (*asked)(struct gate *gate, void *data);
	void *asked_data;
	LIST_ENTRY(gate) entry; /* of the same owner, or of the retired */
};

/* One thread inside an owner. */
struct frame_report {
	pid_t thread;
	char thread_name[16];
	const char *label;  /* of the gate it is in; borrowed for the visit */
	const char *method; /* or NULL */
	const char *caller; /* plugin in the frame below, or NULL */
};

/* Whom a thread waits for: those inside `gate`, or (NULL) inside any of `owner`'s but workers. */
struct frame_wait {
	const struct gate_owner *owner;
	struct gate *gate;
	/* It waits to come in at `gate`, which opens when those inside `owner` have left. */
	bool is_door;
};

/* A frame, as it was seen. */
struct frame_sight {
	const struct gate *gate;
	struct gate_owner *owner; /* NULL: the host's own, or one that may be gone */
	const char *method;       /* or NULL */
	uint32_t number;          /* of the method */
	uint32_t generation;
};

/* A thread that is inside something; borrowed for the visit. */
struct frame_stack {
	size_t index; /* of its record among all: nobody else's while it lives */
	pid_t thread;
	bool waits;
	uint32_t turns;         /* waits that have begun so far */
	struct frame_wait wait; /* if it waits and that is known */
	uint32_t depth;
	const struct frame_sight *frames; /* outermost first */
};

/*
 * Told when a flagged thread has left; lives in whoever watches. Runs in the leaver's thread with
 * frame.c's lock held: must only post, and whoever it posts to must not call frame.c with the lock
 * that posting takes.
 */
struct frame_watcher {
	void (*left)(struct frame_watcher *watcher);
	LIST_ENTRY(frame_watcher) entry;
};

/* A wait of the calling thread begins or ends: a worker frees its slot meanwhile. */
struct frame_blocker {
	void (*block)(struct frame_blocker *blocker);
	void (*unblock)(struct frame_blocker *blocker);
	bool is_blocked; /* atomic */
};

/* The gate of uses without a provider; reason GATE_ABSENT for ever. */
extern struct gate frame_absent;
/* That of uses which are not granted any more; GATE_REFUSED for ever. */
extern struct gate frame_refused;

/* A gate with the given reasons; NULL: no memory. `extra` bytes follow it (see gate_extra). */
struct gate *gate_new(struct gate_owner *owner, enum gate_kind kind, uint32_t reasons,
		      size_t extra);
static inline void *gate_extra(struct gate *gate)
{
	return gate + 1;
}
/* NULL once that has ended. */
static inline struct gate_owner *gate_owner(const struct gate *gate)
{
	return __atomic_load_n(&gate->owner, __ATOMIC_ACQUIRE);
}
static inline uint32_t gate_reasons(const struct gate *gate)
{
	return __atomic_load_n(&gate->service.gate, __ATOMIC_ACQUIRE) & GATE_REASONS;
}
/*
 * Sets or clears reasons on one gate, or on all gates of an owner, those to come included; clearing
 * wakes who waits.
 */
void gate_set(struct gate *gate, uint32_t reasons);
void gate_clear(struct gate *gate, uint32_t reasons);
void gate_set_all(struct gate_owner *owner, uint32_t reasons);
void gate_clear_all(struct gate_owner *owner, uint32_t reasons);
/* Wakes who waits at the gate, to read its use again (after redirecting). */
void gate_wake(struct gate *gate);
/* Those who wait at the gate now give up with -ENOTCONN; the gate stays as it is. */
void gate_refuse(struct gate *gate);
/*
 * Wakes who waits, and frees the gate once the rule above allows it; no use may name it any more,
 * and the caller does not touch it again. Returns at once. NULL is allowed.
 */
void gate_retire(struct gate *gate);
/* The newest of its gates of a kind, or NULL. The caller sees to it that it is not retired yet. */
struct gate *gate_newest(struct gate_owner *owner, enum gate_kind kind);
/*
 * The owner ends. Gates of it that others still keep, as a list in limbo keeps those of its
 * subscriptions, are nobody's from here on.
 */
void gate_disown_all(struct gate_owner *owner);
/*
 * Tries to free what was retired; returns how many are left. Called by gate_retire() and leavers
 * too.
 */
size_t gate_collect(void);

/*
 * All other threads execute a full barrier; membarrier(2), or a fence where callers fence
 * themselves.
 */
void frame_barrier(void);
/*
 * Whether membarrier is in use; tests and benchmarks call frame_use_fences() before any thread
 * calls.
 */
bool frame_has_membarrier(void);
void frame_use_fences(void);

/*
 * Looks for threads inside any gate of `owner` (or, if not NULL, inside `gate` alone), the calling
 * thread excluded. Issues the barrier first; flags those found and issues the second. Returns their
 * number. `visit` may be NULL; it runs with frame.c's lock held and must only copy.
 */
size_t frame_scan(struct gate_owner *owner, struct gate *gate,
		  void (*visit)(void *data, const struct frame_report *report), void *data);
/* Shows all threads that are inside anything; `visit` as in frame_scan(). */
void frame_look(void (*visit)(void *data, const struct frame_stack *stack), void *data);
/*
 * A thread that will not leave this frame: its blocker is told, so that another one takes its
 * place. False: it has left already.
 */
bool frame_give_up(size_t index, uint32_t depth, uint32_t generation);
/*
 * The number of threads that the owner has made by itself and that have not ended; `visit` as above
 * is shown those that have begun. NULL has none.
 */
size_t frame_scan_made(struct gate_owner *owner,
		       void (*visit)(void *data, const struct frame_report *report), void *data);
/*
 * Whether a thread has made calls that frames speak of, so that they also say that it is not
 * inside.
 */
bool frame_has_thread(pid_t id);
/* As the kernel knows it; "" if it is gone. */
void frame_thread_name(pid_t id, char name[16]);
/* Waits until frame_scan() finds none. 0, -ETIMEDOUT, or -EDEADLK: the caller is inside. */
int frame_drain(struct gate_owner *owner, struct gate *gate, int64_t deadline);
/* For who may not wait (the control thread): scan, and scan again whenever `left` was called. */
void frame_watcher_add(struct frame_watcher *watcher);
void frame_watcher_remove(struct frame_watcher *watcher);

/*
 * The calling thread has its record from now on, not from its first call: 0 or -errno. For threads
 * of the core's own: what an old stack has left on theirs is nothing that they hold.
 */
int frame_register(void);
/* What follows in the calling thread's innermost frame is another piece of work than before. */
static inline void frame_renew(void)
{
	struct corbel_record *record = corbel_thread;

	if (record->depth > 0)
		corbel_frame_renew(record, corbel_frame_at(record, record->depth - 1));
}
/* The innermost owner the calling thread is inside, or NULL. */
struct gate_owner *frame_current(void);

/*
 * The host's own dispatch into plugin code: 0, -ELOOP, -ENOMEM, -ENOTSUP. Does not look at the
 * gate.
 */
int frame_push(struct corbel_call *call, struct gate *gate, uint32_t method);
static inline void frame_pop(struct corbel_call *call)
{
	corbel_call_leave(call);
}
/* The calling thread's blocker; NULL: none. */
void frame_set_blocker(struct frame_blocker *blocker);
/*
 * Around each wait: notes it, and tells the calling thread's blocker. NULL: not for others, or
 * nobody knows for whom. -EDEADLK: one of those waits for this thread, itself or through others;
 * then it must not wait, and no end follows. A thread that waits in such a circle to come in at a
 * door is not part of it: who is inside needs it there, so that it is woken, and let in.
 */
int frame_wait_begin(const struct frame_wait *wait);
void frame_wait_end(void);
/* Takes back what frame_give_up() told the blocker, if it did. */
void frame_blocker_return(struct frame_blocker *blocker);

/* CLOCK_MONOTONIC in ns. */
int64_t frame_now(void);
static inline struct timespec frame_timespec(int64_t time)
{
	return (struct timespec){ .tv_sec = time / 1000000000, .tv_nsec = time % 1000000000 };
}

#endif
