/* SPDX-License-Identifier: MIT */
/* All that one instance holds from the host, so that one sweep takes it back. */
#include "ledger.h"

void ledger_init(struct ledger *ledger)
{
	pthread_mutex_init(&ledger->lock, NULL);
	ledger->newest = NULL;
	ledger->count = 0;
}

void ledger_fini(struct ledger *ledger)
{
	pthread_mutex_destroy(&ledger->lock);
}

void ledger_add(struct ledger *ledger, struct ledger_item *item, const char *kind,
		void (*reclaim)(struct ledger_item *item))
{
	item->ledger = ledger;
	item->kind = kind;
	item->reclaim = reclaim;
	item->next = NULL;
	item->previous = NULL;
	if (!ledger)
		return;
	pthread_mutex_lock(&ledger->lock);
	item->previous = ledger->newest;
	if (ledger->newest)
		ledger->newest->next = item;
	ledger->newest = item;
	ledger->count++;
	pthread_mutex_unlock(&ledger->lock);
}

void ledger_remove(struct ledger_item *item)
{
	struct ledger *ledger = item->ledger;

	if (!ledger)
		return;
	pthread_mutex_lock(&ledger->lock);
	if (item->next)
		item->next->previous = item->previous;
	else
		ledger->newest = item->previous;
	if (item->previous)
		item->previous->next = item->next;
	ledger->count--;
	item->ledger = NULL;
	pthread_mutex_unlock(&ledger->lock);
}

static struct ledger_item *newest(struct ledger *ledger)
{
	pthread_mutex_lock(&ledger->lock);
	struct ledger_item *item = ledger->newest;
	pthread_mutex_unlock(&ledger->lock);
	return item;
}

size_t ledger_sweep(struct ledger *ledger)
{
	size_t count = 0;

	for (struct ledger_item *item; (item = newest(ledger)); count++)
		item->reclaim(item);
	return count;
}

size_t ledger_size(struct ledger *ledger)
{
	pthread_mutex_lock(&ledger->lock);
	size_t count = ledger->count;
	pthread_mutex_unlock(&ledger->lock);
	return count;
}
