/* SPDX-License-Identifier: MIT */
/*
 * The plugin that tests replace while it runs: it holds one of everything that goes over with a
 * reload, and counts what goes wrong with it. COUNTER_VERSION is the version it says, and
 * COUNTER_FORMAT the newest format of its state.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "test.caller.h"
#include "test.counter.h"
#include "test.feed.h"

#include "stage.h"

#define SOURCES 2
#define QUEUE_DEPTH 256
#define MAGIC UINT64_C(0x32746e756f43)
#define WORDS (sizeof(struct test_counter_tally) / sizeof(uint64_t))

/* In the interface that one variant has. */
#ifndef COUNTER_NUMBER
#define COUNTER_NUMBER int64_t
#endif

/* What another variant does not offer. */
#ifndef COUNTER_LACKS
#define COUNTER_LACKS 0
#endif

#ifdef COUNTER_CRASHES
__attribute__((constructor)) static void crash(void)
{
	__builtin_trap();
}
#endif

struct counter {
	struct corbel_context *context;
	struct stage *stage;
	struct test_caller *caller;
	struct test_counter_level_topic *level;
	struct test_counter_beat_topic *beat;
	struct test_counter_tally tally; /* all of it by atomics: any thread reads it */
	int descriptor;                  /* its watch owns it; -1: none */
	unsigned char *ballast;
	size_t ballast_size;
	struct corbel_worker *worker;
};

static void count(uint64_t *what, uint64_t by)
{
	__atomic_add_fetch(what, by, __ATOMIC_RELAXED);
}

static int act(struct counter *counter, const char *where)
{
	return stage_act(counter->stage, counter->context, where, COUNTER_VERSION);
}

static int add(void *self, COUNTER_NUMBER number, int64_t *total)
{
	struct counter *counter = self;

	*total = __atomic_add_fetch(&counter->tally.total, (int64_t)number, __ATOMIC_RELAXED);
	return 0;
}

static int version(void *self, char **out)
{
	struct counter *counter = self;

	*out = corbel_strdup(counter->context, COUNTER_VERSION);
	return *out ? 0 : -ENOMEM;
}

static int hold(void *self)
{
	return act(self, "hold");
}

static int bounce(void *self, uint32_t depth, uint32_t *reached)
{
	struct counter *counter = self;
	uint32_t further = 0;
	int result = depth == 0 ? 0 : test_caller_bounce(counter->caller, depth - 1, &further);

	*reached = further + 1;
	return result;
}

static int announce(void *self, int64_t value)
{
	struct counter *counter = self;
	struct test_counter_level level = { .size = sizeof(level), .value = value };

	return test_counter_level_publish(counter->level, &level);
}

static void posted(void *data)
{
	struct counter *counter = data;

	act(counter, "post");
	count(&counter->tally.posts, 1);
}

static int later(void *self)
{
	struct counter *counter = self;

	return corbel_post(counter->context, posted, counter);
}

static void copy_words(void *to, const void *from)
{
	uint64_t *target = to;
	const uint64_t *source = from;

	for (size_t i = 0; i < WORDS; i++)
		__atomic_store_n(&target[i], __atomic_load_n(&source[i], __ATOMIC_RELAXED),
				 __ATOMIC_RELAXED);
}

static int read_tally(void *self, struct test_counter_tally *tally)
{
	struct counter *counter = self;

	copy_words(tally, &counter->tally);
	return 0;
}

static const struct test_counter_methods methods = {
	.size = sizeof(methods),
	.add = add,
	.version = version,
	.hold = hold,
	.bounce = bounce,
	.announce = announce,
	.later = later,
	.read = read_tally,
};

/* A source numbers its events from 0, so that one lost, doubled or out of order shows. */
static void expect(uint64_t *next, uint64_t sequence, uint64_t *misplaced)
{
	if (__atomic_load_n(next, __ATOMIC_RELAXED) != sequence)
		count(misplaced, 1);
	__atomic_store_n(next, sequence + 1, __ATOMIC_RELAXED);
}

