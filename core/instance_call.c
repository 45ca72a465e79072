/* SPDX-License-Identifier: MIT */
/* The calls into a plugin's entry table: on its strand, one at a time, each under a guard. */
#include <errno.h>
#include <string.h>

#include "guard.h"
#include "instance.h"
#include "sandbox.h"

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

void instance_call_init(struct instance *instance)
{
	source_init(&instance->run, instance->strand, run);
	instance->run.lifecycle = true;
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
