/* SPDX-License-Identifier: MIT */
/* The bounded ring of events between publishers and one subscriber's strand. */
#include "bus_queue.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <corbel/event.h>

#include "frame.h"

/*
 * How often a publisher yields to a thread that was interrupted between claiming a cell and
 * finishing with it.
 */
#define PATIENCE 1000
#define LOOKAHEAD 4

int queue_init(struct queue *queue, uint32_t depth, uint32_t overflow)
{
	memset(queue, 0, sizeof(*queue));
	queue->size = 1;
	for (queue->shift = 0; queue->size < depth; queue->shift++)
		queue->size *= 2;
	queue->overflow = overflow;
	/*
	 * calloc, which large rings get from the kernel as pages of zeros; it does not align to
	 * cache lines.
	 */
	queue->memory = calloc(queue->size + (size_t)1, sizeof(*queue->cells));
	if (!queue->memory)
		return -ENOMEM;
	queue->cells = (struct queue_cell *)(((uintptr_t)queue->memory + 63) & ~(uintptr_t)63);
	return 0;
}

/* Twice the lap of a position: the turn at which its cell may be written. */
static uint32_t turn_of(const struct queue *queue, uint64_t position)
{
	return (uint32_t)(position >> queue->shift) * 2;
}

static struct queue_cell *cell_of(const struct queue *queue, uint64_t position)
{
	return &queue->cells[position & (queue->size - 1)];
}

/* Cells come from another core's cache, a way long enough to be begun some cells ahead. */
static void ask_for(const struct queue_cell *cell)
{
	__builtin_prefetch(cell, 1);
	__builtin_prefetch((const char *)cell + 64, 1);
}

/*
 * Orders what was written before against the look at who waits; ThreadSanitizer knows exchanges,
 * but no fences.
 */
