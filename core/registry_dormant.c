/* SPDX-License-Identifier: MIT */
/*
 * Providers that are started when somebody calls, and stopped when nobody does; and the list of all
 * offers.
 */
#include "registry_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* How long a caller waits for a provider to start. */
#define START_TIMEOUT (15 * CORBEL_SECOND)

/* The gate's reference keeps the dormant, which lies behind it. */
static int dormant_asked(struct gate *gate, void *data)
{
	struct dormant *dormant = data;

	(void)gate;
	dormant->activate(dormant->data, dormant->plugin);
	return 0;
}

static struct dormant *dormant_new(struct registry_entry *entry, struct version version,
				   const char *plugin)
{
	struct gate *gate = gate_new(NULL, GATE_SERVICE, GATE_DORMANT,
				     sizeof(struct dormant) + strlen(plugin) + 1);

	if (!gate)
		return NULL;

	struct dormant *dormant = gate_extra(gate);

	strcpy(dormant->plugin, plugin);
	dormant->gate = gate;
	dormant->entry = entry;
	dormant->owner = (struct gate_owner){ .name = dormant->plugin,
					      .version = "",
					      .timeout = START_TIMEOUT };
	dormant->interface = (struct corbel_interface){
		.size = sizeof(struct corbel_interface),
		.major = (uint16_t)version.major,
		.minor = (uint16_t)version.minor,
		.name = entry->name,
	};
	gate->label = entry->name;
	gate->asked = dormant_asked;
	gate->asked_data = dormant;
	gate->owner = &dormant->owner;
	LIST_INSERT_HEAD(&dormant->owner.gates, gate, entry);
	return dormant;
}

static int dormant_add(struct registry *registry, const char *interface, struct version version,
		       const char *plugin, struct dormant **out)
{
	struct registry_entry *entry = entry_find(registry, interface, true);
	struct dormant *at = entry ? LIST_FIRST(&entry->dormants) : NULL;

	for (; at; at = LIST_NEXT(at, of_entry))
		if (strcmp(at->plugin, plugin) == 0)
			return -EEXIST;
	*out = entry ? dormant_new(entry, version, plugin) : NULL;
	if (!*out)
		return -ENOMEM;
	LIST_INSERT_HEAD(&registry->dormants, *out, of_registry);
	LIST_INSERT_HEAD(&entry->dormants, *out, of_entry);
	return 0;
}

int registry_declare(struct registry *registry, const char *interface, struct version version,
		     const char *plugin, void (*activate)(void *data, const char *plugin),
		     void *data)
{
	struct dormant *dormant;

	pthread_mutex_lock(&registry->lock);
	int result = dormant_add(registry, interface, version, plugin, &dormant);
	if (result == 0) {
		dormant->activate = activate;
		dormant->data = data;
		entry_rebind(dormant->entry);
	}
	pthread_mutex_unlock(&registry->lock);
	return result;
}

void dormant_remove(struct dormant *dormant)
{
	LIST_REMOVE(dormant, of_registry);
	LIST_REMOVE(dormant, of_entry);
	entry_rebind(dormant->entry);
	gate_retire(dormant->gate);
}

void registry_forget(struct registry *registry, const char *plugin)
{
	pthread_mutex_lock(&registry->lock);
	for (struct dormant *at = LIST_FIRST(&registry->dormants), *next; at; at = next) {
		next = LIST_NEXT(at, of_registry);
		if (strcmp(at->plugin, plugin) == 0)
			dormant_remove(at);
	}
	pthread_mutex_unlock(&registry->lock);
}

void registry_activation_failed(struct registry *registry, const char *plugin)
{
	pthread_mutex_lock(&registry->lock);
	struct dormant *at = LIST_FIRST(&registry->dormants);
	for (; at; at = LIST_NEXT(at, of_registry))
		if (strcmp(at->plugin, plugin) == 0)
			gate_refuse(at->gate);
	pthread_mutex_unlock(&registry->lock);
}

void registry_ask(struct registry *registry, struct party *party)
{
	pthread_mutex_lock(&registry->lock);
	struct corbel_provision *at = LIST_FIRST(&party->provisions);
	for (; at; at = LIST_NEXT(at, of_party))
		gate_set(at->gate, GATE_ASK);
	pthread_mutex_unlock(&registry->lock);
}

bool registry_was_asked(struct registry *registry, struct party *party)
{
	bool was = false;

	pthread_mutex_lock(&registry->lock);
	struct corbel_provision *at = LIST_FIRST(&party->provisions);
	for (; at && !was; at = LIST_NEXT(at, of_party))
		was = !(gate_reasons(at->gate) & GATE_ASK) ||
		      frame_scan(party->owner, at->gate, NULL, NULL) > 0;
	pthread_mutex_unlock(&registry->lock);
	return was;
}

/* An offer copied, so that it can be shown without the lock. */
struct listed {
	struct corbel_service_info info;
	struct property_set *properties;
	STAILQ_ENTRY(listed) link;
	char plugin[];
};

STAILQ_HEAD(listing, listed);

static size_t count_uses(const struct registry_entry *entry, const struct gate *gate)
{
	const struct registry_use *use = LIST_FIRST(&entry->uses);
	size_t count = 0;

	for (; use; use = LIST_NEXT(use, of_entry))
		count += use->head.service == &gate->service;
	return count;
}

/* What there is no memory for is left out. */
static struct listed *listing_add(struct listing *listing, const struct registry_entry *entry,
				  const char *plugin, const struct gate *gate,
				  const struct corbel_interface *interface)
{
	struct listed *listed = calloc(1, sizeof(*listed) + strlen(plugin) + 1);

	if (!listed)
		return NULL;
	listed->info.size = sizeof(listed->info);
	listed->info.plugin = strcpy(listed->plugin, plugin);
	listed->info.interface = interface;
	listed->info.use_count = count_uses(entry, gate);
	STAILQ_INSERT_TAIL(listing, listed, link);
	return listed;
}

static void list_entry(const struct registry_entry *entry, struct listing *listing)
{
	struct corbel_provision *at = LIST_FIRST(&entry->provisions);
	struct dormant *dormant = LIST_FIRST(&entry->dormants);
	struct listed *listed;

	for (; at; at = LIST_NEXT(at, of_entry)) {
		if (at->party->hidden)
			continue;
		listed = listing_add(listing, entry, at->party->plugin, at->gate, at->interface);
		if (!listed)
			continue;
		listed->info.rank = at->rank;
		if (properties_copy(at->properties->items, at->properties->count,
				    &listed->properties) == 0) {
			listed->info.properties = listed->properties->items;
			listed->info.property_count = listed->properties->count;
		}
	}
	for (; dormant; dormant = LIST_NEXT(dormant, of_entry)) {
		if (entry_has_plugin(entry, dormant->plugin, true))
			continue;
		listed = listing_add(listing, entry, dormant->plugin, dormant->gate,
				     &dormant->interface);
		if (listed)
			listed->info.dormant = true;
	}
}

void registry_list(struct registry *registry,
		   void (*visit)(void *data, const struct corbel_service_info *service), void *data)
{
	struct listing listing = STAILQ_HEAD_INITIALIZER(listing);
	struct nametable_link *link = NULL;
	struct listed *listed;

	pthread_mutex_lock(&registry->lock);
	while ((link = nametable_next(&registry->entries, link)))
		list_entry((struct registry_entry *)link, &listing);
	pthread_mutex_unlock(&registry->lock);
	while ((listed = STAILQ_FIRST(&listing))) {
		STAILQ_REMOVE_HEAD(&listing, link);
		visit(data, &listed->info);
		free(listed->properties);
		free(listed);
	}
}
