/* SPDX-License-Identifier: MIT */
/*
 * The host's side of <corbel/api.h>: each function finds its instance and its room, and checks the
 * grant.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "child.h"
#include "instance.h"
#include "sandbox.h"
#include "usage.h"

static int threshold(const struct instance *instance)
{
	int level = __atomic_load_n(&instance->plugin->level, __ATOMIC_RELAXED);

	return level >= 0 ? level : __atomic_load_n(&instance->host->log.level, __ATOMIC_RELAXED);
}

static void api_log(struct corbel_context *context, int level, const char *format,
		    va_list arguments)
{
	struct instance *instance = instance_of(context);

	log_write(&instance->host->log, instance->plugin->name, level, threshold(instance), format,
		  arguments);
}

static bool api_log_enabled(struct corbel_context *context, int level)
{
	return level <= threshold(instance_of(context));
}

static void *api_alloc(struct corbel_context *context, size_t size)
{
	return usage_alloc(instance_of(context)->usage, size);
}

static void api_free(struct corbel_context *context, void *buffer)
{
	(void)context;
	usage_free(buffer);
}

/* A refusal belongs in the log, and in the words of a start that fails because of it. */
static int refuse(struct instance *instance, int result, const struct corbel_error *error)
{
	if (result < 0 && *error->text) {
		log_host(&instance->host->log, CORBEL_WARNING, "%s: %s", instance->plugin->name,
			 error->text);
		instance_keep_words(instance, error);
	}
	return result;
}

static int api_provide(struct corbel_context *context, const struct corbel_interface *interface,
		       const void *table, void *self, const struct corbel_service_options *options,
		       struct corbel_provision **out)
{
	struct instance *instance = instance_of(context);
	struct corbel_error error = { "" };
	int result = grant_check(instance, GRANT_PROVIDE, interface->name);
	struct corbel_provision *unnamed;

	if (result == 0)
		result = registry_provide(instance->host->registry, &instance->party, interface,
					  table, self, options, out ? out : &unnamed, &error);
	return refuse(instance, result, &error);
}

static int64_t deadline(void)
{
	return frame_now() + 5 * CORBEL_SECOND;
}

static int api_withdraw(struct corbel_provision *provision)
{
	return registry_withdraw(provision, deadline());
}

static int api_acquire(struct corbel_context *context, const struct corbel_interface *interface,
		       const struct corbel_use_options *options, struct corbel_use **out)
{
	struct instance *instance = instance_of(context);
	struct corbel_error error = { "" };
	int result = grant_check(instance, GRANT_USE, interface->name);

	if (result == 0)
		result = registry_acquire(instance->host->registry, &instance->party, interface,
					  options, out, &error);
	return refuse(instance, result, &error);
}

static int api_duplicate(struct corbel_context *context, struct corbel_use *use,
			 struct corbel_use **out)
{
	struct instance *instance = instance_of(context);
	struct corbel_error error = { "" };
	int result = grant_check(instance, GRANT_USE, registry_use_interface(use));

	if (result == 0)
		result = registry_duplicate(&instance->party, use, out);
	return refuse(instance, result, &error);
}

static int topic_name(const struct corbel_interface *interface, uint32_t event,
		      const struct corbel_topic_options *options, char *name, size_t size)
{
	const char *suffix = options ? options->suffix : NULL;

	if (event >= interface->event_count)
		return -EINVAL;
	return snprintf(name, size, "%s.%s%s%s", interface->name, interface->events[event].name,
			suffix ? "." : "", suffix ? suffix : "") < (int)size
		       ? 0
		       : -ENAMETOOLONG;
}

static int api_topic_open(struct corbel_context *context, const struct corbel_interface *interface,
			  uint32_t event, const struct corbel_topic_options *options,
			  struct corbel_topic **out)
{
	struct instance *instance = instance_of(context);
	struct corbel_error error = { "" };
	char name[512];
	int result = topic_name(interface, event, options, name, sizeof(name));

	if (result == 0)
		result = grant_check(instance, GRANT_PUBLISH, name);
	if (result == 0)
		result = bus_topic_open(instance->host->bus, &instance->party, interface, event,
					options, out, &error);
	return refuse(instance, result, &error);
}

static bool is_sandboxed(const struct instance *instance)
{
	return instance != instance->host->program && sandbox_is_wanted(instance->settings);
}

