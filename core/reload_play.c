/* SPDX-License-Identifier: MIT */
/* Faults that a reload plays on request, so that people can see that they are survived. */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "reload_parts.h"
#include "strand.h"

bool play_is(const struct reload *reload, enum corbel_reload_fault fault)
{
	return reload->options.fault == (uint32_t)fault;
}

static int fail_start(struct corbel_context *context, void **self)
{
	(void)self;
	corbel_explain(context, "the fault init-fail is played");
	return -EIO;
}

/* Comes back when the transaction has given up on it, so that nothing stays behind. */
static int hang_start(struct corbel_context *context, void **self)
{
	struct instance *instance = instance_of(context);
	struct timespec moment = frame_timespec(CORBEL_MILLISECOND);

	(void)self;
	while (!__atomic_load_n(&instance->is_given_up, __ATOMIC_ACQUIRE))
		nanosleep(&moment, NULL);
	return -ETIMEDOUT;
}

/* As plugin code that faults does; comes back only where that is not contained. */
static int crash_start(struct corbel_context *context, void **self)
{
	const struct instance *instance = instance_of(context);

	(void)self;
	/* Somewhere in its own code. */
	if (instance->owner.faulted)
		corbel_fault_raise("the fault start-crash is played",
				   (const void *)(uintptr_t)instance->image->entry.stop);
	corbel_explain(context, "the fault start-crash cannot be played: this host contains none");
	return -ENOTSUP;
}

static int fail_restore(void *self, const struct corbel_state *state)
{
	(void)self;
	(void)state;
	return -EIO;
}

void play_entry(struct member *member)
{
	struct corbel_plugin *entry = &member->new->image->entry;

	if (play_is(member->reload, CORBEL_FAULT_INIT_FAIL))
		entry->start = fail_start;
	else if (play_is(member->reload, CORBEL_FAULT_INIT_HANG))
		entry->start = hang_start;
	else if (play_is(member->reload, CORBEL_FAULT_START_CRASH))
		entry->start = crash_start;
	else if (play_is(member->reload, CORBEL_FAULT_RESTORE_FAIL))
		entry->restore = fail_restore;
}

void play_give_up(struct instance *instance)
{
	__atomic_store_n(&instance->is_given_up, true, __ATOMIC_RELEASE);
}

struct played_call {
	struct gate *gate;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool is_inside, is_over;
};

static void *stay(void *data)
{
	struct played_call *played = data;
	struct corbel_call call;
	bool is_framed = frame_push(&call, played->gate, CORBEL_METHOD_SEVERAL) == 0;

	pthread_mutex_lock(&played->lock);
	played->is_inside = true;
	pthread_cond_broadcast(&played->changed);
	while (!played->is_over)
		pthread_cond_wait(&played->changed, &played->lock);
	pthread_mutex_unlock(&played->lock);
	if (is_framed)
		frame_pop(&call);
	return NULL;
}

int play_call(struct reload *reload)
{
	struct played_call *played = calloc(1, sizeof(*played));

	if (!played)
		return -ENOMEM;
	pthread_mutex_init(&played->lock, NULL);
	pthread_cond_init(&played->changed, NULL);
	reload->call = played;
	played->gate = gate_new(&reload->members[0].old->owner, GATE_SERVICE, 0, 0);
	if (!played->gate)
		return -ENOMEM;
	played->gate->label = "a call that never returns (played)";

	int result = thread_start(&played->thread, "never-drains", stay, played);

	if (result < 0)
		return result;
	pthread_mutex_lock(&played->lock);
	while (!played->is_inside)
		pthread_cond_wait(&played->changed, &played->lock);
	pthread_mutex_unlock(&played->lock);
	return 0;
}

void play_end(struct reload *reload)
{
	struct played_call *played = reload->call;

	if (!played)
		return;
	pthread_mutex_lock(&played->lock);
	played->is_over = true;
	pthread_cond_broadcast(&played->changed);
	pthread_mutex_unlock(&played->lock);
	if (played->is_inside)
		pthread_join(played->thread, NULL);
	gate_retire(played->gate);
	pthread_mutex_destroy(&played->lock);
	pthread_cond_destroy(&played->changed);
	free(played);
	reload->call = NULL;
}
