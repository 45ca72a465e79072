/* SPDX-License-Identifier: MIT */
/* Looks whether all numbers come, and in order; commits each, and is slow enough to have a queue.
 */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include <corbel/plugin.h>

#include "note.h"
#include "test.pitch.h"

/* What is committed and noted; the last is noted alone. */
struct tally {
	uint64_t last, lost, again, beginnings;
	uint64_t kept; /* the first value that came since this beginning */
};

struct catcher {
	struct corbel_context *context;
	struct tally tally;
	int note;
};

static int save(void *self, struct corbel_state *state)
{
	const struct catcher *catcher = self;

	return corbel_state_put(catcher->context, state, &catcher->tally, sizeof(catcher->tally))
		       ? 0
		       : -ENOMEM;
}

static void note(const struct catcher *catcher)
{
	note_write(catcher->note, &catcher->tally, sizeof(catcher->tally));
}

static int restore(void *self, const struct corbel_state *state)
{
	struct corbel_state_reader reader = { state->bytes, state->byte_count };
	struct catcher *catcher = self;

	if (!corbel_state_take(&reader, &catcher->tally, sizeof(catcher->tally)))
		return -EBADMSG;
	catcher->tally.beginnings++;
	catcher->tally.kept = 0;
	note(catcher);
	return 0;
}

/* Every eighth takes as long as three take to come. */
static void caught(void *data, const struct test_pitch_toss *event)
{
	const struct timespec moment = { .tv_nsec = 3000000 };
	struct catcher *catcher = data;
	struct tally *tally = &catcher->tally;

	if (event->n <= tally->last)
		tally->again++;
	else
		tally->lost += event->n - tally->last - 1;
	if (event->n > tally->last)
		tally->last = event->n;
	corbel_commit_saved(catcher->context, 1, save, catcher);
	note(catcher);
	if (event->n % 8 == 0)
		nanosleep(&moment, NULL);
}

static void value_came(void *data, const struct test_pitch_last *event)
{
	struct catcher *catcher = data;

	if (catcher->tally.kept == 0)
		catcher->tally.kept = event->n;
}

static int start(struct corbel_context *context, void **self)
{
	static const struct corbel_subscriber deep = { .size = sizeof(deep), .depth = 4096 };
	struct catcher *catcher = calloc(1, sizeof(*catcher));

	if (!catcher)
		return -ENOMEM;
	catcher->context = context;

	catcher->note = note_open(context, "tally");

	int code = catcher->note < 0
			   ? catcher->note
			   : test_pitch_toss_subscribe(context, NULL, &deep, caught, catcher, NULL);

	if (code == 0)
		code = test_pitch_last_subscribe(context, NULL, NULL, value_came, catcher, NULL);
	if (code < 0) {
		free(catcher);
		return code;
	}
	*self = catcher;
	return 0;
}

static void stop(void *self, enum corbel_stop_reason reason)
{
	struct catcher *catcher = self;

	(void)reason;
	close(catcher->note);
	free(catcher);
}

CORBEL_PLUGIN(.start = start, .stop = stop, .save = save, .restore = restore);
