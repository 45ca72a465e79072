/* SPDX-License-Identifier: MIT */
/* A plugin for the tests of the host: what it does wrong with memory. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "meddler.h"

/* Of which the compiler knows nothing. */
static char *block(size_t size)
{
	char *volatile block = malloc(size);

	return block;
}

static void give(char *block)
{
	char *volatile given = block;

	free(given);
}

static int try_double_free(void)
{
	char *one = block(100);

	give(one);
	give(one);
	return 0;
}

static int try_double_free_of_a_large_one(void)
{
	char *one = block(1000000);

	give(one);
	give(one);
	return 0;
}

static int try_invalid_free(void)
{
	give(block(100) + 16);
	return 0;
}

static int try_overflow(void)
{
	volatile char *one = block(1000000);

	for (size_t i = 0; i < 1000100; i++)
		one[i] = 1;
	return 0;
}

static int try_underflow(void)
{
	volatile char *one = block(1000000);

	for (ptrdiff_t i = 0; i < 10000; i++)
		one[-i] = 1;
	return 0;
}

static int try_use_after_free(void)
{
	volatile char *one = block(1000000);

	give((char *)one);
	return one[100];
}

/* What it writes over is its own, and nobody trips over it. */
static int try_small_overflow(void)
{
	char *blocks[16];

	for (size_t i = 0; i < 16; i++)
		blocks[i] = block(100);
	for (size_t i = 0; i < 16; i++)
		for (volatile char *at = blocks[i]; at < blocks[i] + 300; at++)
			*at = 1;
	for (size_t i = 0; i < 16; i++)
		give(blocks[i]);
	return 0;
}

static int try_small_use_after_free(void)
{
	volatile char *one = block(100);

	one[50] = 1;
	give((char *)one);
	return one[50] == 1 ? 0 : 1;
}

/* What libc made for it, and what it made for libc. */
static int try_mixed_free(void)
{
	char *line = block(8), *copy = realpath("/", NULL);
	size_t size = 8;
	FILE *file = fopen("/proc/self/maps", "re");
	int code = file && getline(&line, &size, file) > 8 ? 0 : 1;

	if (file)
		fclose(file);
	free(line);
	free(copy);
	return code;
}

const struct feat meddler_heap_feats[] = {
	{ "double-free", try_double_free },
	{ "large-double-free", try_double_free_of_a_large_one },
	{ "invalid-free", try_invalid_free },
	{ "overflow", try_overflow },
	{ "underflow", try_underflow },
	{ "use-after-free", try_use_after_free },
	{ "small-overflow", try_small_overflow },
	{ "small-use-after-free", try_small_use_after_free },
	{ "mixed-free", try_mixed_free },
	{ NULL, NULL },
};
