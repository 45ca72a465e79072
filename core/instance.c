/* SPDX-License-Identifier: MIT */
/* An instance: what an image's start() made, with its strand, its threads and its ledger. */
#include "instance.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "fault_heap.h"
#include "faulted.h"
#include "guard.h"
#include "image_map.h"
#include "unload.h"
#include "usage.h"

static char program_name[] = "host"; /* never written */

static void left(struct frame_watcher *watcher)
{
	source_wake(container_of(watcher, struct instance, watcher)->told);
}

static void worker_changed(void *source)
{
	source_wake(source);
}

/*
 * exec = thread: the scanner's thunk comes here in the caller's thread, inside the service's frame.
 */
static int run_marshalled(struct corbel_marshal *marshal, int (*call)(void *arguments),
			  void *arguments)
{
	struct gate *gate = (struct gate *)marshal - 1;
	struct instance *instance = container_of(gate->owner, struct instance, owner);

	return strand_call(instance->strand, call, arguments);
}

/* Somebody is expected to write over its file while it runs. */
static bool is_watched(const struct plugin *plugin)
{
	return plugin->settings->reload == SETTINGS_RELOAD_ON_CHANGE ||
	       plugin->host->flags & CORBEL_HOST_DEVELOP;
}

/* guard = calls: the same way in, in the caller's thread. */
static int run_guarded(struct corbel_marshal *marshal, int (*call)(void *arguments),
		       void *arguments)
{
	struct gate *gate = (struct gate *)marshal - 1;

	return guard_call(gate->owner, call, arguments);
}

/*
 * In place if it can be; another host in the process may have the same file, and what is vouched
 * for is loaded from where nobody else can change it.
 */
static int load_file(struct instance *instance, struct corbel_error *error)
{
	const struct verdict *verdict = &instance->plugin->verdict;
	const struct corbel_host *host = instance->host;
	struct judge_terms terms = candidate_terms(host, instance->settings);
	int result = -EEXIST;

	if (!instance->copy.path && !is_watched(instance->plugin) &&
	    !vouch_is_demanded(&terms.demand))
		result = image_open(verdict, &instance->image, error);
	if (result != -EEXIST)
		return result;
	result = instance->copy.path
			 ? 0
			 : private_copy_make(verdict, host->settings->runtime_dir, &terms,
					     CORBEL_FAULT_NONE, &instance->copy, error);
	return result < 0 ? result : image_open(&instance->copy, &instance->image, error);
}

static int load_image(struct instance *instance, struct corbel_error *error)
{
	int result;

	image_map_loading(instance->plugin->name);
	result = load_file(instance, error);
	image_map_loading(NULL);
	return result;
}

static void make_owner(struct instance *instance, const char *version)
{
	instance->owner = (struct gate_owner){
		.name = instance->plugin->name,
		.version = version,
		.timeout = instance->host->settings->call_timeout,
		/* Nobody comes in before all of the transaction are in place. */
		.reasons = instance->is_replacement ? GATE_CLOSED : 0,
	};
}

static void make_party(struct instance *instance)
{
	instance->party = (struct party){
		.plugin = instance->plugin->name,
		.owner = &instance->owner,
		.ledger = &instance->ledger,
		.strand = instance->strand,
	};
}

static int make_heap(struct instance *instance, struct corbel_error *error)
{
	const char *name = instance->plugin->name;

	if (instance->settings->heap != SETTINGS_HEAP_PRIVATE)
		return 0;
	int result = fault_heap_make(&instance->owner, instance->image);
	if (result == -ENOTSUP)
		return error_set(error, result,
				 "plugin %s: heap = private cannot be had: this program has no "
				 "heaps for plugins (corbeld has, unless it is built with a "
				 "sanitizer)",
				 name);
	return result < 0 ? error_set(error, result, "plugin %s: no memory for a heap of its own",
				      name)
			  : 0;
}

