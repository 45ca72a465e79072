/* SPDX-License-Identifier: MIT */
/* Uses: which offer each is bound to, and telling their consumers when that changes. */
#include "registry_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool is_nobody(const struct corbel_service *service)
{
	return service == &frame_absent.service || service == &frame_refused.service;
}

static bool use_is_bound(const struct registry_use *use)
{
	return !is_nobody(__atomic_load_n(&use->head.service, __ATOMIC_ACQUIRE));
}

static int use_fits(const struct registry_use *use, const struct corbel_provision *provision,
		    struct corbel_error *error)
{
	if (provision->party->hidden || !properties_match(use->properties, provision->properties))
		return -ENOENT;
	if (use->interface == provision->interface)
		return 0;
	return interface_compatible(use->interface, provision->interface, error);
}

/* A plugin that runs has shown what it offers; its dormant gate would lead nowhere else. */
static struct gate *use_best(const struct registry_use *use)
{
	const struct registry_entry *entry = use->entry;
	struct version wanted = interface_version(use->interface);

	struct corbel_provision *at = LIST_FIRST(&entry->provisions);
	struct dormant *dormant = LIST_FIRST(&entry->dormants);

	if (use->is_refused)
		return &frame_refused;
	for (; at; at = LIST_NEXT(at, of_entry))
		if (use_fits(use, at, NULL) == 0)
			return at->gate;
	for (; dormant; dormant = LIST_NEXT(dormant, of_entry))
		if (version_satisfies(interface_version(&dormant->interface), wanted) &&
		    !entry_has_plugin(entry, dormant->plugin, false))
			return dormant->gate;
	return &frame_absent;
}

static void use_bind(struct registry_use *use)
{
	struct gate *best = use_best(use), *old = (struct gate *)use->head.service;
	bool was_bound = use_is_bound(use);

	if (best == old)
		return;
	__atomic_store_n(&use->head.service, &best->service, __ATOMIC_SEQ_CST);
	if (!is_nobody(&old->service))
		gate_wake(old);
	if (use->changed && was_bound != use_is_bound(use))
		source_wake(&use->source);
}

void entry_rebind(struct registry_entry *entry)
{
	struct registry_use *use = LIST_FIRST(&entry->uses);

	for (; use; use = LIST_NEXT(use, of_entry))
		use_bind(use);
}

/* The consumer may release the use in `changed`: it is not touched after. */
static void use_tell(struct source *source)
{
	struct registry_use *use = container_of(source, struct registry_use, source);

	pthread_mutex_lock(&use->registry->lock);
	int bound = use_is_bound(use);
	bool is_news = bound != use->told;
	use->told = bound;
	pthread_mutex_unlock(&use->registry->lock);
	if (is_news)
		use->changed(use->data, bound);
}

static void use_release(struct source *source)
{
	struct registry_use *use = container_of(source, struct registry_use, source);

	free(use->properties);
	explicit_bzero(&use->changed, sizeof(use->changed));
	free(use);
}

static void use_free(struct registry_use *use)
{
	if (use->changed)
		source_fini(&use->source);
	else
		use_release(&use->source);
}

static int use_new(struct registry *registry, struct party *party,
		   const struct corbel_interface *kept, const struct corbel_use_options *options,
		   struct registry_use **out)
{
	struct registry_use *use = calloc(1, sizeof(*use));

	if (!use)
		return -ENOMEM;
	use->head.service = &frame_absent.service;
	use->registry = registry;
	use->party = party;
	use->interface = kept;
	use->changed = options->changed;
	use->data = options->data;
	use->told = -1;
	if (use->changed)
		source_init(&use->source, party->strand, use_tell);
	use->source.released = use_release;

	int result =
		properties_copy(options->properties, options->property_count, &use->properties);

	if (result < 0)
		use_free(use);
	else
		*out = use;
	return result;
}

/* Refused when all that is offered to it under its major has another layout. */
static int layout_check(const struct registry_entry *entry, const struct registry_use *use,
			struct corbel_error *error)
{
	const struct corbel_provision *at = LIST_FIRST(&entry->provisions), *other = NULL;

	for (; at; at = LIST_NEXT(at, of_entry)) {
		int result = use_fits(use, at, NULL);

		if (result == 0)
			return 0;
		if (result == -EPROTO && !other)
			other = at;
	}
	if (!other)
		return 0;
	use_fits(use, other, error);
	return error_prefix(error, -EPROTO,
			    "%s: was built for another layout of %s than %s provides: ",
			    use->party->plugin, use->interface->name, other->party->plugin);
}

