/* SPDX-License-Identifier: MIT */
/* An instance: what an image's start() made, with its strand, its threads and its ledger. */
#include "instance.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "faulted.h"
#include "guard.h"
#include "sandbox.h"
#include "unload.h"
#include "usage.h"

static char program_name[] = "host"; /* never written */

/* The strand alone changes what is in force, so that no callback sees it go. */
static int run_configure(struct instance *instance)
{
	struct entries *old = instance->entries;
	int result;

	instance->entries = instance->offered;
	result = instance->image->entry.configure(instance->self);
	if (result != 0)
		instance->entries = old;
	return result;
}

static int call_entry(void *data)
{
	struct instance *instance = data;
	const struct corbel_plugin *entry = &instance->image->entry;

	switch (instance->call) {
	case INSTANCE_START:
		return entry->start(&instance->context, &instance->self);
	case INSTANCE_STOP:
		entry->stop(instance->self, instance->stop_reason);
		return 0;
	case INSTANCE_CONFIGURE:
		return run_configure(instance);
	case INSTANCE_RESTORE:
		return entry->restore(instance->self, &instance->state);
	case INSTANCE_IDLE:
		break;
	}
	return 0;
}

/* The plugin's callbacks run here: on its strand, in a frame of its owner, without any lock. */
static void run(struct source *source)
{
	struct instance *instance = container_of(source, struct instance, run);

	if (instance->call == INSTANCE_IDLE)
		return;
	instance->words.text[0] = '\0';

	/* It may have faulted before its turn came. */
	int result = instance_fault(instance) ? -EFAULT : 0;

	/* Its image is loaded: that may have needed more. */
	if (result == 0 && instance->call == INSTANCE_START &&
	    sandbox_is_wanted(instance->settings))
		result = sandbox_enter(instance->settings, &instance->words);
	if (result == 0)
		result = guard_call(&instance->owner, call_entry, instance);

	if (instance->call == INSTANCE_START) {
		instance->is_made = result == 0;
		/*
		 * What start() took back of its own is not to be handed to a timer or a handler;
		 * one that replaces another waits for its state, and one that is held for others.
		 */
		if (result != 0 || instance->is_replacement || instance->is_restored ||
		    instance->is_held)
			strand_pause(instance->strand, false);
	}
	if (instance->call == INSTANCE_STOP)
		instance->is_made = false;
	instance->result = result > 0 ? -EINVAL : result;
	__atomic_store_n(&instance->has_ended, true, __ATOMIC_RELEASE);
	source_wake(&instance->step);
}

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
static int load_image(struct instance *instance, struct corbel_error *error)
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
	return load_image(instance, error);
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
	source_init(&instance->run, instance->strand, run);
	instance->run.lifecycle = true;
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

void instance_call(struct instance *instance, enum instance_call call)
{
	instance->call = call;
	__atomic_store_n(&instance->has_ended, false, __ATOMIC_RELEASE);
	source_wake(&instance->run);
}

const char *instance_words(const struct instance *instance, int result)
{
	const struct fault_note *fault = instance_fault(instance);

	if (fault)
		return fault->words;
	return *instance->words.text ? instance->words.text : strerror(-result);
}

bool instance_has_ended(const struct instance *instance)
{
	return __atomic_load_n(&instance->has_ended, __ATOMIC_ACQUIRE);
}

void instance_keep_words(struct instance *instance, const struct corbel_error *words)
{
	if (strand_is_current(instance->strand) && !*instance->words.text)
		instance->words = *words;
}

struct visit {
	struct instance *instance;
	struct corbel_state *state;
};

static int call_save(void *data)
{
	struct visit *visit = data;

	return visit->instance->image->entry.save(visit->instance->self, visit->state);
}

static int save(void *data)
{
	struct visit *visit = data;

	return guard_call(&visit->instance->owner, call_save, data);
}

static int call_restore(void *data)
{
	struct visit *visit = data;

	return visit->instance->image->entry.restore(visit->instance->self, visit->state);
}

static int restore(void *data)
{
	struct visit *visit = data;

	return guard_call(&visit->instance->owner, call_restore, data);
}

/* In a visit the plugin may explain itself, as in a call of the lifecycle. */
static int visit(struct instance *instance, int (*call)(void *data), struct corbel_state *state,
		 const char *name, struct corbel_error *error)
{
	struct visit visit = { instance, state };

	instance->words.text[0] = '\0';
	__atomic_store_n(&instance->has_ended, false, __ATOMIC_RELEASE);
	int result = strand_visit(instance->strand, call, &visit);
	__atomic_store_n(&instance->has_ended, true, __ATOMIC_RELEASE);
	if (result == 0)
		return 0;
	if (result > 0)
		result = -EINVAL;
	return error_set(error, result, "%s() of %s %s failed: %s", name, instance->plugin->name,
			 instance->owner.version, instance_words(instance, result));
}

int instance_save(struct instance *instance, struct corbel_state *state, struct corbel_error *error)
{
	return visit(instance, save, state, "save", error);
}

int instance_restore(struct instance *instance, struct corbel_state *state,
		     struct corbel_error *error)
{
	struct corbel_state copy = *state;

	return visit(instance, restore, &copy, "restore", error);
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

/* Lines for people, as far as there is room. */
struct report {
	const struct instance *instance;
	char *text;
	size_t size, used;
	double seconds;
};

__attribute__((format(printf, 2, 3))) static void report_line(struct report *report,
							      const char *format, ...)
{
	size_t left = report->size - report->used;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(report->text + report->used, left, format, arguments);
	va_end(arguments);
	report->used += length < 0 ? 0 : (size_t)length < left ? (size_t)length : left - 1;
}

static void report_frame(void *data, const struct frame_report *frame)
{
	struct report *report = data;

	report_line(report, "%s%s: thread %d (%s) is still inside %s%s%s%s%s, after %.3g s",
		    report->used ? "\n" : "", report->instance->plugin->name, (int)frame->thread,
		    frame->thread_name, frame->label, frame->method ? "." : "",
		    frame->method ? frame->method : "", frame->caller ? ", called by " : "",
		    frame->caller ? frame->caller : "", report->seconds);
}

static void report_worker(void *data, const struct frame_report *worker)
{
	struct report *report = data;

	report_line(report, "%s%s: its thread %d (%s) was asked to %s and goes on, after %.3g s",
		    report->used ? "\n" : "", report->instance->plugin->name, (int)worker->thread,
		    worker->thread_name, report->instance->is_dismissed ? "stop" : "pause",
		    report->seconds);
}

int64_t instance_cpu_time(struct instance *instance)
{
	int64_t time = instance->strand ? strand_cpu_time(instance->strand) : 0;

	return time + (instance->workers ? worker_set_cpu_time(instance->workers) : 0);
}

void instance_report(struct instance *instance, char *text, size_t size)
{
	struct report report = {
		.instance = instance,
		.text = text,
		.size = size,
		.seconds = (double)(frame_now() - instance->closed) / (double)CORBEL_SECOND,
	};

	*text = '\0';
	frame_scan(&instance->owner, NULL, report_frame, &report);
	worker_set_scan(instance->workers, report_worker, &report);
}

void instance_tell(struct instance *instance)
{
	char text[LOG_LINE_MAX], *rest = text;

	instance_report(instance, text, sizeof(text));
	for (char *line; (line = strsep(&rest, "\n")) && *line;)
		log_host(&instance->host->log, CORBEL_WARNING, "%s", line);
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
