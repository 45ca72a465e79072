/* SPDX-License-Identifier: MIT */
/*
 * malloc(3) and free(3) as corbeld defines them, beside libc's own: where there is no private heap,
 * where this thread is in no plugin that has one, and from one.
 */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>

#include <corbel/fault.h>

#include "bench.h"
#include "frame.h"
#include "heap.h"

#define ROUND 200000
/* At a time, of the sizes that programs ask for. */
#define HELD 64

void *__libc_malloc(size_t size);
void __libc_free(void *block);

static const size_t sizes[] = {
	24, 64, 40, 16, 120, 32, 256, 72, 48, 1000, 88, 32, 160, 24, 500, 64
};

static size_t size_of(size_t i)
{
	return sizes[i % (sizeof(sizes) / sizeof(*sizes))];
}

static int measure(void *(*take)(size_t size), void (*give)(void *block), double *result)
{
	static void *held[HELD];
	double begin = bench_thread_time();

	for (size_t i = 0; i < ROUND; i++) {
		give(held[i % HELD]);
		held[i % HELD] = take(size_of(i));
		*(volatile char *)held[i % HELD] = 1;
	}
	*result = (bench_thread_time() - begin) / ROUND;
	for (size_t i = 0; i < HELD; i++) {
		give(held[i]);
		held[i] = NULL;
	}
	return 0;
}

static int round_libc(void *data, double *result)
{
	(void)data;
	return measure(__libc_malloc, __libc_free, result);
}

static int round_defined(void *data, double *result)
{
	(void)data;
	return measure(malloc, free, result);
}

/* In a frame of a plugin with the heap `data`, whose code this program is taken for. */
static int round_private(void *data, double *result)
{
	struct gate_owner owner = { .name = "bench", .heap = data };
	struct gate *gate = gate_new(&owner, GATE_STRAND, 0, 0);
	struct corbel_call call;
	int code = gate ? frame_push(&call, gate, CORBEL_METHOD_SEVERAL) : -ENOMEM;

	if (code == 0) {
		code = measure(malloc, free, result);
		frame_pop(&call);
	}
	gate_retire(gate);
	return code;
}

int main(int argc, char **argv)
{
	struct bench bench;
	int code = bench_init(&bench, "heap", argc, argv);
	struct heap_terms terms = { .code_size = SIZE_MAX };
	struct heap *heap = NULL;

	if (code != 0)
		return code;
	bench_pair(&bench, &(struct bench_pair){ .name = "malloc and free, no private heap",
						 .unit = "ns",
						 .against = "libc's",
						 .measured = round_defined,
						 .baseline = round_libc,
						 .slices = BENCH_SLICES,
						 .goal = 1.2 });
	if (heap_new(&terms, &heap) < 0)
		bench_fail(&bench, "heap_new", -ENOMEM);
	bench_pair(&bench, &(struct bench_pair){ .name = "the same beside one",
						 .unit = "ns",
						 .against = "libc's",
						 .measured = round_defined,
						 .baseline = round_libc,
						 .slices = BENCH_SLICES,
						 .goal = 1.4 });
	if (heap)
		bench_pair(&bench, &(struct bench_pair){ .name = "from a private heap",
							 .unit = "ns",
							 .against = "libc's",
							 .measured = round_private,
							 .baseline = round_libc,
							 .data = heap,
							 .slices = BENCH_SLICES,
							 .goal = 2.0 });
	return bench_finish(&bench);
}
