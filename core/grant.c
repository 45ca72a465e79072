/* SPDX-License-Identifier: MIT */
/* Grants: what a plugin's manifest declares and the configuration allows it. */
#include "grant.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "instance.h"

/* So many refusals are told apart; a plugin that makes up names is not given memory for them. */
#define REFUSALS_MAX 100
#define OTHERS "others"

static const struct {
	const char *verb;
	const char *declaration; /* as the manifest would have it */
	const char *key;         /* of the configuration; NULL: the manifest alone decides */
} kinds[GRANT_COUNT] = {
	[GRANT_PROVIDE] = { "provide", "`%s = VERSION` to [provides]", NULL },
	[GRANT_USE] = { "use", "`%s = VERSION` to [requires] or [wants]", "may-use" },
	[GRANT_PUBLISH] = { "publish", "`%s =` to [publishes]", "may-publish" },
	[GRANT_SUBSCRIBE] = { "subscribe to", "`%s =` to [subscribes]", "may-subscribe" },
	[GRANT_CONTROL] = { "control", NULL, "may-control" },
};

/* The section that declares it, or NULL. */
static const char *declared(const struct manifest *manifest, enum grant grant, const char *name)
{
	switch (grant) {
	case GRANT_PROVIDE:
		return manifest_interface_find(&manifest->provides, name) ? "provides" : NULL;
	case GRANT_USE:
		if (manifest_interface_find(&manifest->requires, name))
			return "requires";
		return manifest_interface_find(&manifest->wants, name) ? "wants" : NULL;
	case GRANT_PUBLISH:
		return manifest_topic_covers(&manifest->publishes, name) ? "publishes" : NULL;
	case GRANT_SUBSCRIBE:
		return manifest_topic_covers(&manifest->subscribes, name) ? "subscribes" : NULL;
	case GRANT_CONTROL:
	case GRANT_COUNT:
		break;
	}
	return NULL;
}

bool grant_is_declared(const struct manifest *manifest, enum grant grant, const char *name)
{
	return grant == GRANT_CONTROL || declared(manifest, grant, name);
}

static bool granted(const struct plugin_settings *settings, enum grant grant, const char *name)
{
	const struct settings_list *const lists[GRANT_COUNT] = {
		[GRANT_USE] = &settings->may_use,
		[GRANT_PUBLISH] = &settings->may_publish,
		[GRANT_SUBSCRIBE] = &settings->may_subscribe,
		[GRANT_CONTROL] = &settings->may_control,
	};
	const struct settings_list *list = lists[grant];

	for (size_t i = 0; list && i < list->count; i++)
		if (pattern_matches(list->items[i], name))
			return true;
	return !list;
}

/* The line of a key, or the first of the section that has none. */
static const char *spell_place(const struct plugin_settings *settings,
			       const struct config_item *item, char *text, size_t size)
{
	struct ini_origin place = settings->origin;

	if (item && item->file)
		place = (struct ini_origin){ .file = item->file, .line = item->line };
	return ini_origin_format(&place, text, size);
}

static const struct config_item *item_of(const struct plugin_settings *settings, enum grant grant)
{
	return kinds[grant].key ? config_table_item(settings->host, kinds[grant].key) : NULL;
}

static void say_granted(const struct plugin_settings *settings, const char *section,
			enum grant grant, struct corbel_error *reason)
{
	const struct config_item *item = item_of(settings, grant);
	char place[256] = "the default";

	*reason->text = '\0';
	if (section)
		error_set(reason, 0, "[%s] of its manifest%s", section, item ? ", " : "");
	if (item && item->file)
		spell_place(settings, item, place, sizeof(place));
	if (item)
		error_set(reason, 0, "%s`%s = %s` (%s)", reason->text, item->key, item->text,
			  place);
}

static void say_undeclared(const struct manifest *manifest, enum grant grant, const char *name,
			   struct corbel_error *reason)
{
	char line[256];

	snprintf(line, sizeof(line), kinds[grant].declaration, name);
	error_set(reason, 0,
		  "its manifest does not declare it (add %s in %s.plugin, and build it again)",
		  line, manifest->name);
}

/* The whole line, so that it can be copied. */
static void say_ungranted(const struct plugin_settings *settings, enum grant grant,
			  const char *name, struct corbel_error *reason)
{
	const struct config_item *item = item_of(settings, grant);
	const char *old = item && item->file ? item->text : "";
	char place[256];

	spell_place(settings, item, place, sizeof(place));
	error_set(reason, 0,
		  "%sthe configuration does not grant it (%s `%s = %s%s%s` %s [plugin %s], %s)",
		  reason->text, item && item->file ? "make it" : "add", kinds[grant].key, old,
		  *old ? ", " : "", name, item && item->file ? "in" : "to", settings->name, place);
}

