/* SPDX-License-Identifier: MIT */
/*
 * The safe call: how one plugin calls into another that may be stopped, replaced or unloaded
 * meanwhile.
 *
 * A plugin author calls the typed functions that corbel-scanner writes; this header is what they
 * are made of. A call costs four stores and five loads more than calling through a pointer, and no
 * atomic read-modify-write: the thread notes in its own record, in a frame, which service it is
 * about to enter, and then looks whether the service is still the one it read and whether its gate
 * is open. Who wants to take the service away closes the gate, issues membarrier(2), and reads the
 * records of all threads: whoever is inside has a frame, whoever comes later sees the gate.
 *
 * The invariant: while a frame that holds a service is below `depth`, and was found valid by its
 * own thread, neither the service's block nor the code and data behind it go away.
 *
 * Calls from signal handlers and from a forked child are forbidden.
 */
#ifndef CORBEL_CALL_H
#define CORBEL_CALL_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#include <corbel/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

struct corbel_use;
struct corbel_call;

/*
 * What an instance offers under one interface. Owned by the host; callers see these members only.
 */
struct corbel_service {
	uint32_t gate; /* 0 is open; anything else sends the caller to the host */
	uint32_t reserved;
	const void *table; /* the provider's methods; begins with their table's `size` */
	void *self;        /* first argument of each method */
};

/* A consumer's handle. `service` follows the best provider by itself and is never NULL. */
struct corbel_use {
	struct corbel_service *service;
};

/*
 * That a thread is inside a service. A frame with the same generation as before is the same call as
 * before: how long it lasts is seen by whoever looks twice, without a clock on the caller's side.
 */
struct corbel_frame {
	struct corbel_service *service;
	uint32_t method;
	uint32_t generation; /* the record's, raised at entry */
	uint32_t reserved[4];
};

/* One per thread, never unmapped. The frames follow it. */
struct corbel_record {
	uint32_t depth;    /* frames in use; written by the owning thread alone */
	uint32_t capacity; /* frames there are; 0 sends every call to the host */
	uint32_t flag;     /* nonzero: somebody waits for this thread to leave */
	/* Entries so far, modulo 2^32; written by the owning thread alone. */
	uint32_t generation;
	/*
	 * The way in when the quick one is barred: registers the thread, waits at the gate.
	 * [caller's thread]
	 */
	int (*enter)(struct corbel_call *call, struct corbel_use *use, uint32_t method);
	/* The way out when `flag` is set. [caller's thread] */
	void (*leave)(struct corbel_record *record, uint32_t depth);
	uint64_t private_words[4];
};

#define CORBEL_RECORD_SIZE 64u /* bytes from a record to its first frame */

/* A call under way; lives on the caller's stack. */
struct corbel_call {
	struct corbel_record *record;
	struct corbel_service *service;
	uint32_t depth; /* found at entry, restored at the end */
	uint32_t reserved;
};

/* The method number of a frame that covers several calls. */
#define CORBEL_METHOD_SEVERAL 0xffffffffu

/* This thread's record: never NULL; of capacity 0 until the thread's first call. */
extern __thread struct corbel_record *corbel_thread __attribute__((tls_model("initial-exec")));

static inline struct corbel_frame *corbel_frame_at(struct corbel_record *record, uint32_t index)
{
	return (struct corbel_frame *)((char *)record + CORBEL_RECORD_SIZE) + index;
}

/* Says that the frame is of another call than the one before. [the record's thread] */
static inline void corbel_frame_renew(struct corbel_record *record, struct corbel_frame *frame)
{
	uint32_t generation = record->generation + 1;

	record->generation = generation;
	__atomic_store_n(&frame->generation, generation, __ATOMIC_RELAXED);
}

/*
 * The block may be gone unless the use still names it once the frame is visible. A macro so that
 * the litmus test can leave it out.
 */
#ifndef CORBEL_CALL_IS_VALID
#define CORBEL_CALL_IS_VALID(use, service) \
	(__atomic_load_n(&(use)->service, __ATOMIC_ACQUIRE) == (service))
#endif

/*
 * Enters the service behind `use`. [any thread]
 * 0: inside; call through call->service, then corbel_call_leave(). Otherwise not inside:
 * -ENOTCONN no provider; -EACCES not granted any more; -ETIMEDOUT the gate did not open in time;
 * -ELOOP nested too deep; -EDEADLK waiting would wait for itself; -ENOMEM no record for this
 * thread; -ENOTSUP a forked child.
 */
static inline int corbel_call_enter(struct corbel_call *call, struct corbel_use *use,
				    uint32_t method)
{
	struct corbel_record *record = corbel_thread;
	uint32_t depth = record->depth;

	call->record = record;
	call->depth = depth;
	if (__builtin_expect(depth < record->capacity, 1)) {
		struct corbel_frame *frame = corbel_frame_at(record, depth);
		struct corbel_service *service = __atomic_load_n(&use->service, __ATOMIC_ACQUIRE);

		/* Release: who finds another service here than before sees that one left. */
		__atomic_store_n(&frame->service, service, __ATOMIC_RELEASE);
		__atomic_store_n(&frame->method, method, __ATOMIC_RELAXED);
		corbel_frame_renew(record, frame);
		__atomic_store_n(&record->depth, depth + 1, __ATOMIC_RELEASE);
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
		if (__builtin_expect(CORBEL_CALL_IS_VALID(use, service) &&
					     __atomic_load_n(&service->gate, __ATOMIC_ACQUIRE) == 0,
				     1)) {
			call->service = service;
			return 0;
		}
	}
	return record->enter(call, use, method);
}

/*
 * Leaves what corbel_call_enter() entered. The service is not touched: it may be gone. [same
 * thread]
 */
static inline void corbel_call_leave(struct corbel_call *call)
{
	struct corbel_record *record = call->record;

	__atomic_store_n(&record->depth, call->depth, __ATOMIC_RELEASE);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (__builtin_expect(__atomic_load_n(&record->flag, __ATOMIC_RELAXED) != 0, 0))
		record->leave(record, call->depth);
}

CORBEL_PIN(corbel_service, gate, 0);
CORBEL_PIN(corbel_service, table, 8);
CORBEL_PIN(corbel_service, self, 16);
CORBEL_PIN(corbel_use, service, 0);
CORBEL_PIN(corbel_frame, method, 8);
CORBEL_PIN(corbel_frame, generation, 12);
CORBEL_STATIC_ASSERT(sizeof(struct corbel_frame) == 32, "the frame stride is fixed");
CORBEL_PIN(corbel_record, capacity, 4);
CORBEL_PIN(corbel_record, flag, 8);
CORBEL_PIN(corbel_record, generation, 12);
CORBEL_PIN(corbel_record, enter, 16);
CORBEL_PIN(corbel_record, leave, 24);
CORBEL_STATIC_ASSERT(sizeof(struct corbel_record) == CORBEL_RECORD_SIZE,
		     "frames follow the record");

#ifdef __cplusplus
}
#endif

#endif
