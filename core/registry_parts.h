/* SPDX-License-Identifier: MIT */
/*
 * What the registry's files share: an entry for each interface, with its offers, its uses, its
 * dormant providers.
 */
#ifndef CORBEL_CORE_REGISTRY_PARTS_H
#define CORBEL_CORE_REGISTRY_PARTS_H

#include <pthread.h>

#include "nametable.h"
#include "registry.h"

/* Everything below is guarded by registry.lock, but for what is set once. */
struct registry {
	pthread_mutex_t lock;
	struct catalogue *catalogue;
	struct nametable entries; /* of struct registry_entry; they stay until the end */
	LIST_HEAD(, dormant) dormants;
	void (*listener)(void *data);
	void *listener_data;
};

struct registry_entry {
	struct nametable_link link;
	LIST_HEAD(, corbel_provision) provisions; /* best first: rank, then age */
	LIST_HEAD(, registry_use) uses;
	LIST_HEAD(, dormant) dormants;
	char name[];
};

/* Copied, in one block. */
struct property_set {
	size_t count;
	struct corbel_property items[];
};

struct corbel_provision {
	struct ledger_item item;
	struct registry *registry;
	struct registry_entry *entry;
	struct party *party;
	const struct corbel_interface *interface; /* kept */
	struct gate *gate;
	struct property_set *properties;
	int32_t rank;
	LIST_ENTRY(corbel_provision) of_entry, of_party;
};

struct registry_use {
	struct corbel_use head; /* first: what the consumer holds is this */
	struct ledger_item item;
	struct registry *registry;
	struct registry_entry *entry;
	struct party *party;
	const struct corbel_interface *interface; /* kept */
	struct property_set *properties;
	void (*changed)(void *data, bool bound);
	void *data;
	struct source source; /* runs `changed`, if there is one */
	int told;             /* the last told state, or -1 */
	bool is_refused;      /* its party may not have it (any more) */
	LIST_ENTRY(registry_use) of_entry, of_party;
};

/* Lives behind its gate, as long as that. */
struct dormant {
	struct gate *gate;
	struct gate_owner owner;
	struct registry_entry *entry;
	struct corbel_interface interface; /* name and version only */
	void (*activate)(void *data, const char *plugin);
	void *data;
	LIST_ENTRY(dormant) of_registry, of_entry;
	char plugin[];
};

/* NULL if there is none, or, with `make`, no memory. [lock held] */
struct registry_entry *entry_find(struct registry *registry, const char *name, bool make);
/* Points all uses of the interface at what is best for them now. [lock held] */
void entry_rebind(struct registry_entry *entry);
/* Whether a visible offer of the plugin is there: its dormant gate is not needed. [lock held] */
bool entry_has_plugin(const struct registry_entry *entry, const char *plugin, bool hidden_too);

/* No use is bound to it any more. [lock held] */
void dormant_remove(struct dormant *dormant);

int properties_copy(const struct corbel_property *items, size_t count, struct property_set **out);
/* Whether all wanted ones are there. */
bool properties_match(const struct property_set *wanted, const struct property_set *offered);

static inline struct version interface_version(const struct corbel_interface *interface)
{
	return (struct version){ interface->major, interface->minor };
}

#endif
