/* SPDX-License-Identifier: MIT */
/* Offers: making them, showing and hiding them, taking them back, listing them. */
#include "registry_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int registry_new(struct catalogue *catalogue, struct registry **out)
{
	struct registry *registry = calloc(1, sizeof(*registry));

	if (!registry)
		return -ENOMEM;
	pthread_mutex_init(&registry->lock, NULL);
	registry->catalogue = catalogue;
	*out = registry;
	return 0;
}

void registry_free(struct registry *registry)
{
	if (!registry)
		return;
	while (!LIST_EMPTY(&registry->dormants))
		dormant_remove(LIST_FIRST(&registry->dormants));
	for (struct nametable_link *link = nametable_next(&registry->entries, NULL), *next; link;
	     link = next) {
		next = nametable_next(&registry->entries, link);
		free(link);
	}
	nametable_fini(&registry->entries);
	pthread_mutex_destroy(&registry->lock);
	free(registry);
}

void registry_listen(struct registry *registry, void (*changed)(void *data), void *data)
{
	registry->listener = changed;
	registry->listener_data = data;
}

static void tell(struct registry *registry)
{
	if (registry->listener)
		registry->listener(registry->listener_data);
}

struct registry_entry *entry_find(struct registry *registry, const char *name, bool make)
{
	struct nametable_link *link = nametable_find(&registry->entries, name);
	size_t size = strlen(name) + 1;

	if (link || !make)
		return (struct registry_entry *)link;

	struct registry_entry *entry = calloc(1, sizeof(*entry) + size);

	if (!entry)
		return NULL;
	memcpy(entry->name, name, size);
	entry->link.name = entry->name;
	if (nametable_add(&registry->entries, &entry->link) != 0) {
		free(entry);
		return NULL;
	}
	return entry;
}

bool entry_has_plugin(const struct registry_entry *entry, const char *plugin, bool hidden_too)
{
	struct corbel_provision *at = LIST_FIRST(&entry->provisions);

	for (; at; at = LIST_NEXT(at, of_entry))
		if ((hidden_too || !at->party->hidden) && strcmp(at->party->plugin, plugin) == 0)
			return true;
	return false;
}

int properties_copy(const struct corbel_property *items, size_t count, struct property_set **out)
{
	size_t size = sizeof(struct property_set) + count * sizeof(struct corbel_property),
	       text = 0;

	for (size_t i = 0; i < count; i++) {
		if (!items[i].name || !items[i].value)
			return -EINVAL;
		text += strlen(items[i].name) + strlen(items[i].value) + 2;
	}

	struct property_set *set = malloc(size + text);

	if (!set)
		return -ENOMEM;

	char *at = (char *)set + size;

	set->count = count;
	for (size_t i = 0; i < count; i++) {
		set->items[i].name = at;
		at = stpcpy(at, items[i].name) + 1;
		set->items[i].value = at;
		at = stpcpy(at, items[i].value) + 1;
	}
	*out = set;
	return 0;
}

static bool property_is_in(const struct corbel_property *wanted, const struct property_set *offered)
{
	for (size_t i = 0; i < offered->count; i++)
		if (strcmp(wanted->name, offered->items[i].name) == 0 &&
		    strcmp(wanted->value, offered->items[i].value) == 0)
			return true;
	return false;
}

bool properties_match(const struct property_set *wanted, const struct property_set *offered)
{
	for (size_t i = 0; i < wanted->count; i++)
		if (!property_is_in(&wanted->items[i], offered))
			return false;
	return true;
}

/* A method table as the scanner lays it out. */
struct method_table {
	uint32_t size;
	uint32_t reserved;
	void (*methods[])(void);
};

static int table_check(const struct party *party, const struct corbel_interface *interface,
		       const void *data, struct corbel_error *error)
{
	const struct method_table *table = data;
	size_t needed = sizeof(*table) + interface->method_count * sizeof(table->methods[0]);

	if (interface->method_count == 0)
		return 0;
	if (!table || table->size < needed)
		return error_set(
			error, -EINVAL,
			"%s: provides %s %u.%u with a table of %u bytes, its %u methods need %zu "
			"(rebuild it with the header made from this version of the interface)",
			party->plugin, interface->name, interface->major, interface->minor,
			table ? table->size : 0, interface->method_count, needed);
	for (uint16_t i = 0; i < interface->method_count; i++)
		if (!table->methods[i])
			return error_set(
				error, -EINVAL,
				"%s: provides %s %u.%u without a function for its method %s "
				"(every method of the version offered needs one)",
				party->plugin, interface->name, interface->major, interface->minor,
				interface->methods[i].name);
	if (party->run && !interface->marshalled)
		return error_set(
			error, -EINVAL,
			"%s: has exec = thread or guard = calls, but its description of %s has no "
			"marshalled table "
			"(provide the description that corbel-scanner makes)",
			party->plugin, interface->name);
	return 0;
}

