/* SPDX-License-Identifier: MIT */
/* The plugin that requires the counter: it calls it, is called by it, and hears its beats. */
#include <stdlib.h>

#include "test.caller.h"
#include "test.counter.h"

#include "stage.h"

#define QUEUE_DEPTH 1024
#define WORDS (sizeof(struct test_caller_account) / sizeof(uint64_t))

struct caller {
	struct corbel_context *context;
	struct stage *stage;
	struct test_counter *counter;
	struct test_caller_account account; /* by atomics: any thread reads it */
};

static int act(struct caller *caller, const char *where)
{
	return stage_act(caller->stage, caller->context, where, "caller " CALLER_VERSION);
}

static int add(void *self, int64_t number, int64_t *total)
{
	struct caller *caller = self;

	return test_counter_add(caller->counter, number, total);
}

static int hold(void *self)
{
	struct caller *caller = self;

	return test_counter_hold(caller->counter);
}

static int bounce(void *self, uint32_t depth, uint32_t *reached)
{
	struct caller *caller = self;
	uint32_t further = 0;
	int result = depth == 0 ? 0 : test_counter_bounce(caller->counter, depth - 1, &further);

	*reached = further + 1;
	return result;
}

static int version(void *self, char **out)
{
	struct caller *caller = self;

	*out = corbel_strdup(caller->context, CALLER_VERSION);
	return *out ? 0 : -ENOMEM;
}

static void copy_words(void *to, const void *from)
{
	uint64_t *target = to;
	const uint64_t *source = from;

	for (size_t i = 0; i < WORDS; i++)
		__atomic_store_n(&target[i], __atomic_load_n(&source[i], __ATOMIC_RELAXED),
				 __ATOMIC_RELAXED);
}

static int read_account(void *self, struct test_caller_account *account)
{
	struct caller *caller = self;

	copy_words(account, &caller->account);
	return 0;
}

static const struct test_caller_methods methods = {
	.size = sizeof(methods),
	.add = add,
	.hold = hold,
	.bounce = bounce,
	.version = version,
	.read = read_account,
};

/* Who comes later begins where it came. */
static void hear(void *data, const struct test_counter_beat *beat)
{
	struct caller *caller = data;
	struct test_caller_account *account = &caller->account;
	uint64_t next = __atomic_load_n(&account->next, __ATOMIC_RELAXED);

	if (next && next != beat->sequence)
		__atomic_add_fetch(&account->misplaced, 1, __ATOMIC_RELAXED);
	__atomic_store_n(&account->next, beat->sequence + 1, __ATOMIC_RELAXED);
	__atomic_add_fetch(&account->heard, 1, __ATOMIC_RELAXED);
}

static void changed(void *data, bool bound)
{
	struct caller *caller = data;

	(void)bound;
	__atomic_add_fetch(&caller->account.changes, 1, __ATOMIC_RELAXED);
}

static int begin(struct caller *caller)
{
	const struct corbel_use_options options = { .size = sizeof(options),
						    .changed = changed,
						    .data = caller };
	const struct corbel_subscriber queued = { .size = sizeof(queued),
						  .depth = QUEUE_DEPTH,
						  .overflow = CORBEL_BLOCK };
	int result = act(caller, "start");

	if (result == 0)
		result = test_counter_acquire(caller->context, &options, &caller->counter);
	if (result == 0)
		result = test_counter_beat_subscribe(caller->context, NULL, &queued, hear, caller,
						     NULL);
	return result < 0 ? result
			  : test_caller_provide(caller->context, &methods, caller, NULL, NULL);
}

static int start(struct corbel_context *context, void **self)
{
	struct caller *caller = calloc(1, sizeof(*caller));

	if (!caller)
		return -ENOMEM;
	caller->context = context;
	caller->stage = stage_of(context);

	int result = begin(caller);

	if (result < 0)
		free(caller);
	else
		*self = caller;
	return result;
}

static void stop(void *self, enum corbel_stop_reason reason)
{
	struct caller *caller = self;

	act(caller, reason == CORBEL_STOP_REPLACED ? "replaced" : "stop");
	free(caller);
}

static int save(void *self, struct corbel_state *state)
{
	struct caller *caller = self;

	state->bytes = corbel_memdup(caller->context, &caller->account, sizeof(caller->account));
	state->byte_count = sizeof(caller->account);
	return state->bytes ? act(caller, "save") : -ENOMEM;
}

static int restore(void *self, const struct corbel_state *state)
{
	struct caller *caller = self;

	if (state->byte_count != sizeof(caller->account))
		return -EINVAL;
	copy_words(&caller->account, state->bytes);
	return act(caller, "restore");
}

CORBEL_PLUGIN(.start = start, .stop = stop, .save = save, .restore = restore);
