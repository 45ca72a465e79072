/* SPDX-License-Identifier: MIT */
/* The range of addresses that private heaps share, in chunks. */
#include "heap_chunk.h"

#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include "heap.h"

#define NO_ACCESS (MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)

uintptr_t heap_range;
size_t heap_range_size;

static uint32_t states[CHUNK_COUNT]; /* enum chunk_state; atomic */
static uint32_t next;                /* where to look first, so that addresses come round late */
static size_t page;

size_t chunk_page(void)
{
	return page;
}

static void reserve(void)
{
	size_t size = CHUNK_SIZE * CHUNK_COUNT;
	char *range = mmap(NULL, size + CHUNK_SIZE, PROT_NONE, NO_ACCESS, -1, 0);

	if (range == MAP_FAILED)
		return;
	page = (size_t)sysconf(_SC_PAGESIZE);
	madvise(range, size + CHUNK_SIZE, MADV_DONTDUMP);
	heap_range = (uintptr_t)chunk_of(range + CHUNK_SIZE - 1);
	__atomic_store_n(&heap_range_size, size, __ATOMIC_RELEASE);
}

int chunk_setup(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, reserve);
	return heap_range_size > 0 ? 0 : -ENOMEM;
}

static uint32_t index_of(const void *address)
{
	return (uint32_t)(((uintptr_t)address - heap_range) / CHUNK_SIZE);
}

enum chunk_state chunk_state(const void *address)
{
	return (enum chunk_state)__atomic_load_n(&states[index_of(address)], __ATOMIC_ACQUIRE);
}

void chunk_set(void *run, enum chunk_state state)
{
	__atomic_store_n(&states[index_of(run)], state, __ATOMIC_RELEASE);
}

bool chunk_claim(void *run, enum chunk_state from, enum chunk_state to)
{
	uint32_t expected = from;

	return __atomic_compare_exchange_n(&states[index_of(run)], &expected, to, false,
					   __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

static char *run_at(uint32_t index)
{
	return (char *)heap_range + index * CHUNK_SIZE;
}

/* How many from `first` on were free, and are not now. */
static uint32_t seize(uint32_t first, uint32_t count)
{
	uint32_t got = 0;

	while (got < count &&
	       chunk_claim(run_at(first + got), CHUNK_FREE, got == 0 ? CHUNK_BUSY : CHUNK_REST))
		got++;
	return got;
}

static void release(uint32_t first, uint32_t count)
{
	while (count-- > 0)
		chunk_set(run_at(first + count), CHUNK_FREE);
}

/* The first chunk of a run, or CHUNK_COUNT: once around, there is none. */
static uint32_t find(uint32_t count)
{
	uint32_t first = __atomic_load_n(&next, __ATOMIC_RELAXED);

	for (uint32_t looked = 0; looked < 2 * CHUNK_COUNT;) {
		if (first + count > CHUNK_COUNT) {
			looked += CHUNK_COUNT - first;
			first = 0;
		}
		uint32_t got = seize(first, count);

		if (got == count) {
			__atomic_store_n(&next, first + count, __ATOMIC_RELAXED);
			return first;
		}
		release(first, got);
		first += got + 1;
		looked += got + 1;
	}
	return CHUNK_COUNT;
}

void *chunk_take(size_t count, size_t head, size_t size)
{
	uint32_t first = count < CHUNK_COUNT ? find((uint32_t)count) : CHUNK_COUNT;

	if (first == CHUNK_COUNT)
		return NULL;
	char *run = run_at(first);

	if (mprotect(run, head, PROT_READ | PROT_WRITE) < 0 ||
	    mprotect(run + head + page, size, PROT_READ | PROT_WRITE) < 0) {
		chunk_give(run, count);
		return NULL;
	}
	return run;
}

void chunk_give(void *run, size_t count)
{
	mmap(run, count * CHUNK_SIZE, PROT_NONE, NO_ACCESS | MAP_FIXED, -1, 0);
	release(index_of(run), (uint32_t)count);
}

void *chunk_next(const void *address)
{
	uint32_t index = address ? index_of(address) + 1 : 0;

	for (; index < CHUNK_COUNT; index++)
		if (__atomic_load_n(&states[index], __ATOMIC_ACQUIRE) >= CHUNK_SPAN)
			return run_at(index);
	return NULL;
}
