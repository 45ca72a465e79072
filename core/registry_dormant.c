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
	return dormant;
}

static struct dormant *dormant_find(struct registry_entry *entry, const char *plugin)
{
	struct dormant *dormant = entry->dormants;

	while (dormant && strcmp(dormant->plugin, plugin) != 0)
		dormant = dormant->next_of_entry;
	return dormant;
}

static int dormant_add(struct registry *registry, const char *interface, struct version version,
		       const char *plugin, struct dormant **out)
{
	struct registry_entry *entry = entry_find(registry, interface, true);

	if (!entry)
		return -ENOMEM;
	if (dormant_find(entry, plugin))
		return -EEXIST;
	*out = dormant_new(entry, version, plugin);
	if (!*out)
		return -ENOMEM;
	(*out)->next = registry->dormants;
	registry->dormants = *out;
	(*out)->next_of_entry = entry->dormants;
	entry->dormants = *out;
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

static void dormant_remove(struct dormant *dormant)
{
	struct dormant **link = &dormant->entry->dormants;

	while (*link != dormant)
		link = &(*link)->next_of_entry;
	*link = dormant->next_of_entry;
	entry_rebind(dormant->entry);
	gate_retire(dormant->gate);
}

void registry_forget(struct registry *registry, const char *plugin)
{
	struct dormant **link = &registry->dormants, *dormant, *gone = NULL;

	pthread_mutex_lock(&registry->lock);
	while ((dormant = *link)) {
		if (strcmp(dormant->plugin, plugin) != 0) {
			link = &dormant->next;
			continue;
		}
		*link = dormant->next;
		dormant->next = gone;
		gone = dormant;
	}
	/* `plugin` may be the dormant's own text, so it is not looked at from here on. */
	while ((dormant = gone)) {
		gone = dormant->next;
		dormant_remove(dormant);
	}
	pthread_mutex_unlock(&registry->lock);
}

void registry_activation_failed(struct registry *registry, const char *plugin)
{
	pthread_mutex_lock(&registry->lock);
	for (struct dormant *dormant = registry->dormants; dormant; dormant = dormant->next)
		if (strcmp(dormant->plugin, plugin) == 0)
			gate_refuse(dormant->gate);
	pthread_mutex_unlock(&registry->lock);
}

void registry_ask(struct registry *registry, struct party *party)
{
	pthread_mutex_lock(&registry->lock);
	for (struct corbel_provision *at = party->provisions; at; at = at->next_of_party)
		gate_set(at->gate, GATE_ASK);
	pthread_mutex_unlock(&registry->lock);
}

bool registry_was_asked(struct registry *registry, struct party *party)
{
	bool was = false;

	pthread_mutex_lock(&registry->lock);
	for (struct corbel_provision *at = party->provisions; at && !was; at = at->next_of_party)
		was = !(gate_reasons(at->gate) & GATE_ASK) ||
		      frame_scan(party->owner, at->gate, NULL, NULL) > 0;
	pthread_mutex_unlock(&registry->lock);
	return was;
}

/* An offer copied, so that it can be shown without the lock. */
struct listed {
	struct registry_offer offer;
	struct property_set *properties;
	struct listed *next;
	char plugin[];
};

static struct listed *listed_new(struct listed **last, const struct corbel_interface *interface,
				 const char *plugin)
{
	struct listed *listed = calloc(1, sizeof(*listed) + strlen(plugin) + 1);

	if (!listed)
		return NULL;
	strcpy(listed->plugin, plugin);
	listed->offer.plugin = listed->plugin;
	listed->offer.interface = interface;
	*last = listed;
	return listed;
}

static size_t count_uses(const struct registry_entry *entry, const struct gate *gate)
{
	size_t count = 0;

	for (const struct registry_use *use = entry->uses; use; use = use->next)
		count += use->head.service == &gate->service;
	return count;
}

static struct listed **list_provisions(const struct registry_entry *entry, struct listed **last)
{
	for (struct corbel_provision *at = entry->provisions; at; at = at->next) {
		struct listed *listed = listed_new(last, at->interface, at->party->plugin);

		if (!listed)
			break;
		last = &listed->next;
		listed->offer.rank = at->rank;
		listed->offer.hidden = at->party->hidden;
		listed->offer.use_count = count_uses(entry, at->gate);
		if (properties_copy(at->properties->items, at->properties->count,
				    &listed->properties) == 0) {
			listed->offer.properties = listed->properties->items;
			listed->offer.property_count = listed->properties->count;
		}
	}
	return last;
}

static struct listed **list_dormants(const struct registry_entry *entry, struct listed **last)
{
	for (struct dormant *at = entry->dormants; at; at = at->next_of_entry) {
		struct listed *listed = entry_has_plugin(entry, at->plugin, true)
						? NULL
						: listed_new(last, &at->interface, at->plugin);
		if (!listed)
			continue;
		last = &listed->next;
		listed->offer.dormant = true;
		listed->offer.use_count = count_uses(entry, at->gate);
	}
	return last;
}

void registry_list(struct registry *registry,
		   void (*visit)(void *data, const struct registry_offer *offer), void *data)
{
	struct listed *first = NULL, **last = &first;
	struct nametable_link *link = NULL;

	pthread_mutex_lock(&registry->lock);
	while ((link = nametable_next(&registry->entries, link))) {
		last = list_provisions((struct registry_entry *)link, last);
		last = list_dormants((struct registry_entry *)link, last);
	}
	pthread_mutex_unlock(&registry->lock);
	for (struct listed *listed = first, *next; listed; listed = next) {
		next = listed->next;
		visit(data, &listed->offer);
		free(listed->properties);
		free(listed);
	}
}
