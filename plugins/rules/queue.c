/* SPDX-License-Identifier: MIT */
/* Alerts that wait to be stored. */
#include "queue.h"

#include <errno.h>
#include <stdlib.h>

static struct alert **slot(const struct queue *queue, size_t index)
{
	return &queue->items[(queue->first + index) % queue->capacity];
}

int queue_init(struct queue *queue, size_t capacity)
{
	*queue = (struct queue){ .items = calloc(capacity, sizeof(*queue->items)),
				 .capacity = capacity };
	return queue->items ? 0 : -ENOMEM;
}

void queue_fini(struct queue *queue)
{
	while (queue->count > 0)
		queue_pop(queue);
	free(queue->items);
}

int queue_resize(struct queue *queue, size_t capacity)
{
	struct queue made;
	int result = queue_init(&made, capacity);

	if (result < 0)
		return result;
	for (; queue->count > capacity; queue->dropped++)
		queue_pop(queue);
	made.dropped = queue->dropped;
	for (; made.count < queue->count; made.count++)
		made.items[made.count] = *slot(queue, made.count);
	free(queue->items);
	*queue = made;
	return 0;
}

int queue_add(struct queue *queue, const struct alert *alert)
{
	struct alert *copy = alert_copy(alert);

	if (!copy)
		return -ENOMEM;
	for (size_t i = 0; i < queue->count; i++) {
		struct alert **place = slot(queue, i);

		if (alert_compare(*place, copy) != 0)
			continue;
		copy->is_stored = (*place)->is_stored;
		alert_free(*place);
		*place = copy;
		return 0;
	}
	if (queue->count == queue->capacity) {
		queue_pop(queue);
		queue->dropped++;
	}
	*slot(queue, queue->count++) = copy;
	return 0;
}

const struct alert *queue_at(const struct queue *queue, size_t index)
{
	return *slot(queue, index);
}

void queue_pop(struct queue *queue)
{
	alert_free(*slot(queue, 0));
	queue->first = (queue->first + 1) % queue->capacity;
	queue->count--;
}
