/* SPDX-License-Identifier: MIT */
/* Queues of strands that wait for a thread. */
#include "strand.h"

void strand_queue_push(struct strand_queue *queue, struct strand *strand)
{
	strand->next = NULL;
	strand->queued = true;
	if (queue->last)
		queue->last->next = strand;
	else
		queue->first = strand;
	queue->last = strand;
}

struct strand *strand_queue_pop(struct strand_queue *queue)
{
	struct strand *strand = queue->first;

	if (strand)
		strand_queue_remove(queue, strand);
	return strand;
}

void strand_queue_remove(struct strand_queue *queue, struct strand *strand)
{
	struct strand *previous = NULL, **link = &queue->first;

	while (*link != strand) {
		previous = *link;
		link = &previous->next;
	}
	*link = strand->next;
	if (queue->last == strand)
		queue->last = previous;
	strand->queued = false;
}