static void fence(struct queue *queue)
{
#ifdef __SANITIZE_THREAD__
	__atomic_fetch_add(&queue->is_awaited, 0, __ATOMIC_SEQ_CST);
#else
	(void)queue;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

static void wake_waiting(struct queue *queue)
{
	__atomic_fetch_add(&queue->space, 1, __ATOMIC_SEQ_CST);
	syscall(SYS_futex, &queue->space, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

/*
 * Claims the cell at an end of the ring: at the tail (`step` 0) to write it, at the head (1) to
 * read it. NULL when it is not its turn; *position is its place all the same.
 */
static inline struct queue_cell *claim(struct queue *queue, uint64_t *end, uint32_t step,
				       uint64_t *position)
{
	*position = __atomic_load_n(end, __ATOMIC_RELAXED);
	for (;;) {
		struct queue_cell *cell = cell_of(queue, *position);
		uint32_t turn = __atomic_load_n(&cell->turn, __ATOMIC_ACQUIRE);
		int32_t ahead = (int32_t)(turn - turn_of(queue, *position) - step);

		if (ahead < 0)
			return NULL;
		if (ahead > 0)
			*position = __atomic_load_n(end, __ATOMIC_RELAXED);
		else if (__atomic_compare_exchange_n(end, position, *position + 1, false,
						     __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
			return cell;
	}
}

static struct queue_cell *claim_oldest(struct queue *queue, uint64_t *position)
{
	return claim(queue, &queue->head, 1, position);
}

static void release(struct queue *queue, struct queue_cell *cell, uint64_t position)
{
	__atomic_store_n(&cell->turn, turn_of(queue, position) + 2, __ATOMIC_RELEASE);
	if (queue->overflow != CORBEL_BLOCK)
		return;
	fence(queue);
	if (__atomic_load_n(&queue->is_awaited, __ATOMIC_RELAXED) &&
	    __atomic_exchange_n(&queue->is_awaited, 0, __ATOMIC_SEQ_CST))
		wake_waiting(queue);
}

bool queue_take(struct queue *queue, struct queue_event *event, struct queue_room *room)
{
	uint64_t position;
	struct queue_cell *cell = claim_oldest(queue, &position);

	if (!cell)
		return false;
	ask_for(cell_of(queue, position + LOOKAHEAD));
	event->at = cell->at;
	event->size = cell->size;
	event->position = position;
	event->dropped = cell->refused + __atomic_load_n(&queue->evicted, __ATOMIC_RELAXED);
	room->block = cell->block;
	if (!cell->block)
		memcpy(room->payload, cell->payload, cell->size);
	event->payload = room->block ? room->block : room->payload;
	/* Last: who finds it in hand, once this thread was stopped, finds all of it. */
	__atomic_store_n(&event->origin, cell->origin, __ATOMIC_RELEASE);
	/* Before the handler runs: a slow one must not keep publishers from the cell. */
	release(queue, cell, position);
	return true;
}

bool queue_peek(const struct queue *queue, uint64_t position, struct queue_event *event)
{
	const struct queue_cell *cell = cell_of(queue, position);

	if (__atomic_load_n(&cell->turn, __ATOMIC_ACQUIRE) != turn_of(queue, position) + 1)
		return false;
	*event = (struct queue_event){
		.origin = cell->origin,
		.at = cell->at,
		.payload = cell->block ? cell->block : cell->payload,
		.size = cell->size,
		.position = position,
	};
	return true;
}

void queue_room_free(struct queue_room *room)
{
	free(room->block);
}

void queue_fini(struct queue *queue)
{
	uint64_t position;

	if (!queue->cells)
		return;
	for (struct queue_cell *cell; (cell = claim_oldest(queue, &position));) {
		free(cell->block);
		release(queue, cell, position);
	}
	free(queue->memory);
	queue->cells = NULL;
}

/* `block` holds the payload already, or is NULL and the cell takes it. */
static inline int put_once(struct queue *queue, const struct queue_event *event, void *block,
			   uint64_t *position)
{
	struct queue_cell *cell = claim(queue, &queue->tail, 0, position);

	if (!cell)
		return -EAGAIN;
	ask_for(cell_of(queue, *position + LOOKAHEAD));
	cell->origin = event->origin;
	cell->at = event->at;
	cell->size = (uint32_t)event->size;
	cell->refused = __atomic_load_n(&queue->refused, __ATOMIC_RELAXED);
	cell->block = block;
	if (!block)
		memcpy(cell->payload, event->payload, event->size);
	__atomic_store_n(&cell->turn, turn_of(queue, *position) + 1, __ATOMIC_RELEASE);
	return 0;
}

/* Drops the oldest, if that is what keeps the cell at `wanted` from being written. */
static bool evict(struct queue *queue, uint64_t wanted)
{
	uint64_t position;
	struct queue_cell *cell;

	if (__atomic_load_n(&queue->head, __ATOMIC_ACQUIRE) + queue->size != wanted)
		return false;
	cell = claim_oldest(queue, &position);
	if (!cell)
		return false;
	free(cell->block);
	__atomic_fetch_add(&queue->evicted, 1, __ATOMIC_RELAXED);
	release(queue, cell, position);
	return true;
}

static int put_evicting(struct queue *queue, const struct queue_event *event, void *block,
			uint64_t position)
{
	for (int tries = 0; tries < PATIENCE; tries++) {
		if (!evict(queue, position))
			sched_yield();
		if (put_once(queue, event, block, &position) == 0)
			return 0;
	}
	return -EAGAIN;
}

static int64_t wait_for_space(struct queue *queue, uint32_t seen, int64_t deadline)
{
	struct timespec until = frame_timespec(deadline);

	syscall(SYS_futex, &queue->space, FUTEX_WAIT_BITSET_PRIVATE, seen, &until, NULL,
		FUTEX_BITSET_MATCH_ANY);
	return deadline - frame_now();
}

static int put_waiting(struct queue *queue, const struct queue_event *event, void *block,
		       struct gate *reader, int64_t timeout)
{
	const struct frame_wait wait = { .gate = reader };
	int64_t deadline = frame_now() + timeout, left = timeout;
	uint64_t position;
	int rc = frame_wait_begin(reader ? &wait : NULL);

	if (rc < 0)
		return rc;
	for (;;) {
		uint32_t seen = __atomic_load_n(&queue->space, __ATOMIC_SEQ_CST);

		__atomic_exchange_n(&queue->is_awaited, 1, __ATOMIC_SEQ_CST);
		rc = put_once(queue, event, block, &position);
		if (rc == 0 || __atomic_load_n(&queue->ended, __ATOMIC_SEQ_CST))
			break;
		if (left <= 0) {
			rc = -ETIMEDOUT;
			break;
		}
		left = wait_for_space(queue, seen, deadline);
	}
	frame_wait_end();
	return rc;
}

static int put_full(struct queue *queue, const struct queue_event *event, void *block,
		    struct gate *reader, int64_t timeout, uint64_t position)
{
	int rc = -EAGAIN;

	if (queue->overflow == CORBEL_DROP_OLDEST)
		rc = put_evicting(queue, event, block, position);
	else if (queue->overflow == CORBEL_BLOCK)
		rc = put_waiting(queue, event, block, reader, timeout);
	if (rc == 0)
		return 0;
	free(block);
	__atomic_fetch_add(&queue->refused, 1, __ATOMIC_RELAXED);
	/* To drop is what these were asked to do; of an ended queue nobody misses the event. */
	if (queue->overflow == CORBEL_FAIL || rc != -EAGAIN)
		return rc;
	return 0;
}

int queue_put(struct queue *queue, const struct queue_event *event, struct gate *reader,
	      int64_t timeout)
{
	void *block = NULL;
	uint64_t position;

	if (__builtin_expect(event->size > QUEUE_INLINE, 0)) {
		block = event->size <= UINT32_MAX ? malloc(event->size) : NULL;
		if (!block) {
			__atomic_fetch_add(&queue->refused, 1, __ATOMIC_RELAXED);
			return -ENOMEM;
		}
		memcpy(block, event->payload, event->size);
	}
	if (__builtin_expect(put_once(queue, event, block, &position) == 0, 1))
		return 0;
	return put_full(queue, event, block, reader, timeout, position);
}

void queue_end(struct queue *queue)
{
	__atomic_store_n(&queue->ended, true, __ATOMIC_SEQ_CST);
	wake_waiting(queue);
}

uint64_t queue_dropped(const struct queue *queue)
{
	return __atomic_load_n(&queue->refused, __ATOMIC_RELAXED) +
	       __atomic_load_n(&queue->evicted, __ATOMIC_RELAXED);
}

uint32_t queue_count(const struct queue *queue)
{
	uint64_t head = queue_head(queue), tail = queue_tail(queue);

	return tail - head > queue->size ? queue->size : (uint32_t)(tail - head);
}