static void handle_queued(void *data, const struct test_feed_tick *tick)
{
	struct counter *counter = data;
	struct test_counter_tally *tally = &counter->tally;

	act(counter, "queued");
	expect(tick->source ? &tally->next1 : &tally->next0, tick->sequence, &tally->misplaced);
	count(&tally->handled, 1);
}

static void handle_direct(void *data, const struct test_feed_tick *tick)
{
	struct counter *counter = data;
	struct test_counter_tally *tally = &counter->tally;

	act(counter, "direct");
	expect(tick->source ? &tally->direct_next1 : &tally->direct_next0, tick->sequence,
	       &tally->direct_misplaced);
	count(&tally->direct, 1);
}

static void fire(void *data)
{
	struct counter *counter = data;

	act(counter, "timer");
	count(&counter->tally.fires, 1);
}

static void ready(void *data, int descriptor, uint32_t events)
{
	struct counter *counter = data;
	char bytes[64];
	ssize_t size = read(descriptor, bytes, sizeof(bytes));

	(void)events;
	if (size > 0)
		count(&counter->tally.bytes, (uint64_t)size);
}

static int watch(struct counter *counter, int descriptor)
{
	counter->descriptor = descriptor;
	return descriptor < 0 ? -errno
			      : corbel_watch_add(counter->context, descriptor,
						 CORBEL_READABLE | CORBEL_WATCH_OWNED, ready,
						 counter, NULL);
}

/* Beats as long as it may run; the number of the next one goes over with the state. */
static void beat(struct corbel_worker *worker, void *data)
{
	struct counter *counter = data;
	struct pollfd token = { .fd = corbel_worker_descriptor(counter->context, worker),
				.events = POLLIN };
	struct test_counter_beat event = { .size = sizeof(event) };

	for (;;) {
		switch (corbel_worker_token(counter->context, worker)) {
		case CORBEL_STOP:
			return;
		case CORBEL_PAUSE:
			corbel_worker_pause(counter->context, worker);
			continue;
		case CORBEL_RUN:
			break;
		}
		event.sequence = __atomic_load_n(&counter->tally.beats, __ATOMIC_RELAXED);
		if (test_counter_beat_publish(counter->beat, &event) == 0)
			count(&counter->tally.beats, 1);
		poll(&token, 1, 1);
	}
}

static int subscribe(struct counter *counter)
{
	const struct corbel_subscriber queued = { .size = sizeof(queued),
						  .depth = QUEUE_DEPTH,
						  .overflow = CORBEL_BLOCK };
	const struct corbel_subscriber direct = { .size = sizeof(direct), .mode = CORBEL_DIRECT };
	int result = test_feed_tick_subscribe(counter->context, NULL, &queued, handle_queued,
					      counter, NULL);

	return result < 0 ? result
			  : test_feed_tick_subscribe(counter->context, NULL, &direct, handle_direct,
						     counter, NULL);
}

static int publish(struct counter *counter)
{
	const struct corbel_topic_options retained = { .size = sizeof(retained), .retain = 1 };
	int result = test_counter_level_open(counter->context, &retained, &counter->level);

	return result < 0 ? result : test_counter_beat_open(counter->context, NULL, &counter->beat);
}

static int begin(struct counter *counter)
{
	struct corbel_context *context = counter->context;
	int64_t period = corbel_config_integer(context, "period");
	int result = act(counter, "start");

	if (result == 0)
		result = test_caller_acquire(context, NULL, &counter->caller);
	if (result == 0)
		result = publish(counter);
	if (result == 0)
		result = subscribe(counter);
	if (result == 0)
		result = corbel_timer_start(context, period, period, fire, counter, NULL);
	if (result == 0)
		result = corbel_worker_start(context, "beat", beat, counter, &counter->worker);
	if (result == 0 && !corbel_is_replacement(context) && counter->stage->descriptor >= 0)
		result = watch(counter, fcntl(counter->stage->descriptor, F_DUPFD_CLOEXEC, 0));
	return result < 0 || COUNTER_LACKS
		       ? result
		       : test_counter_provide(context, &methods, counter, NULL, NULL);
}

