/* SPDX-License-Identifier: MIT */
/* The files of the status page, which are part of the plugin. */
#ifndef HTTP_PAGE_H
#define HTTP_PAGE_H

#include <stddef.h>

#define PAGE_TAG_SIZE 20

struct page {
	const char *path;
	const char *type;
	const char *bytes;
	size_t size;
	char tag[PAGE_TAG_SIZE]; /* quoted; other bytes, other tag */
};

#define PAGE_COUNT 4

void pages_init(struct page pages[PAGE_COUNT]);

#endif