int grant_judge(const struct plugin_settings *settings, const struct manifest *manifest,
		enum grant grant, const char *name, struct corbel_error *reason)
{
	const char *section = declared(manifest, grant, name);
	bool is_declared = grant_is_declared(manifest, grant, name);
	bool is_granted = granted(settings, grant, name);

	if (is_declared && is_granted) {
		say_granted(settings, section, grant, reason);
		return 0;
	}
	*reason->text = '\0';
	if (!is_declared)
		say_undeclared(manifest, grant, name, reason);
	if (!is_declared && !is_granted)
		error_set(reason, 0, "%s; and ", reason->text);
	if (!is_granted)
		say_ungranted(settings, grant, name, reason);
	return -EACCES;
}

void grants_init(struct grants *grants, const struct plugin_settings *settings)
{
	pthread_mutex_init(&grants->lock, NULL);
	grants->settings = settings;
	LIST_INIT(&grants->refusals);
	grants->refusal_count = 0;
}

static void forget_refusals(struct grants *grants)
{
	for (struct refusal *refusal; (refusal = LIST_FIRST(&grants->refusals));) {
		LIST_REMOVE(refusal, entry);
		free(refusal);
	}
	grants->refusal_count = 0;
}

void grants_fini(struct grants *grants)
{
	forget_refusals(grants);
	pthread_mutex_destroy(&grants->lock);
}

void grants_apply(struct plugin *plugin)
{
	struct grants *grants = &plugin->grants;
	struct instance *instance;

	pthread_mutex_lock(&grants->lock);
	grants->settings = plugin->settings;
	forget_refusals(grants);
	pthread_mutex_unlock(&grants->lock);
	/* Who was asked before has its handle in the lists; who comes later is judged anew. */
	LIST_FOREACH(instance, &plugin->instances, of_plugin)
	{
		registry_review(plugin->host->registry, &instance->party);
		bus_review(plugin->host->bus, &instance->party);
	}
}

static struct refusal *find_refusal(struct grants *grants, enum grant grant, const char *name)
{
	struct refusal *refusal = LIST_FIRST(&grants->refusals);

	while (refusal && (refusal->grant != grant || strcmp(refusal->name, name) != 0))
		refusal = LIST_NEXT(refusal, entry);
	return refusal;
}

/* Which one it is of its kind; 0: there is no memory to count it. With the lock held. */
static uint64_t count_refusal(struct grants *grants, enum grant grant, const char *name)
{
	struct refusal *refusal = find_refusal(grants, grant, name);

	if (!refusal && grants->refusal_count >= REFUSALS_MAX) {
		name = OTHERS;
		refusal = find_refusal(grants, grant, name);
	}
	if (!refusal) {
		size_t size = strlen(name) + 1;

		refusal = calloc(1, sizeof(*refusal) + size);
		if (!refusal)
			return 0;
		refusal->grant = grant;
		memcpy(refusal->name, name, size);
		LIST_INSERT_HEAD(&grants->refusals, refusal, entry);
		grants->refusal_count++;
	}
	return ++refusal->count;
}

/* The first, then the tenth, the hundredth and so on. */
static bool is_told(uint64_t count)
{
	while (count > 0 && count % 10 == 0)
		count /= 10;
	return count <= 1;
}

int grant_check(struct instance *instance, enum grant grant, const char *name)
{
	struct grants *grants = &instance->plugin->grants;
	struct corbel_error words = { "" };
	uint64_t count = 0;

	if (instance == instance->host->program)
		return 0;
	pthread_mutex_lock(&grants->lock);
	int result =
		grant_judge(grants->settings, instance_manifest(instance), grant, name, &words);
	if (result < 0)
		count = count_refusal(grants, grant, name);
	pthread_mutex_unlock(&grants->lock);
	if (result == 0)
		return 0;
	error_prefix(&words, 0, "%s may not %s %s: ", instance->plugin->name, kinds[grant].verb,
		     name);
	instance_keep_words(instance, &words);
	if (is_told(count) && count > 1)
		log_host(&instance->host->log, CORBEL_WARNING, "%s (%" PRIu64 " times by now)",
			 words.text, count);
	else if (is_told(count))
		log_host(&instance->host->log, CORBEL_WARNING, "%s", words.text);
	return result;
}

bool grant_holds(const struct party *party, enum grant grant, const char *name)
{
	const struct instance *instance = container_of(party, struct instance, party);
	struct grants *grants = &instance->plugin->grants;

	pthread_mutex_lock(&grants->lock);
	bool holds =
		(grant == GRANT_CONTROL || declared(instance_manifest(instance), grant, name)) &&
		granted(grants->settings, grant, name);
	pthread_mutex_unlock(&grants->lock);
	return holds;
}
