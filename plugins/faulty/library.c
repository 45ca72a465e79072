/* SPDX-License-Identifier: MIT */
/* In code of the C library, or beneath it, where locks may be held. */
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "classes.h"

static const char *volatile nowhere = (const char *)8;

void libc_string(void)
{
	volatile size_t length = strlen(nowhere);

	(void)length;
}

/* As by a length that has become negative; what follows the place is not there to be hurt. */
void libc_copy(void)
{
	char *place = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *volatile to = place, *volatile from = place + 64;
	volatile size_t size = SIZE_MAX / 2;

	if (place != MAP_FAILED)
		mprotect(place + 4096, 4096, PROT_NONE);
	memmove(to, from, size);
}

static int compare(const void *left, const void *right)
{
	(void)left;
	(void)right;
	null_write();
	return 0;
}

/* The library has called back. */
void libc_sort(void)
{
	int numbers[] = { 2, 1 };

	qsort(numbers, 2, sizeof(*numbers), compare);
}

/* The stream stays locked. */
void stdio_lock(void)
{
	printf("%s", nowhere);
}

static int visit(struct dl_phdr_info *info, size_t size, void *data)
{
	(void)info;
	(void)size;
	(void)data;
	null_write();
	return 0;
}

/* The list of images stays locked. */
void loader_lock(void)
{
	dl_iterate_phdr(visit, NULL);
}