static void provision_free(struct corbel_provision *provision)
{
	gate_retire(provision->gate);
	free(provision->properties);
	free(provision);
}

/* Callers reach the methods directly, or, with exec = thread or guard = calls, the thunks that hand
 * them over. */
static int gate_make(struct corbel_provision *provision, const struct corbel_interface *interface,
		     const void *table, void *self)
{
	struct party *party = provision->party;
	struct gate *gate = gate_new(party->owner, GATE_SERVICE, 0,
				     party->run ? sizeof(struct corbel_marshal) : 0);

	if (!gate)
		return -ENOMEM;
	gate->label = provision->interface->name;
	gate->interface = provision->interface;
	gate->service.table = table;
	gate->service.self = self;
	if (party->run && interface->method_count > 0) {
		struct corbel_marshal *marshal = gate_extra(gate);

		*marshal =
			(struct corbel_marshal){ .run = party->run, .table = table, .self = self };
		gate->service.table = interface->marshalled;
		gate->service.self = marshal;
	}
	provision->gate = gate;
	return 0;
}

static int provision_new(struct registry *registry, struct party *party,
			 const struct corbel_interface *interface, const void *table, void *self,
			 const struct corbel_service_options *options,
			 struct corbel_provision **out, struct corbel_error *error)
{
	struct corbel_service_options chosen = { 0 };
	struct corbel_provision *provision = calloc(1, sizeof(*provision));
	int result;

	if (options)
		memcpy(&chosen, options,
		       options->size < sizeof(chosen) ? options->size : sizeof(chosen));
	if (!provision)
		return error_set(error, -ENOMEM, "%s: out of memory", party->plugin);
	provision->registry = registry;
	provision->party = party;
	provision->rank = chosen.rank;
	result = catalogue_keep(registry->catalogue, interface, &provision->interface, error);
	if (result == 0) {
		result = properties_copy(chosen.properties, chosen.property_count,
					 &provision->properties);
		if (result == 0)
			result = gate_make(provision, interface, table, self);
		if (result < 0)
			error_set(error, result, "%s: cannot provide %s: %s", party->plugin,
				  interface->name, strerror(-result));
	}
	if (result < 0)
		provision_free(provision);
	else
		*out = provision;
	return result;
}

/* Two versions of one major must agree as far as the lower one goes. */
static int conflict_check(const struct registry_entry *entry,
			  const struct corbel_provision *provision, struct corbel_error *error)
{
	const struct corbel_interface *new = provision->interface;
	struct corbel_provision *at = LIST_FIRST(&entry->provisions);

	for (; at; at = LIST_NEXT(at, of_entry)) {
		if (at->interface == new || at->interface->major != new->major)
			continue;

		int result = interfaces_agree(at->interface, new, error);

		if (result < 0)
			return error_prefix(error, result,
					    "%s and %s provide %s with different layouts: ",
					    at->party->plugin, provision->party->plugin, new->name);
	}
	return 0;
}

static void provision_link(struct corbel_provision *provision, struct registry_entry *entry)
{
	struct corbel_provision *at = LIST_FIRST(&entry->provisions), *before = NULL;

	for (; at && at->rank >= provision->rank; at = LIST_NEXT(at, of_entry))
		before = at;
	if (before)
		LIST_INSERT_AFTER(before, provision, of_entry);
	else
		LIST_INSERT_HEAD(&entry->provisions, provision, of_entry);
	LIST_INSERT_HEAD(&provision->party->provisions, provision, of_party);
	provision->entry = entry;
	entry_rebind(entry);
}

/* After this its gate is reached by no use; who is inside, still is. */
static void provision_detach(struct corbel_provision *provision)
{
	struct registry *registry = provision->registry;

	ledger_remove(&provision->item);
	pthread_mutex_lock(&registry->lock);
	LIST_REMOVE(provision, of_entry);
	LIST_REMOVE(provision, of_party);
	bool was_visible = !provision->party->hidden;
	entry_rebind(provision->entry);
	pthread_mutex_unlock(&registry->lock);
	if (was_visible)
		tell(registry);
}

static void provision_reclaim(struct ledger_item *item)
{
	struct corbel_provision *provision = container_of(item, struct corbel_provision, item);

	provision_detach(provision);
	provision_free(provision);
}

