/* SPDX-License-Identifier: MIT */
/* Alerts that wait to be stored: bounded, in order, each alert once in its newest state. */
#ifndef RULES_QUEUE_H
#define RULES_QUEUE_H

#include "alert.h"

struct queue {
	struct alert **items; /* from `first`, round the end */
	size_t capacity;
	size_t first;
	size_t count;
	uint64_t dropped; /* the oldest, for want of room, ever */
};

int queue_init(struct queue *queue, size_t capacity);
void queue_fini(struct queue *queue);
/* Drops the oldest that have no room any more. */
int queue_resize(struct queue *queue, size_t capacity);

/* Takes a copy. -ENOMEM: it is not in. */
int queue_add(struct queue *queue, const struct alert *alert);
/* The one at that place from the oldest, 0. Borrowed until the queue changes. */
const struct alert *queue_at(const struct queue *queue, size_t index);
/* Frees the oldest of a queue that is not empty. */
void queue_pop(struct queue *queue);

#endif