static int make_parts(struct instance *instance, bool dedicated, struct corbel_error *error)
{
	struct corbel_host *host = instance->host;
	const char *base = host->settings->state_dir;
	int result;

	if (base && asprintf(&instance->state_folder, "%s/%s", base, instance->plugin->name) < 0)
		return error_set(error, -ENOMEM, "plugin %s: out of memory",
				 instance->plugin->name);
	result = instance->usage ? 0 : -ENOMEM;
	if (result == 0 && dedicated)
		result = usage_take(instance->usage, USAGE_THREADS, 1);
	instance->has_thread = dedicated && result == 0;
	if (result == 0)
		result = strand_new(host->loop, &instance->owner, instance->plugin->name, dedicated,
				    &instance->strand);
	if (result == 0)
		result = worker_set_new(&instance->owner, worker_changed, &instance->step,
					&instance->workers);
	if (result < 0)
		return error_set(error, result, "plugin %s: cannot make its strand: %s",
				 instance->plugin->name, strerror(-result));
	make_party(instance);
	instance->party.may = grant_holds;
	if (dedicated)
		instance->party.run = run_marshalled;
	else if (instance->owner.guards_calls)
		instance->party.run = run_guarded;
	instance->party.hidden = true;
	instance->is_held = host->is_holding;
	if (instance->is_held)
		worker_set_token(instance->workers, CORBEL_PAUSE);
	if (instance->is_replacement) {
		instance->party.predecessor = &instance->plugin->instance->party;
		worker_set_token(instance->workers, CORBEL_PAUSE);
		if (commit_new(&instance->commit) < 0)
			return error_set(error, -ENOMEM, "plugin %s: out of memory",
					 instance->plugin->name);
	}
	result = load_image(instance, error);
	return result < 0 ? result : make_heap(instance, error);
}

int instance_new(struct plugin *plugin, struct instance_version *version,
		 void (*step)(struct source *source), struct instance **out,
		 struct corbel_error *error)
{
	struct instance *instance = calloc(1, sizeof(*instance));
	const struct manifest *manifest =
		version ? version->copy.manifest : plugin->verdict.manifest;
	int result;

	if (!instance) {
		if (version)
			private_copy_remove(&version->copy);
		return error_set(error, -ENOMEM, "plugin %s: out of memory", plugin->name);
	}
	instance->context.api = &instance_api;
	instance->plugin = plugin;
	LIST_INSERT_HEAD(&plugin->instances, instance, of_plugin);
	instance->host = plugin->host;
	instance->entries = version ? version->entries : plugin->entries;
	instance->settings = plugin->settings;
	instance->is_replacement = version;
	instance->commit = plugin->commit;
	if (version) {
		instance->is_restored = version->is_restored;
		instance->copy = version->copy;
		version->copy = (struct verdict){ 0 };
		instance->commit = NULL;
	}
	make_owner(instance, manifest->version);
	if (instance->host->flags & CORBEL_HOST_CONTAIN)
		instance->owner.faulted = instance_faulted;
	instance->owner.host = plugin->host;
	instance->owner.on_fault = instance->settings->on_fault;
	instance->owner.guards_calls =
		instance->owner.faulted && instance->settings->guard == SETTINGS_GUARD_CALLS;
	ledger_init(&instance->ledger);
	instance->usage = usage_new(&plugin->host->log, instance->settings);
	instance->ledger.usage = instance->usage;
	source_init(&instance->step, loop_control(plugin->host->loop), step);
	result = make_parts(instance, manifest->exec == MANIFEST_EXEC_THREAD, error);
	if (result < 0) {
		instance_free(instance, NULL);
		return result;
	}
	instance_call_init(instance);
	*out = instance;
	return 0;
}

/* A plugin of no configuration stands behind it, so that the API need not tell the two apart. */
int instance_new_program(struct corbel_host *host, struct instance **out)
{
	struct instance *instance = calloc(1, sizeof(*instance) + sizeof(struct plugin));

	if (!instance)
		return -ENOMEM;
	instance->context.api = &instance_api;
	instance->plugin = (struct plugin *)(instance + 1);
	*instance->plugin = (struct plugin){ .host = host, .name = program_name, .level = -1 };
	LIST_INSERT_HEAD(&instance->plugin->instances, instance, of_plugin);
	instance->host = host;
	instance->strand = loop_control(host->loop);
	instance->has_ended = true;
	ledger_init(&instance->ledger);
	source_init(&instance->step, instance->strand, NULL);
	make_owner(instance, corbel_host_version());
	make_party(instance);
	*out = instance;
	return worker_set_new(&instance->owner, NULL, NULL, &instance->workers);
}