int registry_provide(struct registry *registry, struct party *party,
		     const struct corbel_interface *interface, const void *table, void *self,
		     const struct corbel_service_options *options, struct corbel_provision **out,
		     struct corbel_error *error)
{
	struct corbel_provision *provision = NULL;
	int result = table_check(party, interface, table, error);

	if (result == 0)
		result = provision_new(registry, party, interface, table, self, options, &provision,
				       error);
	if (result < 0)
		return result;
	pthread_mutex_lock(&registry->lock);
	struct registry_entry *entry = entry_find(registry, provision->interface->name, true);
	result = entry ? conflict_check(entry, provision, error)
		       : error_set(error, -ENOMEM, "%s: out of memory", party->plugin);
	if (result == 0)
		provision_link(provision, entry);
	bool is_visible = !party->hidden;
	pthread_mutex_unlock(&registry->lock);
	if (result < 0) {
		provision_free(provision);
		return result;
	}
	ledger_add(party->ledger, &provision->item, "service", provision_reclaim);
	*out = provision;
	if (is_visible)
		tell(registry);
	return 0;
}

/*
 * With exec = thread a caller inside may be waiting for the very strand that withdraws: there is no
 * telling, so on that strand nobody is waited for.
 */
static int provision_drain(struct corbel_provision *provision, int64_t deadline)
{
	struct party *party = provision->party;

	if (party->run && party->strand && !(party->owner && party->owner->guards_calls) &&
	    strand_is_current(party->strand))
		return frame_scan(party->owner, provision->gate, NULL, NULL) > 0 ? -EDEADLK : 0;
	return frame_drain(party->owner, provision->gate, deadline);
}

int registry_withdraw(struct corbel_provision *provision, int64_t deadline)
{
	provision_detach(provision);

	int result = provision_drain(provision, deadline);

	provision_free(provision);
	return result;
}

void registry_show(struct registry *registry, struct party *party, bool visible)
{
	pthread_mutex_lock(&registry->lock);
	struct corbel_provision *at = LIST_FIRST(&party->provisions);
	bool is_news = party->hidden == visible && at;
	party->hidden = !visible;
	for (; at && is_news; at = LIST_NEXT(at, of_party))
		entry_rebind(at->entry);
	pthread_mutex_unlock(&registry->lock);
	if (is_news)
		tell(registry);
}

/* The next of the party's, `at` included. */
static struct corbel_provision *next_of(struct corbel_provision *at, const struct party *party)
{
	while (at && at->party != party)
		at = LIST_NEXT(at, of_entry);
	return at;
}

/* The n-th of a rank takes the place of the predecessor's n-th; done twice, the same comes out. */
static void entry_replace(struct registry_entry *entry, struct party *party)
{
	struct corbel_provision *first = LIST_FIRST(&entry->provisions);
	struct corbel_provision *heir = next_of(first, party);
	struct corbel_provision *old = next_of(first, party->predecessor);

	while (heir && old) {
		struct corbel_provision *next = next_of(LIST_NEXT(heir, of_entry), party);
		int32_t rank = old->rank;

		if (heir->rank == rank) {
			LIST_REMOVE(heir, of_entry);
			LIST_INSERT_BEFORE(old, heir, of_entry);
		}
		if (heir->rank <= rank)
			old = next_of(LIST_NEXT(old, of_entry), party->predecessor);
		if (heir->rank >= rank)
			heir = next;
	}
	entry_rebind(entry);
}

void registry_replace(struct registry *registry, struct party *party)
{
	struct corbel_provision *at;

	pthread_mutex_lock(&registry->lock);
	party->hidden = false;
	party->predecessor->hidden = true;
	for (at = LIST_FIRST(&party->provisions); at; at = LIST_NEXT(at, of_party))
		entry_replace(at->entry, party);
	for (at = LIST_FIRST(&party->predecessor->provisions); at; at = LIST_NEXT(at, of_party))
		entry_replace(at->entry, party);
	pthread_mutex_unlock(&registry->lock);
	tell(registry);
}

bool registry_has(struct registry *registry, const char *interface, struct version version,
		  const char *except)
{
	bool has = false;

	pthread_mutex_lock(&registry->lock);
	struct registry_entry *entry = entry_find(registry, interface, false);
	struct corbel_provision *at = entry ? LIST_FIRST(&entry->provisions) : NULL;
	for (; at && !has; at = LIST_NEXT(at, of_entry))
		has = !at->party->hidden &&
		      version_satisfies(interface_version(at->interface), version) &&
		      !(except && strcmp(at->party->plugin, except) == 0);
	pthread_mutex_unlock(&registry->lock);
	return has;
}