void registry_misfits(struct registry *registry, struct party *party,
		      void (*visit)(void *data, const char *words), void *data)
{
	pthread_mutex_lock(&registry->lock);
	struct corbel_provision *at = LIST_FIRST(&party->provisions);
	for (; at; at = LIST_NEXT(at, of_party)) {
		struct registry_use *use = LIST_FIRST(&at->entry->uses);

		for (; use; use = LIST_NEXT(use, of_entry)) {
			struct corbel_error error;

			if (use_fits(use, at, &error) != -EPROTO || use_is_bound(use))
				continue;
			error_prefix(&error, 0,
				     "%s goes on without %s of %s, which has another layout: ",
				     use->party->plugin, use->interface->name, party->plugin);
			visit(data, error.text);
		}
	}
	pthread_mutex_unlock(&registry->lock);
}

void registry_release(struct corbel_use *head)
{
	struct registry_use *use = (struct registry_use *)head;

	if (!use)
		return;
	ledger_remove(&use->item);
	pthread_mutex_lock(&use->registry->lock);
	LIST_REMOVE(use, of_entry);
	LIST_REMOVE(use, of_party);
	pthread_mutex_unlock(&use->registry->lock);
	use_free(use);
}

static void use_reclaim(struct ledger_item *item)
{
	registry_release(&container_of(item, struct registry_use, item)->head);
}

static int use_enter(struct registry_use *use, struct corbel_error *error)
{
	struct registry *registry = use->registry;

	pthread_mutex_lock(&registry->lock);
	struct registry_entry *entry = entry_find(registry, use->interface->name, true);
	int result = entry ? layout_check(entry, use, error)
			   : error_set(error, -ENOMEM, "%s: out of memory", use->party->plugin);
	if (result == 0) {
		use->entry = entry;
		use->is_refused = !party_may(use->party, GRANT_USE, entry->name);
		LIST_INSERT_HEAD(&entry->uses, use, of_entry);
		LIST_INSERT_HEAD(&use->party->uses, use, of_party);
		use_bind(use);
	}
	pthread_mutex_unlock(&registry->lock);
	return result;
}

int registry_acquire(struct registry *registry, struct party *party,
		     const struct corbel_interface *interface,
		     const struct corbel_use_options *options, struct corbel_use **out,
		     struct corbel_error *error)
{
	struct corbel_use_options chosen = { 0 };
	const struct corbel_interface *kept;
	struct registry_use *use;
	int result = catalogue_keep(registry->catalogue, interface, &kept, error);

	if (result < 0)
		return result;
	if (options)
		memcpy(&chosen, options,
		       options->size < sizeof(chosen) ? options->size : sizeof(chosen));
	result = use_new(registry, party, kept, &chosen, &use);
	if (result < 0)
		return error_set(error, result, "%s: cannot make a use of %s: %s", party->plugin,
				 kept->name, strerror(-result));
	result = use_enter(use, error);
	if (result < 0) {
		use_free(use);
		return result;
	}
	ledger_add(party->ledger, &use->item, "use", use_reclaim);
	*out = &use->head;
	if (use->changed)
		source_wake(&use->source);
	return 0;
}

int registry_duplicate(struct party *party, struct corbel_use *head, struct corbel_use **out)
{
	struct registry_use *lent = (struct registry_use *)head;
	struct corbel_use_options same = {
		.size = sizeof(same),
		.properties = lent->properties->items,
		.property_count = lent->properties->count,
	};

	return registry_acquire(lent->registry, party, lent->interface, &same, out, NULL);
}

void registry_review(struct registry *registry, struct party *party)
{
	struct registry_use *use;

	pthread_mutex_lock(&registry->lock);
	LIST_FOREACH(use, &party->uses, of_party)
	{
		use->is_refused = !party_may(party, GRANT_USE, use->entry->name);
		use_bind(use);
	}
	pthread_mutex_unlock(&registry->lock);
}

void registry_held(struct registry *registry, struct party *party,
		   void (*visit)(void *data, enum grant grant, const char *interface), void *data)
{
	struct corbel_provision *provision;
	struct registry_use *use;

	pthread_mutex_lock(&registry->lock);
	LIST_FOREACH(provision, &party->provisions, of_party)
	visit(data, GRANT_PROVIDE, provision->entry->name);
	LIST_FOREACH(use, &party->uses, of_party)
	visit(data, GRANT_USE, use->entry->name);
	pthread_mutex_unlock(&registry->lock);
}

const char *registry_use_interface(const struct corbel_use *use)
{
	return ((const struct registry_use *)use)->interface->name;
}
