/* SPDX-License-Identifier: MIT */
/*
 * malloc(3) and its family: from a plugin's own heap, for those that have one; else libc's.
 *
 * Who frees is not asked: the address says where a block is from. What libc allocates by itself, as
 * getline(3) does, is libc's, since it may keep it.
 */
#include "interpose.h"

#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <corbel/fault.h>

#include "heap.h"

/* libc's own, under names that nobody else defines. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *block);

/* As malloc(3) aligns. */
#define ALIGNMENT 16

static void *make(const void *image, size_t size, void *account)
{
	struct heap_terms terms = {
		.code = image, .code_size = size, .take = corbel_fault_heap_take, .account = account
	};
	struct heap *heap;

	return heap_new(&terms, &heap) < 0 ? NULL : heap;
}

static bool destroy(void *heap)
{
	return heap_destroy(heap);
}

__attribute__((constructor)) static void offer(void)
{
	static const struct corbel_fault_heaps heaps = { make, destroy };

	corbel_fault_use_heaps(&heaps);
}

/* The heap of the plugin whose call this is, or NULL. Until there is one, nothing is asked. */
static inline struct heap *heap_here(const void *caller)
{
	struct heap *heap = heap_range_size > 0 ? corbel_fault_heap() : NULL;

	return heap && heap_serves(heap, caller) ? heap : NULL;
}

static void *got(void *block)
{
	if (!block)
		errno = ENOMEM;
	return block;
}

static bool overflows(size_t count, size_t size, size_t *bytes)
{
	return __builtin_mul_overflow(count, size, bytes);
}

/* Inside libc there is no way to leave the thread from but its own. */
static __attribute__((noreturn)) void end(const char *function, const void *block,
					  enum heap_result result, const void *caller)
{
	interpose_end(caller, "called %s() of %p, %s", function, block,
		      result == HEAP_FREED_ALREADY ? "which was freed already"
						   : "where no block begins");
	INTERPOSE_NEXT(abort)();
	__builtin_unreachable();
}

static void release(const char *function, void *block, const void *caller)
{
	enum heap_result result = heap_free(block);

	if (result != HEAP_DONE)
		end(function, block, result, caller);
}

/* A block stays in its heap, whoever asks. */
static void *resize(void *block, size_t size, const void *caller)
{
	size_t before = heap_block_size(block);

	if (before == 0)
		end("realloc", block, heap_check(block), caller);
	if (size == 0) {
		release("realloc", block, caller);
		return NULL;
	}
	if (size <= before && size >= before / 2)
		return block;
	void *fresh = got(heap_alloc(heap_of(block), size, ALIGNMENT));
	if (!fresh)
		return NULL;
	memcpy(fresh, block, size < before ? size : before);
	release("realloc", block, caller);
	return fresh;
}

INTERPOSED void *malloc(size_t size)
{
	struct heap *heap = heap_here(INTERPOSE_CALLER);

	return heap ? got(heap_alloc(heap, size, ALIGNMENT)) : __libc_malloc(size);
}

INTERPOSED void free(void *block)
{
	if (heap_has(block))
		release("free", block, INTERPOSE_CALLER);
	else
		__libc_free(block);
}

INTERPOSED void *calloc(size_t count, size_t size)
{
	struct heap *heap = heap_here(INTERPOSE_CALLER);
	size_t bytes;

	if (!heap)
		return __libc_calloc(count, size);
	void *block = overflows(count, size, &bytes) ? NULL : heap_alloc(heap, bytes, ALIGNMENT);
	return block ? memset(block, 0, bytes) : got(block);
}

static void *resize_any(void *block, size_t size, const void *caller)
{
	struct heap *heap = block ? NULL : heap_here(caller);

	if (heap)
		return got(heap_alloc(heap, size, ALIGNMENT));
	return heap_has(block) ? resize(block, size, caller) : __libc_realloc(block, size);
}

INTERPOSED void *realloc(void *block, size_t size)
{
	return resize_any(block, size, INTERPOSE_CALLER);
}

INTERPOSED void *reallocarray(void *block, size_t count, size_t size)
{
	size_t bytes;

	return overflows(count, size, &bytes) ? got(NULL)
					      : resize_any(block, bytes, INTERPOSE_CALLER);
}

static void *aligned(size_t alignment, size_t size, const void *caller)
{
	struct heap *heap = heap_here(caller);
	bool fits = alignment <= HEAP_ALIGNMENT_MAX && (alignment & (alignment - 1)) == 0;

	if (heap && fits)
		return got(heap_alloc(heap, size, alignment < ALIGNMENT ? ALIGNMENT : alignment));
	return __libc_memalign(alignment, size);
}

INTERPOSED void *memalign(size_t alignment, size_t size)
{
	return aligned(alignment, size, INTERPOSE_CALLER);
}

INTERPOSED void *aligned_alloc(size_t alignment, size_t size)
{
	return aligned(alignment, size, INTERPOSE_CALLER);
}

INTERPOSED int posix_memalign(void **out, size_t alignment, size_t size)
{
	if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0 || alignment == 0)
		return EINVAL;

	int saved = errno;
	void *block = aligned(alignment, size, INTERPOSE_CALLER);

	errno = saved;
	if (!block)
		return ENOMEM;
	*out = block;
	return 0;
}

INTERPOSED size_t malloc_usable_size(void *block)
{
	return heap_has(block) ? heap_block_size(block) : INTERPOSE_NEXT(malloc_usable_size)(block);
}

/* libc's would take it from the heap of the process. */
static char *duplicate(const char *text, size_t length, const void *caller)
{
	struct heap *heap = heap_here(caller);
	char *copy = heap ? heap_alloc(heap, length + 1, ALIGNMENT) : __libc_malloc(length + 1);

	if (!copy)
		return got(NULL);
	copy[length] = '\0';
	return memcpy(copy, text, length);
}

INTERPOSED char *strdup(const char *text)
{
	return duplicate(text, strlen(text), INTERPOSE_CALLER);
}

INTERPOSED char *strndup(const char *text, size_t limit)
{
	return duplicate(text, strnlen(text, limit), INTERPOSE_CALLER);
}
