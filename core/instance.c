/* SPDX-License-Identifier: MIT */
/* An instance: what an image's start() made, with its strand, its threads and its ledger. */
#include "instance.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"

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

/* The plugin's callbacks run here: on its strand, in a frame of its owner, without any lock. */
static void run(struct source *source)
{
	struct instance *instance = container_of(source, struct instance, run);
	const struct corbel_plugin *entry = &instance->image->entry;
	int result = 0;

	instance->words.text[0] = '\0';
	switch (instance->call) {
	case INSTANCE_START:
		result = entry->start(&instance->context, &instance->self);
		/* What start() took back of its own is not to be handed to a timer or a handler. */
		if (result != 0)
			strand_pause(instance->strand, false);
		break;
	case INSTANCE_STOP:
		entry->stop(instance->self, instance->plugin->stop_reason);
		break;
	case INSTANCE_CONFIGURE:
		result = run_configure(instance);
		break;
	case INSTANCE_IDLE:
		return;
	}
	instance->result = result > 0 ? -EINVAL : result;
	__atomic_store_n(&instance->has_ended, true, __ATOMIC_RELEASE);
	source_wake(&instance->step);
}

static void left(struct frame_watcher *watcher)
{
	struct instance *instance = container_of(watcher, struct instance, watcher);

	source_wake(&instance->step);
}

static void worker_ended(void *data)
{
	source_wake(&((struct instance *)data)->step);
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

/* In place if it can be; another host in the process may have the same file. */
static int load_image(struct instance *instance, struct corbel_error *error)
{
	const struct verdict *verdict = &instance->plugin->verdict;
	const struct corbel_host *host = instance->host;
	int result = image_open(verdict, &instance->image, error);

	if (result != -EEXIST)
		return result;
	result = private_copy_make(verdict, host->settings->runtime_dir,
				   host->flags & CORBEL_HOST_DEVELOP, CORBEL_FAULT_NONE,
				   &instance->copy, error);
	return result < 0 ? result : image_open(&instance->copy, &instance->image, error);
}

static void make_owner(struct instance *instance, const char *version)
{
	instance->owner = (struct gate_owner){
		.name = instance->plugin->name,
		.version = version,
		.timeout = instance->host->settings->call_timeout,
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
	result = strand_new(host->loop, &instance->owner, instance->plugin->name, dedicated,
			    &instance->strand);

	if (result == 0)
		result = worker_set_new(&instance->owner, worker_ended, instance,
					&instance->workers);
	if (result < 0)
		return error_set(error, result, "plugin %s: cannot make its strand: %s",
				 instance->plugin->name, strerror(-result));
	make_party(instance);
	instance->party.run = dedicated ? run_marshalled : NULL;
	instance->party.hidden = true;
	return load_image(instance, error);
}

int instance_new(struct plugin *plugin, void (*step)(struct source *source), struct instance **out,
		 struct corbel_error *error)
{
	struct instance *instance = calloc(1, sizeof(*instance));
	int result;

	if (!instance)
		return error_set(error, -ENOMEM, "plugin %s: out of memory", plugin->name);
	instance->context.api = &instance_api;
	instance->plugin = plugin;
	instance->host = plugin->host;
	instance->entries = plugin->entries;
	instance->settings = plugin->settings;
	make_owner(instance, plugin->verdict.manifest->version);
	ledger_init(&instance->ledger);
	source_init(&instance->step, loop_control(plugin->host->loop), step);
	result =
		make_parts(instance, plugin->verdict.manifest->exec == MANIFEST_EXEC_THREAD, error);
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

void instance_call(struct instance *instance, enum instance_call call)
{
	instance->call = call;
	__atomic_store_n(&instance->has_ended, false, __ATOMIC_RELEASE);
	source_wake(&instance->run);
}

bool instance_has_ended(const struct instance *instance)
{
	return __atomic_load_n(&instance->has_ended, __ATOMIC_ACQUIRE);
}

void instance_close(struct instance *instance)
{
	if (instance->is_draining)
		return;
	instance->is_draining = true;
	instance->watcher.left = left;
	frame_watcher_add(&instance->watcher);
	registry_show(instance->host->registry, &instance->party, false);
	strand_pause(instance->strand, false);
	gate_set_all(&instance->owner, GATE_ABSENT);
	worker_set_token(instance->workers, CORBEL_STOP);
	child_signal_all(&instance->ledger, SIGTERM);
}

size_t instance_inside(struct instance *instance)
{
	return frame_scan(&instance->owner, NULL, NULL, NULL) +
	       worker_set_scan(instance->workers, NULL, NULL);
}

static void report_frame(void *data, const struct frame_report *report)
{
	struct instance *instance = data;

	log_host(&instance->host->log, CORBEL_WARNING,
		 "%s: thread %d (%s) is still inside %s%s%s%s%s", instance->plugin->name,
		 (int)report->thread, report->thread_name, report->label, report->method ? "." : "",
		 report->method ? report->method : "", report->caller ? ", called by " : "",
		 report->caller ? report->caller : "");
}

static void report_worker(void *data, const struct frame_report *report)
{
	struct instance *instance = data;

	log_host(&instance->host->log, CORBEL_WARNING,
		 "%s: its thread %d (%s) was asked to stop and goes on", instance->plugin->name,
		 (int)report->thread, report->thread_name);
}

void instance_report(struct instance *instance)
{
	frame_scan(&instance->owner, NULL, report_frame, instance);
	worker_set_scan(instance->workers, report_worker, instance);
}

int instance_free(struct instance *instance, struct corbel_error *error)
{
	int result = 0;

	if (!instance)
		return 0;
	if (instance->is_draining)
		frame_watcher_remove(&instance->watcher);
	source_fini(&instance->step);
	if (instance->run.run)
		source_fini(&instance->run);
	ledger_sweep(&instance->ledger);
	worker_set_free(instance->workers);
	if (instance->strand != loop_control(instance->host->loop))
		strand_free(instance->strand);
	if (instance->image) {
		result = image_close(instance->image, error);
		image_free(instance->image);
	}
	private_copy_remove(&instance->copy);
	ledger_fini(&instance->ledger);
	gate_disown_all(&instance->owner);
	free(instance->state_folder);
	free(instance);
	return result;
}
