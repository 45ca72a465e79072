/* SPDX-License-Identifier: MIT */
/*
 * All that one instance holds from the host, so that one sweep takes it back.
 *
 * A function of a plugin is wiped out of its handle before that is freed: leftover_search() looks
 * for pointers to plugins that are gone, and must find none of ours.
 *
 * Each handle embeds a ledger_item. The sweep hands items to their own reclaim function, newest
 * first, without holding the ledger's lock.
 */
#ifndef CORBEL_CORE_LEDGER_H
#define CORBEL_CORE_LEDGER_H

#include <pthread.h>
#include <stddef.h>
#include <sys/queue.h>

#include "container.h"

struct ledger;
struct usage;

struct ledger_item {
	struct ledger *ledger; /* NULL: in none */
	LIST_ENTRY(ledger_item) entry;
	const char *kind; /* "use", "timer", ...: static text */
	/*
	 * Gives the handle back by force; must not fail, must not wait for plugin code, and removes
	 * the item.
	 */
	void (*reclaim)(struct ledger_item *item);
};

struct ledger {
	pthread_mutex_t lock;
	LIST_HEAD(, ledger_item) items; /* newest first */
	size_t count;
	struct usage *usage; /* where its items count; NULL: nowhere */
};

void ledger_init(struct ledger *ledger);
void ledger_fini(struct ledger *ledger);
/* `ledger` may be NULL, as in the next: the handle is the host's own. */
static inline struct usage *ledger_usage(const struct ledger *ledger)
{
	return ledger ? ledger->usage : NULL;
}
void ledger_add(struct ledger *ledger, struct ledger_item *item, const char *kind,
		void (*reclaim)(struct ledger_item *item));
void ledger_remove(struct ledger_item *item);
/* Reclaims everything; returns how many items there were. [control] */
size_t ledger_sweep(struct ledger *ledger);
/* How many items there are now. [any thread] */
size_t ledger_size(struct ledger *ledger);

#endif