static void end(struct counter *counter)
{
	free(counter->ballast);
	free(counter);
}

static int start(struct corbel_context *context, void **self)
{
	struct counter *counter = calloc(1, sizeof(*counter));

	if (!counter)
		return -ENOMEM;
	counter->context = context;
	counter->stage = stage_of(context);
	counter->descriptor = -1;
	counter->ballast_size = (size_t)corbel_config_integer(context, "ballast");
	counter->ballast = malloc(counter->ballast_size + 1);

	int result = counter->ballast ? begin(counter) : -ENOMEM;

	if (result < 0) {
		end(counter);
		return result;
	}
	memset(counter->ballast, COUNTER_FORMAT, counter->ballast_size);
	*self = counter;
	return 0;
}

static void stop(void *self, enum corbel_stop_reason reason)
{
	struct counter *counter = self;

	act(counter, reason == CORBEL_STOP_REPLACED ? "replaced" : "stop");
	end(counter);
}

/* Format 1: the words of the tally. Format 2: a magic number, the words backwards, the ballast. */
static size_t state_size(const struct counter *counter, uint32_t format)
{
	return format == 1 ? WORDS * 8 : (WORDS + 1) * 8 + counter->ballast_size;
}

static void turn_round(uint64_t *words)
{
	for (size_t i = 0; i < WORDS / 2; i++) {
		uint64_t word = words[i];

		words[i] = words[WORDS - 1 - i];
		words[WORDS - 1 - i] = word;
	}
}

static int save_descriptor(struct counter *counter, struct corbel_state *state)
{
	if (counter->descriptor < 0)
		return 0;
	state->descriptors = corbel_alloc(counter->context, sizeof(int));
	if (!state->descriptors)
		return -ENOMEM;
	state->descriptors[0] = fcntl(counter->descriptor, F_DUPFD_CLOEXEC, 0);
	if (state->descriptors[0] < 0)
		return -errno;
	state->descriptor_count = 1;
	return 0;
}

static int save(void *self, struct corbel_state *state)
{
	struct counter *counter = self;
	size_t size = state_size(counter, state->version);
	uint64_t *words = corbel_alloc(counter->context, size);
	int result = act(counter, "save");

	if (!words)
		return -ENOMEM;
	state->bytes = words;
	state->byte_count = size;
	if (state->version > 1)
		*words++ = MAGIC;
	copy_words(words, &counter->tally);
	if (state->version > 1) {
		turn_round(words);
		memcpy(words + WORDS, counter->ballast, counter->ballast_size);
	}
	return result < 0 ? result : save_descriptor(counter, state);
}

static int restore_tally(struct counter *counter, const struct corbel_state *state)
{
	const uint64_t *words = state->bytes;
	uint64_t turned[WORDS];

	if (state->version == 0 || state->version > COUNTER_FORMAT ||
	    state->byte_count != state_size(counter, state->version) ||
	    (state->version > 1 && *words++ != MAGIC)) {
		corbel_explain(counter->context, "%zu bytes are no state in format %u",
			       state->byte_count, state->version);
		return -EINVAL;
	}
	memcpy(turned, words, sizeof(turned));
	if (state->version > 1) {
		memcpy(counter->ballast, words + WORDS, counter->ballast_size);
		turn_round(turned);
	}
	copy_words(&counter->tally, turned);
	return 0;
}

static int restore(void *self, const struct corbel_state *state)
{
	struct counter *counter = self;
	int result = act(counter, "restore");

	if (result == 0)
		result = restore_tally(counter, state);
	count(&counter->tally.restores, 1);
	if (result < 0 || state->descriptor_count == 0)
		return result;

	int descriptor = state->descriptors[0];

	state->descriptors[0] = -1;
	return watch(counter, descriptor);
}

#ifdef COUNTER_STIFF
CORBEL_PLUGIN(.start = start, .stop = stop, .save = save, .restore = restore);
#else
static int configure(void *self)
{
	return act(self, "configure");
}

CORBEL_PLUGIN(.start = start, .stop = stop, .save = save, .restore = restore,
	      .configure = configure);
#endif
