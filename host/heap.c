/* SPDX-License-Identifier: MIT */
/* Private heaps: spans of blocks of one size, and large blocks with pages of their own. */
#include "heap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "heap_chunk.h"
#include "heap_library.h"

/* Blocks that are multiples of 16 up to 128, and then four sizes to each doubling. */
#define CLASS_COUNT 40u
#define SMALL_MAX ((size_t)32 << 10)
/* Threads that allocate without meeting each other; more share. */
#define LANE_COUNT 4u
/* Touched at once, when a span is handed out for the first time. */
#define TOUCH_SIZE 4096u

/* The first pages of a run of chunks. */
struct span {
	struct heap *heap;
	char *blocks;
	size_t size;       /* of a block */
	size_t chunks;     /* in the run */
	struct span *next; /* of the same class */
	uint32_t is_used;  /* atomic: some lane takes blocks from it */
	uint32_t count;    /* of blocks */
	uint32_t inverse;  /* of the size, times 2^32, rounded up */
	uint32_t touched;  /* blocks that have been handed out once; atomic */
	/* A byte each, 0 or 1, atomic; up to a multiple of 8, where 1 stands for those beyond
	 * `count`. */
	uint8_t taken[];
};

/* Where a lane takes its next block of a class; atomic both. */
struct position {
	struct span *span;
	uint32_t at;
};

struct heap {
	struct heap_terms terms;
	struct position positions[LANE_COUNT][CLASS_COUNT];
	struct span *spans[CLASS_COUNT]; /* atomic; only ever more */
	int64_t touched;                 /* bytes; atomic */
	struct heap_libraries libraries;
};

static unsigned class_of(size_t size)
{
	if (size <= 128)
		return size == 0 ? 0 : (unsigned)(size - 1) / 16;
	unsigned top = 63 - (unsigned)__builtin_clzl(size - 1);

	return 8 + (top - 7) * 4 + (unsigned)((size - 1) >> (top - 2)) - 4;
}

static size_t class_size(unsigned class)
{
	if (class < 8)
		return (class + 1) * (size_t)16;
	unsigned doubling = (class - 8) / 4;

	return ((size_t)128 << doubling) + ((class - 8) % 4 + 1) * ((size_t)32 << doubling);
}

static unsigned lane_here(void)
{
	static __thread unsigned own; /* counted from one */
	static unsigned last;         /* atomic */

	if (own == 0)
		own = __atomic_fetch_add(&last, 1, __ATOMIC_RELAXED) % LANE_COUNT + 1;
	return own - 1;
}

static bool touch(struct heap *heap, int64_t bytes)
{
	if (heap->terms.take && !heap->terms.take(heap->terms.account, bytes))
		return false;
	__atomic_fetch_add(&heap->touched, bytes, __ATOMIC_RELAXED);
	return true;
}

/* Bytes of its first pages: what is known of it decides how many blocks are left. */
static size_t head_size(size_t size)
{
	size_t page = chunk_page(), head = page;

	while (sizeof(struct span) + (CHUNK_SIZE - head - 2 * page) / size + 8 > head)
		head += page;
	return head;
}

static struct span *span_new(struct heap *heap, unsigned class)
{
	size_t page = chunk_page(), size = class_size(class), head = head_size(size);
	size_t room = CHUNK_SIZE - head - 2 * page;
	struct span *span = chunk_take(1, head, room);