static int api_subscribe(struct corbel_context *context, const char *pattern,
			 const struct corbel_subscriber *subscriber,
			 struct corbel_subscription **out)
{
	struct instance *instance = instance_of(context);
	struct corbel_error error = { "" };
	int result = grant_check(instance, GRANT_SUBSCRIBE, pattern);
	struct corbel_subscription *unnamed;

	if (result == 0 && subscriber->mode == CORBEL_DIRECT && is_sandboxed(instance))
		result = error_set(&error, -EACCES,
				   "subscribing to %s: a direct handler runs in the publisher's "
				   "thread, where its sandbox is not (take CORBEL_QUEUED, or leave "
				   "fs-read, fs-write, net and syscalls out of [plugin %s])",
				   pattern, instance->plugin->name);
	if (result == 0)
		result = bus_subscribe(instance->host->bus, &instance->party, pattern, subscriber,
				       out ? out : &unnamed, &error);
	return refuse(instance, result, &error);
}

static int api_unsubscribe(struct corbel_subscription *subscription)
{
	return bus_unsubscribe(subscription, deadline());
}

static int64_t api_now(struct corbel_context *context)
{
	return loop_now(instance_of(context)->host->loop);
}

static int api_post(struct corbel_context *context, void (*run)(void *data), void *data)
{
	struct instance *instance = instance_of(context);

	return strand_post(instance->strand, &instance->ledger, run, data);
}

static int api_timer_start(struct corbel_context *context, int64_t first, int64_t period,
			   void (*fire)(void *data), void *data, struct corbel_timer **out)
{
	struct instance *instance = instance_of(context);
	struct corbel_timer *unnamed;

	return timer_start(instance->strand, &instance->ledger, first, period, fire, data,
			   out ? out : &unnamed);
}

static int api_watch_add(struct corbel_context *context, int descriptor, uint32_t events,
			 void (*ready)(void *data, int descriptor, uint32_t events), void *data,
			 struct corbel_watch **out)
{
	struct instance *instance = instance_of(context);
	struct corbel_watch *unnamed;

	return watch_add(instance->strand, &instance->ledger, descriptor, events, ready, data,
			 out ? out : &unnamed);
}

static int api_child_spawn(struct corbel_context *context,
			   const struct corbel_child_options *options,
			   void (*exited)(void *data, int status), void *data,
			   struct corbel_child **out)
{
	struct instance *instance = instance_of(context);
	struct corbel_child *unnamed;

	return child_spawn(instance->strand, &instance->ledger, options, exited, data,
			   out ? out : &unnamed);
}

static int api_worker_start(struct corbel_context *context, const char *name,
			    void (*run)(struct corbel_worker *worker, void *data), void *data,
			    struct corbel_worker **out)
{
	struct instance *instance = instance_of(context);
	struct corbel_worker *unnamed;

	return worker_start(instance->workers, &instance->ledger, name, run, data,
			    out ? out : &unnamed);
}

static int api_worker_stop(struct corbel_worker *worker)
{
	return worker_stop(worker, deadline());
}

static const struct corbel_config_entry *api_config_find(struct corbel_context *context,
							 const char *key)
{
	struct instance *instance = instance_of(context);
	const struct corbel_config_entry *entry = entries_find(instance->entries, key);

	const struct manifest *manifest = instance_manifest(instance);

	if (!entry && manifest && !schema_find(manifest->schema, key))
		log_host(&instance->host->log, CORBEL_ERROR,
			 "%s reads the setting %s, which its manifest does not declare (add "
			 "[config %s] to "
			 "%s.plugin)",
			 instance->plugin->name, key, key, manifest->name);
	return entry;
}

static const struct corbel_config_entry *api_config_next(struct corbel_context *context,
							 const char *prefix,
							 const struct corbel_config_entry *after)
{
	return entries_next(instance_of(context)->entries, prefix, after);
}

static int make_folder(struct instance *instance, char *path)
{
	for (char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
		if (slash)
			*slash = '\0';
		if (mkdir(path, 0700) < 0 && errno != EEXIST) {
			struct corbel_error error;
			int result = -errno;

			error_set(&error, result,
				  "%s: cannot make the state folder: %s (make it, or set state-dir "
				  "in "
				  "[corbel] to a folder that this user may write)",
				  path, strerror(-result));
			return refuse(instance, result, &error);
		}
		if (!slash)
			return 0;
		*slash = '/';
	}
}

