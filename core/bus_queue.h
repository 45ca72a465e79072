/* SPDX-License-Identifier: MIT */
/*
 * The bounded ring of events between publishers and one subscriber's strand.
 *
 * Any number of publishers put in, one strand takes out; a publisher that drops the oldest takes
 * out too. Each cell has a turn, twice the lap when it may be written and one more when it may be
 * read, so that an empty ring is all zeros and its pages are not touched before they are needed.
 */
#ifndef CORBEL_CORE_BUS_QUEUE_H
#define CORBEL_CORE_BUS_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gate;

/* Payloads up to this lie in the cell, which makes it three cache lines. */
#define QUEUE_INLINE 144u

/* What travels. `origin` is the queue's user's. */
struct queue_event {
	const void *origin;
	int64_t at;
	const void *payload;
	size_t size;
	uint64_t dropped; /* by the queue, before this one; this and the next: set when taken */
	uint64_t position;
};

struct queue_cell {
	uint32_t turn;
	uint32_t size;
	const void *origin;
	int64_t at;
	void *block;      /* the payload, when it is too large for the cell */
	uint64_t refused; /* by the queue, when this one was put in */
	uint64_t unused;
	unsigned char payload[QUEUE_INLINE];
} __attribute__((aligned(64)));

_Static_assert(sizeof(struct queue_cell) == 192, "three cache lines");

struct queue {
	struct queue_cell *cells;
	void *memory; /* that the cells are in */
	uint32_t size, shift;
	uint32_t overflow; /* enum corbel_overflow */
	bool ended;        /* nobody waits for room any more */
	uint64_t refused;  /* newest that found no room */
	uint64_t evicted;  /* oldest that made room */
	uint64_t tail __attribute__((aligned(64)));
	uint64_t head __attribute__((aligned(64)));
	uint32_t space; /* futex: counts the wakes of who waits for room */
	uint32_t is_awaited;
};

/* A taken payload's own memory. */
struct queue_room {
	void *block;
	unsigned char payload[QUEUE_INLINE] __attribute__((aligned(16)));
};

/* `depth` is rounded up to a power of two. 0 or -ENOMEM. */
int queue_init(struct queue *queue, uint32_t depth, uint32_t overflow);
/* Nobody uses it any more. A zeroed one is allowed. */
void queue_fini(struct queue *queue);
/*
 * Copies an event in. 0 also when a drop made that possible or was the answer; -EAGAIN: no room,
 * CORBEL_FAIL; -ENOMEM; -ETIMEDOUT; -EDEADLK: CORBEL_BLOCK, but whoever is inside `reader`, the
 * gate of those who take out (NULL: nobody knows), waits for the caller. Whatever is not put in is
 * counted.
 */
int queue_put(struct queue *queue, const struct queue_event *event, struct gate *reader,
	      int64_t timeout);
/* Takes the oldest into `room`, which the caller hands back with queue_room_free(). */
bool queue_take(struct queue *queue, struct queue_event *event, struct queue_room *room);
/*
 * Looks at the event at a position and leaves it there; false: it is not whole, or was taken. The
 * payload is borrowed from the ring. For when nobody else uses it.
 */
bool queue_peek(const struct queue *queue, uint64_t position, struct queue_event *event);
void queue_room_free(struct queue_room *room);
/* Sends away who waits for room. */
void queue_end(struct queue *queue);
uint64_t queue_dropped(const struct queue *queue);
uint32_t queue_count(const struct queue *queue);
static inline uint64_t queue_tail(const struct queue *queue)
{
	return __atomic_load_n(&queue->tail, __ATOMIC_ACQUIRE);
}
static inline uint64_t queue_head(const struct queue *queue)
{
	return __atomic_load_n(&queue->head, __ATOMIC_ACQUIRE);
}

#endif