const struct manifest *instance_manifest(const struct instance *instance)
{
	return instance->image ? instance->image->verdict->manifest : NULL;
}

void instance_let_run(struct instance *instance)
{
	if (!instance->is_held)
		return;
	instance->is_held = false;
	strand_resume(instance->strand);
	worker_set_token(instance->workers, CORBEL_RUN);
}

void instance_watch(struct instance *instance, struct source *told)
{
	instance->closed = frame_now();
	instance->is_draining = true;
	instance->told = told;
	instance->watcher.left = left;
	frame_watcher_add(&instance->watcher);
	worker_set_listen(instance->workers, worker_changed, told);
}

void instance_unwatch(struct instance *instance)
{
	if (!instance->is_draining)
		return;
	frame_watcher_remove(&instance->watcher);
	worker_set_listen(instance->workers, worker_changed, &instance->step);
	instance->is_draining = false;
}

void instance_close(struct instance *instance)
{
	if (instance->is_draining)
		return;
	instance_watch(instance, &instance->step);
	registry_show(instance->host->registry, &instance->party, false);
	strand_pause(instance->strand, false);
	gate_set_all(&instance->owner, GATE_ABSENT);
}

void instance_dismiss(struct instance *instance)
{
	instance->is_dismissed = true;
	worker_set_token(instance->workers, CORBEL_STOP);
	child_signal_all(&instance->ledger, SIGTERM);
}

void instance_reopen(struct instance *instance)
{
	instance_unwatch(instance);
	gate_clear_all(&instance->owner, GATE_ABSENT);
	registry_show(instance->host->registry, &instance->party, true);
	strand_resume(instance->strand);
}

size_t instance_inside(struct instance *instance)
{
	size_t inside = frame_scan(&instance->owner, NULL, NULL, NULL) +
			worker_set_scan(instance->workers, NULL, NULL);

	/* Who is inside may be about to change what it has subscribed. */
	return inside ? inside : bus_inside(&instance->party);
}

bool instance_drain(struct instance *instance)
{
	/* A configure() that was asked for before the gates closed comes before stop(). */
	bool is_called = instance->call != INSTANCE_IDLE && !instance_has_ended(instance);

	if (!instance->is_draining || is_called)
		return false;
	if (!instance->is_dismissed && frame_scan(&instance->owner, NULL, NULL, NULL) == 0)
		instance_dismiss(instance);
	return instance->is_dismissed && instance_inside(instance) == 0;
}

int64_t instance_cpu_time(struct instance *instance)
{
	int64_t time = instance->strand ? strand_cpu_time(instance->strand) : 0;

	return time + (instance->workers ? worker_set_cpu_time(instance->workers) : 0);
}

int instance_free(struct instance *instance, struct corbel_error *error)
{
	int result;

	if (!instance)
		return 0;
	instance_unwatch(instance);
	source_fini(&instance->step);
	if (instance->run.run)
		source_fini(&instance->run);
	ledger_sweep(&instance->ledger);
	worker_set_free(instance->workers);
	if (instance->strand != loop_control(instance->host->loop))
		strand_free(instance->strand);
	result = unload_image(instance->host, instance->image, &instance->owner, error);
	if (instance->keeps_copy)
		verdict_fini(&instance->copy);
	else
		private_copy_remove(&instance->copy);
	candidate_fini(&instance->judged);
	if (instance->commit != instance->plugin->commit && !instance->is_quarantined)
		commit_free(instance->commit);
	entries_free(instance->offered);
	state_fini(&instance->state);
	ledger_fini(&instance->ledger);
	if (instance->has_thread)
		usage_give(instance->usage, USAGE_THREADS, 1);
	usage_end(instance->usage);
	gate_disown_all(&instance->owner);
	LIST_REMOVE(instance, of_plugin);
	free(instance->state_folder);
	free(instance->note.report);
	free(instance);
	return result;
}
