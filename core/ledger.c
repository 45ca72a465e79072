/* SPDX-License-Identifier: MIT */
/* All that one instance holds from the host, so that one sweep takes it back. */
#include "ledger.h"

void ledger_init(struct ledger *ledger)
{
	pthread_mutex_init(&ledger->lock, NULL);
	LIST_INIT(&ledger->items);
	ledger->count = 0;
	ledger->usage = NULL;
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
	if (!ledger)
		return;
	pthread_mutex_lock(&ledger->lock);
	LIST_INSERT_HEAD(&ledger->items, item, entry);
	ledger->count++;
	pthread_mutex_unlock(&ledger->lock);
}

void ledger_remove(struct ledger_item *item)
{
	struct ledger *ledger = item->ledger;

	if (!ledger)
		return;
	pthread_mutex_lock(&ledger->lock);
	LIST_REMOVE(item, entry);
	ledger->count--;
	item->ledger = NULL;
	pthread_mutex_unlock(&ledger->lock);
}

size_t ledger_sweep(struct ledger *ledger)
{
	size_t count = 0;

	pthread_mutex_lock(&ledger->lock);
	for (struct ledger_item *item; (item = LIST_FIRST(&ledger->items)); count++) {
		pthread_mutex_unlock(&ledger->lock);
		item->reclaim(item);
		pthread_mutex_lock(&ledger->lock);
	}
	pthread_mutex_unlock(&ledger->lock);
	return count;
}

size_t ledger_size(struct ledger *ledger)
{
	pthread_mutex_lock(&ledger->lock);
	size_t count = ledger->count;
	pthread_mutex_unlock(&ledger->lock);
	return count;
}
