/* SPDX-License-Identifier: MIT */
/*
 * The registry: who offers which interface, who uses it, and which offer each use is bound to.
 *
 * A use points at the gate of its best provider (rank, then age; properties and version choose), at
 * a dormant gate when one could be started, or at frame_absent. Changes re-point uses in place;
 * callers notice by reading the use again. Invariants: a use's service is never NULL; a use points
 * at a gate only while that gate's provision is in the registry; no lock is held while plugin code,
 * `listener` or a visitor runs. The lock is taken before those of frame.c and of the loop, never
 * after.
 */
#ifndef CORBEL_CORE_REGISTRY_H
#define CORBEL_CORE_REGISTRY_H

#include <sys/queue.h>

#include <corbel/host.h>
#include <corbel/service.h>

#include "describe.h"
#include "frame.h"
#include "grant.h"
#include "ledger.h"
#include "loop.h"
#include "version.h"

struct registry;

/* What the registry needs to know of an instance; embedded in it, or the host's own. */
struct party {
	const char *plugin;
	struct gate_owner *owner; /* of what it provides; NULL: the host's */
	struct ledger *ledger;
	struct strand *strand; /* where `changed` runs */
	/* exec = thread; else NULL. The marshal is the gate_extra() of the service's gate. */
	int (*run)(struct corbel_marshal *marshal, int (*call)(void *), void *arguments);
	/*
	 * Whether it may hold a handle; NULL: any. Asked when one is made and in reviews, with the
	 * lock of its room held. [any thread]
	 */
	bool (*may)(const struct party *party, enum grant grant, const char *name);
	bool hidden; /* not yet started: no use is bound to what it provides */
	/*
	 * Set before the start of one that is to replace another: that one. Its subscriptions get
	 * no event before bus_replace().
	 */
	struct party *predecessor;
	/* The registry's, and the bus's; they begin as zeros. */
	LIST_HEAD(, corbel_provision) provisions;
	LIST_HEAD(, registry_use) uses;
	LIST_HEAD(, publisher) topics;
	LIST_HEAD(, corbel_subscription) subscriptions;
};

static inline bool party_may(const struct party *party, enum grant grant, const char *name)
{
	return !party->may || party->may(party, grant, name);
}

int registry_new(struct catalogue *catalogue, struct registry **out);
/* Everything must have been withdrawn and released. */
void registry_free(struct registry *registry);
/* Told, in any thread, with no lock held, that offers came or went. Only one. */
void registry_listen(struct registry *registry, void (*changed)(void *data), void *data);

int registry_provide(struct registry *registry, struct party *party,
		     const struct corbel_interface *interface, const void *table, void *self,
		     const struct corbel_service_options *options, struct corbel_provision **out,
		     struct corbel_error *error);
/*
 * Redirects its uses and waits until nobody is inside; see corbel_withdraw(). The provision is gone
 * in any case: after an error its gate lasts until the last one is out, and frame_scan() of the
 * owner counts who that is. With exec = thread, on the provider's own strand, it does not wait but
 * returns -EDEADLK.
 */
int registry_withdraw(struct corbel_provision *provision, int64_t deadline);
/*
 * In one step, what `party` provides is shown, each in the place (by age) of what its predecessor
 * provides under that name, and that is hidden; uses follow, and who waits at the old gates goes
 * with them. `changed` of no use is told of it.
 */
void registry_replace(struct registry *registry, struct party *party);
/* Makes the party's provisions visible, or hides them (uses are redirected; nobody waits). */
void registry_show(struct registry *registry, struct party *party, bool visible);

/*
 * Goes through the uses that are unbound because what this party offers has another layout, with
 * words for each: they were made before the offer. `visit` runs with the registry's lock held.
 */
void registry_misfits(struct registry *registry, struct party *party,
		      void (*visit)(void *data, const char *words), void *data);

int registry_acquire(struct registry *registry, struct party *party,
		     const struct corbel_interface *interface,
		     const struct corbel_use_options *options, struct corbel_use **out,
		     struct corbel_error *error);
int registry_duplicate(struct party *party, struct corbel_use *use, struct corbel_use **out);
void registry_release(struct corbel_use *use);
/*
 * Judges the uses of the party anew: those that it may not have are bound to nobody, and calls give
 * -EACCES, until a review finds otherwise. Calls under way end as they would. A use that is made
 * meanwhile is judged by whichever comes later.
 */
void registry_review(struct registry *registry, struct party *party);
/* What the party provides and uses now. `visit` runs with the registry's lock held. */
void registry_held(struct registry *registry, struct party *party,
		   void (*visit)(void *data, enum grant grant, const char *interface), void *data);
/* The interface a use is for. */
const char *registry_use_interface(const struct corbel_use *use);

/*
 * Says that `plugin` would provide this interface if started: uses without a provider wait at a
 * dormant gate and `activate` is called in the caller's thread, only to post. Such a use counts as
 * bound. While a plugin visibly provides the interface its declaration rests. -EEXIST: declared
 * already. Undone with registry_forget().
 */
int registry_declare(struct registry *registry, const char *interface, struct version version,
		     const char *plugin, void (*activate)(void *data, const char *plugin),
		     void *data);
void registry_forget(struct registry *registry, const char *plugin);
/* A dormant provider could not be started: those who wait get -ENOTCONN; later calls try again. */
void registry_activation_failed(struct registry *registry, const char *plugin);
/*
 * Sets GATE_ASK on what the party provides, and reads whether anybody called since, or is inside:
 * the idle check.
 */
void registry_ask(struct registry *registry, struct party *party);
bool registry_was_asked(struct registry *registry, struct party *party);

/* Whether a visible offer satisfies it; `except`: not one of this plugin (NULL: any). */
bool registry_has(struct registry *registry, const char *interface, struct version version,
		  const char *except);
/* All visible offers. What is declared only has an interface of a name and a version. */
void registry_list(struct registry *registry,
		   void (*visit)(void *data, const struct corbel_service_info *service),
		   void *data);

#endif
