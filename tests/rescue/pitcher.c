/* SPDX-License-Identifier: MIT */
/* Publishes one number after the other, as a topic and as a kept value, and commits each. */
#include <errno.h>
#include <stdlib.h>

#include <corbel/plugin.h>

#include "note.h"
#include "test.pitch.h"

struct pitcher {
	struct corbel_context *context;
	struct test_pitch_toss_topic *toss;
	struct test_pitch_last_topic *last;
	uint64_t n;
	int note;
};

static int save(void *self, struct corbel_state *state)
{
	const struct pitcher *pitcher = self;

	return corbel_state_put(pitcher->context, state, &pitcher->n, sizeof(pitcher->n)) ? 0
											  : -ENOMEM;
}

static int restore(void *self, const struct corbel_state *state)
{
	struct corbel_state_reader reader = { state->bytes, state->byte_count };
	struct pitcher *pitcher = self;

	return corbel_state_take(&reader, &pitcher->n, sizeof(pitcher->n)) ? 0 : -EBADMSG;
}

/* What was published, and not yet committed, is published again: it is never left out. */
static void pitch(void *data)
{
	struct pitcher *pitcher = data;
	struct test_pitch_toss event = { .size = sizeof(event), .n = pitcher->n + 1 };
	struct test_pitch_last kept = { .size = sizeof(kept), .n = event.n };

	test_pitch_toss_publish(pitcher->toss, &event);
	test_pitch_last_publish(pitcher->last, &kept);
	pitcher->n = event.n;
	corbel_commit_saved(pitcher->context, 1, save, pitcher);
	note_write(pitcher->note, &pitcher->n, sizeof(pitcher->n));
}

static int start(struct corbel_context *context, void **self)
{
	static const struct corbel_topic_options keeping = { .size = sizeof(keeping), .retain = 1 };
	struct pitcher *pitcher = calloc(1, sizeof(*pitcher));
	int64_t period = corbel_config_integer(context, "period");

	if (!pitcher)
		return -ENOMEM;
	pitcher->context = context;

	pitcher->note = note_open(context, "thrown");

	int code = pitcher->note < 0 ? pitcher->note
				     : test_pitch_toss_open(context, NULL, &pitcher->toss);

	if (code == 0)
		code = test_pitch_last_open(context, &keeping, &pitcher->last);
	if (code == 0)
		code = corbel_timer_start(context, period, period, pitch, pitcher, NULL);
	if (code < 0) {
		free(pitcher);
		return code;
	}
	*self = pitcher;
	return 0;
}

static void stop(void *self, enum corbel_stop_reason reason)
{
	struct pitcher *pitcher = self;

	(void)reason;
	close(pitcher->note);
	free(pitcher);
}

CORBEL_PLUGIN(.start = start, .stop = stop, .save = save, .restore = restore);
