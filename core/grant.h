/* SPDX-License-Identifier: MIT */
/*
 * Grants: a plugin may do what its manifest declares and the configuration grants.
 *
 * Asked when a handle is made, and for every handle that is held when the configuration has
 * changed: what is not granted any more is cut off, what is granted again goes on.
 */
#ifndef CORBEL_CORE_GRANT_H
#define CORBEL_CORE_GRANT_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

struct corbel_error;
struct instance;
struct manifest;
struct party;
struct plugin;
struct plugin_settings;

enum grant { GRANT_PROVIDE, GRANT_USE, GRANT_PUBLISH, GRANT_SUBSCRIBE, GRANT_CONTROL, GRANT_COUNT };

/* Something that was refused, how often. */
struct refusal {
	LIST_ENTRY(refusal) entry;
	enum grant grant;
	uint64_t count;
	char name[];
};

/* What holds for one plugin, whichever instance asks; embedded in it. */
struct grants {
	pthread_mutex_t lock; /* guards all below; no other is taken within it */
	const struct plugin_settings *settings;
	LIST_HEAD(, refusal) refusals; /* newest first */
	size_t refusal_count;
};

void grants_init(struct grants *grants, const struct plugin_settings *settings);
void grants_fini(struct grants *grants);
/*
 * What the plugin's settings are now holds from here on, for what its instances hold already, too.
 * Refusals are counted anew. [control]
 */
void grants_apply(struct plugin *plugin);

/* Whether the manifest has it; control needs no more than a grant. */
bool grant_is_declared(const struct manifest *manifest, enum grant grant, const char *name);
/*
 * 0 with the lines that allow it, or -EACCES with those that would. Nothing is counted. `reason`
 * is not NULL.
 */
int grant_judge(const struct plugin_settings *settings, const struct manifest *manifest,
		enum grant grant, const char *name, struct corbel_error *reason);
/* The same for an instance that asks: a refusal is counted, and told in the log. [any thread] */
int grant_check(struct instance *instance, enum grant grant, const char *name);
/* party->may of instances: no more than the answer. [any thread] */
bool grant_holds(const struct party *party, enum grant grant, const char *name);

#endif