	if (!span)
		return NULL;
	span->heap = heap;
	span->blocks = (char *)span + head + page;
	span->size = size;
	span->chunks = 1;
	span->is_used = true;
	span->count = (uint32_t)(room / size);
	span->inverse = (uint32_t)((UINT64_C(1) << 32) / size + 1);
	memset(span->taken + span->count, 1, 8 - span->count % 8);
	span->next = __atomic_load_n(&heap->spans[class], __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(&heap->spans[class], &span->next, span, true,
					    __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		;
	chunk_set(span, CHUNK_SPAN);
	return span;
}

/* Of eight blocks, a bit at the lowest place of each that is free. */
static uint64_t free_of(const struct span *span, uint32_t first)
{
	const uint64_t *eight = (const uint64_t *)(const void *)&span->taken[first];

	return ~__atomic_load_n(eight, __ATOMIC_RELAXED) & UINT64_C(0x0101010101010101);
}

static uint32_t span_free_count(const struct span *span)
{
	uint32_t count = 0;

	for (uint32_t at = 0; at < span->count; at += 8)
		count += (uint32_t)__builtin_popcountll(free_of(span, at));
	return count;
}

/* One that no lane uses, and of which an eighth is free: less is not worth the search in it. */
static struct span *span_find(struct heap *heap, unsigned class)
{
	struct span *span = __atomic_load_n(&heap->spans[class], __ATOMIC_ACQUIRE);

	for (; span; span = span->next) {
		uint32_t used = false;

		if (__atomic_load_n(&span->is_used, __ATOMIC_RELAXED) ||
		    span_free_count(span) < span->count / 8 + 1)
			continue;
		if (__atomic_compare_exchange_n(&span->is_used, &used, true, false,
						__ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return span;
	}
	return NULL;
}

static bool span_claim(struct span *span, uint32_t index)
{
	return !__atomic_exchange_n(&span->taken[index], 1, __ATOMIC_ACQUIRE);
}

/* The first free block from `at` on, or `count`. */
static uint32_t span_take(struct span *span, uint32_t at)
{
	uint64_t mask = ~UINT64_C(0) << at % 8 * 8;

	for (at -= at % 8; at < span->count; at += 8, mask = ~UINT64_C(0))
		for (uint64_t left = free_of(span, at) & mask; left; left &= left - 1) {
			uint32_t index = at + (uint32_t)__builtin_ctzll(left) / 8;

			if (span_claim(span, index))
				return index;
		}
	return span->count;
}

/* Blocks up to this one have not all been handed out before: they count now. */
static bool span_touch(struct span *span, uint32_t index)
{
	uint32_t step = span->size < TOUCH_SIZE ? (uint32_t)(TOUCH_SIZE / span->size) : 1;
	uint32_t before = __atomic_load_n(&span->touched, __ATOMIC_RELAXED);
	uint32_t after = index + step < span->count ? index + step : span->count;

	if (index < before || !__atomic_compare_exchange_n(&span->touched, &before, after, false,
							   __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		return true;
	if (touch(span->heap, (int64_t)((after - before) * span->size)))
		return true;
	__atomic_store_n(&span->touched, before, __ATOMIC_RELAXED);
	return false;
}

/* Another span for this lane. The one before is left to whoever finds enough free in it. */
static struct span *refill(struct heap *heap, struct position *position, struct span *old,
			   unsigned class)
{
	struct span *span = __atomic_load_n(&position->span, __ATOMIC_ACQUIRE);

	/* Another thread of the lane was first. */
	if (span != old)
		return span;
	if (old)
		__atomic_store_n(&old->is_used, false, __ATOMIC_RELEASE);
	span = span_find(heap, class);
	if (!span)
		span = span_new(heap, class);
	__atomic_store_n(&position->at, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&position->span, span, __ATOMIC_RELEASE);
	return span;
}

static void *small_alloc(struct heap *heap, unsigned class)
{
	struct position *position = &heap->positions[lane_here()][class];
	struct span *span = __atomic_load_n(&position->span, __ATOMIC_ACQUIRE);
	uint32_t at = __atomic_load_n(&position->at, __ATOMIC_RELAXED), index;

	while (!span || (index = span_take(span, at)) == span->count) {
		span = refill(heap, position, span, class);
		at = __atomic_load_n(&position->at, __ATOMIC_RELAXED);
		if (!span)
			return NULL;
	}
	__atomic_store_n(&position->at, index + 1, __ATOMIC_RELAXED);
	if (index >= __atomic_load_n(&span->touched, __ATOMIC_RELAXED) &&
	    !span_touch(span, index)) {
		__atomic_store_n(&span->taken[index], 0, __ATOMIC_RELEASE);
		return NULL;
	}
	return span->blocks + index * span->size;
}

/* Its end is that of its last page, so that the first byte beyond it is one that nobody may touch.
 */
static void *large_alloc(struct heap *heap, size_t size, size_t alignment)
{
	size_t page = chunk_page(), slack = alignment > page ? alignment : 0;

	if (size > CHUNK_SIZE * CHUNK_COUNT / 2)
		return NULL;
	size_t room = (size + slack + page - 1) & ~(page - 1);
	size_t chunks = (room + 3 * page + CHUNK_SIZE - 1) / CHUNK_SIZE;
	if (!touch(heap, (int64_t)room))
		return NULL;
	struct span *span = chunk_take(chunks, page, room);
	if (!span) {
		touch(heap, -(int64_t)room);
		return NULL;
	}
	span->heap = heap;
	span->chunks = chunks;
	span->blocks = (char *)span + 2 * page + room - size;
	span->blocks -= (uintptr_t)span->blocks & (alignment - 1);
	span->size = (size_t)((char *)span + 2 * page + room - span->blocks);
	span->count = (uint32_t)(room / page);
	chunk_set(span, CHUNK_LARGE);
	return span->blocks;
}

void *heap_alloc(struct heap *heap, size_t size, size_t alignment)
{
	size_t fit = size;

	/* The blocks of a size that is a power of two are aligned to it. */
	if (alignment > 16) {
		fit = size > alignment ? size : alignment;
		fit = fit > 1 ? (size_t)1 << (64 - __builtin_clzl(fit - 1)) : 1;
	}
	if (fit <= SMALL_MAX && alignment <= chunk_page())
		return small_alloc(heap, class_of(fit));
	return large_alloc(heap, size, alignment);
}

/* Which block of the span begins there; `count`: none. */
static uint32_t span_index(const struct span *span, const void *block)
{
	uint64_t offset = (uint64_t)((const char *)block - span->blocks);

	if (offset >= span->count * span->size)
		return span->count;
	uint32_t index = (uint32_t)(offset * span->inverse >> 32);

	return index * span->size == offset ? index : span->count;
}

static bool is_taken(const struct span *span, uint32_t index)
{
	return __atomic_load_n(&span->taken[index], __ATOMIC_RELAXED);
}

/* Of two threads that free it at once both may be believed: then it is free, as it should be. */
static enum heap_result small_free(struct span *span, void *block)
{
	uint32_t index = span_index(span, block);

	if (index == span->count)
		return HEAP_NO_BLOCK;
	if (!is_taken(span, index))
		return HEAP_FREED_ALREADY;
	__atomic_store_n(&span->taken[index], 0, __ATOMIC_RELEASE);
	return HEAP_DONE;
}

/* Claimed first: of two threads that free it, the second must not read what is gone. */
static enum heap_result large_free(struct span *span, void *block)
{
	if (!chunk_claim(span, CHUNK_LARGE, CHUNK_BUSY))
		return HEAP_FREED_ALREADY;
	if (span->blocks != block) {
		chunk_set(span, CHUNK_LARGE);
		return HEAP_NO_BLOCK;
	}
	touch(span->heap, -(int64_t)(span->count * chunk_page()));
	chunk_give(span, span->chunks);
	return HEAP_DONE;
}

enum heap_result heap_check(const void *block)
{
	enum chunk_state state = chunk_state(block);
	const struct span *span = chunk_of(block);

	if (state == CHUNK_LARGE)
		return span->blocks == block ? HEAP_DONE : HEAP_NO_BLOCK;
	if (state == CHUNK_REST)
		return HEAP_NO_BLOCK;
	if (state != CHUNK_SPAN)
		return HEAP_FREED_ALREADY;
	uint32_t index = span_index(span, block);

	if (index == span->count)
		return HEAP_NO_BLOCK;
	return is_taken(span, index) ? HEAP_DONE : HEAP_FREED_ALREADY;
}

enum heap_result heap_free(void *block)
{
	enum chunk_state state = chunk_state(block);

	if (state == CHUNK_SPAN)
		return small_free(chunk_of(block), block);
	return state == CHUNK_LARGE ? large_free(chunk_of(block), block) : heap_check(block);
}

size_t heap_block_size(const void *block)
{
	return heap_check(block) == HEAP_DONE ? ((struct span *)chunk_of(block))->size : 0;
}

struct heap *heap_of(const void *block)
{
	return ((struct span *)chunk_of(block))->heap;
}

bool heap_serves(struct heap *heap, const void *caller)
{
	return (uintptr_t)caller - (uintptr_t)heap->terms.code < heap->terms.code_size ||
	       heap_libraries_serve(&heap->libraries, caller);
}

int heap_new(const struct heap_terms *terms, struct heap **out)
{
	int code = chunk_setup();
	struct heap *heap = code < 0 ? NULL : calloc(1, sizeof(*heap));

	if (!heap)
		return -ENOMEM;
	heap->terms = *terms;
	*out = heap;
	return 0;
}

static bool span_is_empty(const struct span *span)
{
	return chunk_state(span) == CHUNK_SPAN && span_free_count(span) == span->count;
}

bool heap_destroy(struct heap *heap)
{
	bool keeps = heap_libraries_remain(&heap->libraries), all = true;

	for (struct span *span = chunk_next(NULL); span; span = chunk_next(span)) {
		if (span->heap != heap)
			continue;
		if (!keeps || span_is_empty(span))
			chunk_give(span, span->chunks);
		else
			all = false;
	}
	touch(heap, -heap->touched);
	if (all)
		free(heap);
	return all;
}