static int api_state_folder(struct corbel_context *context, const char **path)
{
	struct instance *instance = instance_of(context);
	char *folder;
	int result;

	if (!instance->state_folder)
		return -ENOENT;
	folder = strdup(instance->state_folder);
	if (!folder)
		return -ENOMEM;
	result = make_folder(instance, folder);
	free(folder);
	if (result == 0)
		*path = instance->state_folder;
	return result;
}

struct asked {
	struct corbel_host *host;
	uint32_t request;
	char plugin[];
};

static void ask_later(void *data)
{
	struct asked *asked = data;

	corbel_host_request(asked->host, asked->request, asked->plugin, NULL, NULL);
	free(asked);
}

static int api_request(struct corbel_context *context, int request, const char *plugin)
{
	struct instance *instance = instance_of(context);
	const char *name = plugin ? plugin : instance->plugin->name;
	struct asked *asked;
	int result = 0;

	if (request < CORBEL_REQUEST_START || request > CORBEL_REQUEST_RELOAD)
		return -EINVAL;
	if (!host_has(instance->host, name))
		return -ENOENT;
	if (plugin)
		result = grant_check(instance, GRANT_CONTROL, plugin);
	if (result < 0)
		return result;
	asked = malloc(sizeof(*asked) + strlen(name) + 1);
	if (!asked)
		return -ENOMEM;
	asked->host = instance->host;
	asked->request = (uint32_t)request;
	strcpy(asked->plugin, name);
	result = corbel_host_post(instance->host, ask_later, asked);
	if (result < 0)
		free(asked);
	return result;
}

static const char *api_name(struct corbel_context *context)
{
	return instance_of(context)->plugin->name;
}

static void api_explain(struct corbel_context *context, const char *format, va_list arguments)
{
	struct instance *instance = instance_of(context);

	/*
	 * Off its strand there is no callback that could be about to fail; after one has ended, the
	 * control side reads the words.
	 */
	if (strand_is_current(instance->strand) && !instance_has_ended(instance))
		error_set_va(&instance->words, 0, format, arguments);
}

static bool api_is_replacement(struct corbel_context *context)
{
	return instance_of(context)->is_restored;
}

/* What it said before its fault is to be relied on, and nothing after. */
static int api_commit(struct corbel_context *context, const struct corbel_state *state)
{
	struct instance *instance = instance_of(context);
	const struct manifest *manifest = instance_manifest(instance);
	struct corbel_error error;

	if (instance_fault(instance))
		return -ECANCELED;
	if (!manifest || state->version < manifest->state_oldest ||
	    state->version > manifest->state_version)
		return refuse(instance,
			      error_set(&error, -EINVAL,
					"commits a state of format %u, which its manifest does not "
					"name (say state = %u in its .plugin file)",
					state->version, state->version),
			      &error);
	return commit_write(instance->commit, state);
}

const struct corbel_api instance_api = {
	.size = sizeof(struct corbel_api),
	.abi = CORBEL_ABI,
	.log = api_log,
	.log_enabled = api_log_enabled,
	.alloc = api_alloc,
	.free = api_free,
	.provide = api_provide,
	.withdraw = api_withdraw,
	.acquire = api_acquire,
	.duplicate = api_duplicate,
	.release = registry_release,
	.topic_open = api_topic_open,
	.topic_close = bus_topic_close,
	.subscribe = api_subscribe,
	.unsubscribe = api_unsubscribe,
	.event_text = event_text,
	.now = api_now,
	.post = api_post,
	.timer_start = api_timer_start,
	.timer_stop = timer_stop,
	.watch_add = api_watch_add,
	.watch_change = watch_change,
	.watch_remove = watch_remove,
	.child_spawn = api_child_spawn,
	.child_signal = child_signal,
	.worker_start = api_worker_start,
	.worker_token = worker_token,
	.worker_descriptor = worker_descriptor,
	.worker_pause = worker_pause,
	.worker_stop = api_worker_stop,
	.config_find = api_config_find,
	.config_next = api_config_next,
	.state_folder = api_state_folder,
	.request = api_request,
	.name = api_name,
	.explain = api_explain,
	.is_replacement = api_is_replacement,
	.commit = api_commit,
};
