/* SPDX-License-Identifier: MIT */
/* The sink of events: subscribes by pattern, and writes each event as a line to its target. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <corbel/plugin.h>

#include "file.h"
#include "line.h"
#include "native.h"
#include "settings.h"
#include "sink.h"

/* The format of the state; it is in journal.plugin too. */
#define STATE 1u

struct journal;

struct subscription {
	struct journal *journal;
	struct corbel_subscription *handle;
	const char *pattern; /* the settings' */
	uint64_t dropped;    /* as far as it has been written down */
};

/* All of it belongs to the strand: there are no methods, and all events are queued. */
struct journal {
	struct corbel_context *context;
	struct settings settings;
	struct sink *sink;
	struct subscription *subscriptions; /* as many as patterns */
	size_t subscription_count;
	struct line fields;
	struct line line;
	uint64_t lost; /* events that could not be written since the last that could */
	int warning;   /* of the sink, as far as it has been said */
};

static int64_t epoch_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * CORBEL_SECOND + now.tv_nsec;
}

/* The host's clock counts from no date: the event is as old as that clock says. */
static int64_t epoch_of(struct journal *journal, int64_t at)
{
	return epoch_now() - (at ? corbel_now(journal->context) - at : 0);
}

/*
 * What was said, so that the next version neither says it again nor forgets it. Format 1, numbers
 * as in memory, texts as by corbel_state_put_text():
 *
 *	uint64_t  events lost
 *	int32_t   -errno of the warning about the target, or 0
 *	uint32_t  subscriptions, and for each: text pattern, uint64_t drops written down
 */
static int state_write(const struct journal *journal, uint32_t count, struct corbel_state *state)
{
	struct corbel_context *context = journal->context;
	int32_t warning = journal->warning;
	bool fits = corbel_state_put(context, state, &journal->lost, sizeof(journal->lost)) &&
		    corbel_state_put(context, state, &warning, sizeof(warning)) &&
		    corbel_state_put(context, state, &count, sizeof(count));

	for (uint32_t i = 0; i < count && fits; i++) {
		const struct subscription *subscription = &journal->subscriptions[i];

		fits = corbel_state_put_text(context, state, subscription->pattern) &&
		       corbel_state_put(context, state, &subscription->dropped,
					sizeof(subscription->dropped));
	}
	return fits ? 0 : -ENOMEM;
}

static int save(void *self, struct corbel_state *state)
{
	const struct journal *journal = self;

	return state_write(journal, (uint32_t)journal->subscription_count, state);
}

/* After a fault it goes on from here; the queues begin anew, and count from nothing. */
static int save_outcome(void *self, struct corbel_state *state)
{
	return state_write(self, 0, state);
}

static void commit(struct journal *journal)
{
	(void)corbel_commit_saved(journal->context, STATE, save_outcome, journal);
}

/* Says what is wrong when it begins and when it ends, not once an event. */
static void outcome_report(struct journal *journal, int result)
{
	struct sink *sink = journal->sink;

	if (result < 0) {
		if (journal->lost++ == 0)
			corbel_log(
				journal->context, CORBEL_ERROR,
				"cannot write to %s: %s; events are lost until it works again (%s)",
				sink->name, strerrordesc_np(-result), sink_remedy(result));
		commit(journal);
		return;
	}

	bool is_changed = journal->lost > 0 || journal->warning != sink->warning;

	if (journal->lost > 0)
		corbel_log(journal->context, CORBEL_NOTICE,
			   "writes to %s again, %" PRIu64 " events were lost", sink->name,
			   journal->lost);
	journal->lost = 0;
	if (sink->warning < 0 && sink->warning != journal->warning)
		corbel_log(journal->context, CORBEL_WARNING,
			   "%s; goes on writing to the file that is open (%s)", sink->warning_words,
			   sink_remedy(sink->warning));
	journal->warning = sink->warning;
	if (is_changed)
		commit(journal);
}

static void event_write(struct journal *journal, const struct line_event *event)
{
	struct sink *sink = journal->sink;

	if (sink->kind->takes_messages)
		line_write_message(&journal->line, journal->settings.format, event);
	else
		line_write(&journal->line, journal->settings.format, event);
	outcome_report(journal, sink->kind->write(sink, &journal->line, event));
}

/* The event's fields, in memory that grows with the largest one; NULL: no memory. */
static const char *fields_read(struct journal *journal, const struct corbel_delivery *delivery)
{
	struct line *fields = &journal->fields;
	int length = corbel_event_text(journal->context, delivery, fields->text, fields->capacity);

	if (length >= 0 && (size_t)length >= fields->capacity) {
		line_clear(fields);
		if (!line_reserve(fields, (size_t)length))
			return NULL;
		length = corbel_event_text(journal->context, delivery, fields->text,
					   fields->capacity);
	}
	return length < 0 ? "null" : fields->text;
}

/* What the queue had no room for is written down where it is missing. */
static void drops_write(struct subscription *subscription, const struct corbel_delivery *delivery,
			int64_t at)
{
	struct journal *journal = subscription->journal;
	char fields[512];

	if (delivery->dropped <= subscription->dropped)
		return;
	snprintf(fields, sizeof(fields), "{\"pattern\":\"%.400s\",\"count\":%" PRIu64 "}",
		 subscription->pattern, delivery->dropped - subscription->dropped);
	subscription->dropped = delivery->dropped;

	struct line_event event = { at, "corbel.journal.dropped", corbel_name(journal->context),
				    fields };

	event_write(journal, &event);
}

static void event_arrived(void *data, const struct corbel_delivery *delivery)
{
	struct subscription *subscription = data;
	struct journal *journal = subscription->journal;
	int64_t at = epoch_of(journal, delivery->at);

	drops_write(subscription, delivery, at);

	struct line_event event = { at, delivery->topic, delivery->publisher,
				    fields_read(journal, delivery) };

	if (event.fields)
		event_write(journal, &event);
	else
		outcome_report(journal, -ENOMEM);
}

static int sink_open(struct journal *journal, const struct settings *settings, struct sink **sink)
{
	struct corbel_error error;
	int result;

	if (settings->target == TARGET_FILE)
		result = file_open(settings->path, &settings->limits, sink, &error);
	else if (settings->target == TARGET_JOURNALD)
		result = native_open(settings->path, sink, &error);
	else
		result = file_open_stderr(sink, &error);
	if (result < 0)
		corbel_explain(journal->context, "%s", error.text);
	return result;
}

static void subscriptions_drop(struct journal *journal, struct subscription *subscriptions,
			       size_t count)
{
	for (size_t i = 0; i < count; i++)
		corbel_unsubscribe(journal->context, subscriptions[i].handle);
	free(subscriptions);
}

static int subscription_make(struct journal *journal, const struct settings *settings,
			     const char *pattern, struct subscription *subscription)
{
	struct corbel_subscriber subscriber = {
		.size = sizeof(subscriber),
		.mode = CORBEL_QUEUED,
		.depth = settings->queue,
		.overflow = CORBEL_DROP_OLDEST,
		.handler = (void (*)(void))event_arrived,
		.data = subscription,
	};

	*subscription = (struct subscription){ .journal = journal, .pattern = pattern };

	int result =
		corbel_subscribe(journal->context, pattern, &subscriber, &subscription->handle);

	if (result < 0)
		corbel_explain(journal->context,
			       "cannot subscribe to pattern \"%s\": %s (expected a topic such as "
			       "corbel.sensors.sample, or all below a name such as corbel.*)",
			       pattern, strerrordesc_np(-result));
	return result;
}

static int subscriptions_make(struct journal *journal, const struct settings *settings,
			      struct subscription **out)
{
	struct subscription *subscriptions =
		calloc(settings->pattern_count + 1, sizeof(*subscriptions));

	if (!subscriptions)
		return -ENOMEM;
	for (size_t i = 0; i < settings->pattern_count; i++) {
		int result = subscription_make(journal, settings, settings->patterns[i],
					       &subscriptions[i]);

		if (result < 0) {
			subscriptions_drop(journal, subscriptions, i);
			return result;
		}
	}
	*out = subscriptions;
	return 0;
}

static void journal_free(struct journal *journal)
{
	if (journal->sink)
		journal->sink->kind->close(journal->sink);
	settings_fini(&journal->settings);
	line_fini(&journal->fields);
	line_fini(&journal->line);
	free(journal);
}

static int start(struct corbel_context *context, void **self)
{
	struct journal *journal = calloc(1, sizeof(*journal));

	if (!journal)
		return -ENOMEM;
	journal->context = context;

	int result = settings_read(&journal->settings, context);

	if (result == 0)
		result = sink_open(journal, &journal->settings, &journal->sink);
	if (result == 0)
		result = subscriptions_make(journal, &journal->settings, &journal->subscriptions);
	if (result < 0) {
		journal_free(journal);
		return result;
	}
	journal->subscription_count = journal->settings.pattern_count;
	*self = journal;
	return 0;
}

static void stop(void *self, enum corbel_stop_reason reason)
{
	struct journal *journal = self;

	/* On to the next version, or from the one that goes on, they are in the state. */
	if (journal->lost > 0 && reason != CORBEL_STOP_REPLACED && reason != CORBEL_STOP_FAILED)
		corbel_log(journal->context, CORBEL_WARNING,
			   "stops with %" PRIu64 " events not written", journal->lost);
	subscriptions_drop(journal, journal->subscriptions, journal->subscription_count);
	journal_free(journal);
}

/* The patterns belong to the settings that they came with. */
static void settings_replace(struct journal *journal, struct settings *settings)
{
	for (size_t i = 0; i < journal->subscription_count; i++)
		journal->subscriptions[i].pattern = settings->patterns[i];
	settings_fini(&journal->settings);
	journal->settings = *settings;
}

static void sink_replace(struct journal *journal, struct sink *sink)
{
	if (!sink)
		return;
	journal->sink->kind->close(journal->sink);
	journal->sink = sink;
	journal->warning = 0;
	journal->lost = 0;
}

/* The new is made beside the old, so that what fails changes nothing. */
static int configure(void *self)
{
	struct journal *journal = self;
	struct subscription *subscriptions = NULL;
	struct sink *sink = NULL;
	struct settings settings;
	int result = settings_read(&settings, journal->context);

	if (result < 0)
		return result;
	if (!settings_share_target(&settings, &journal->settings))
		result = sink_open(journal, &settings, &sink);
	if (result == 0 && !settings_share_patterns(&settings, &journal->settings))
		result = subscriptions_make(journal, &settings, &subscriptions);
	if (result < 0) {
		if (sink)
			sink->kind->close(sink);
		settings_fini(&settings);
		return result;
	}
	sink_replace(journal, sink);
	if (subscriptions) {
		subscriptions_drop(journal, journal->subscriptions, journal->subscription_count);
		journal->subscriptions = subscriptions;
		journal->subscription_count = settings.pattern_count;
	}
	settings_replace(journal, &settings);
	return 0;
}

static void dropped_set(struct journal *journal, const char *pattern, uint64_t dropped)
{
	for (size_t i = 0; i < journal->subscription_count; i++)
		if (strcmp(journal->subscriptions[i].pattern, pattern) == 0)
			journal->subscriptions[i].dropped = dropped;
}

static bool state_read(struct journal *journal, const struct corbel_state *state)
{
	struct corbel_state_reader reader = { state->bytes, state->byte_count };
	uint32_t count;
	int32_t warning;

	if (!corbel_state_take(&reader, &journal->lost, sizeof(journal->lost)) ||
	    !corbel_state_take(&reader, &warning, sizeof(warning)) || warning > 0 ||
	    !corbel_state_take(&reader, &count, sizeof(count)))
		return false;
	journal->warning = warning;
	for (uint32_t i = 0; i < count; i++) {
		const char *pattern = corbel_state_take_text(&reader);
		uint64_t dropped;

		if (!pattern || !corbel_state_take(&reader, &dropped, sizeof(dropped)))
			return false;
		dropped_set(journal, pattern, dropped);
	}
	return reader.left == 0;
}

/* The target is opened anew: the old version may have rotated the file since start() did. */
static int restore(void *self, const struct corbel_state *state)
{
	struct journal *journal = self;
	struct sink *sink;
	int result = sink_open(journal, &journal->settings, &sink);

	if (result < 0)
		return result;
	sink_replace(journal, sink);
	if (state_read(journal, state)) {
		commit(journal);
		return 0;
	}
	corbel_explain(journal->context,
		       "cannot take over the saved state: %s (`corbelctl restart %s` begins "
		       "without it)",
		       strerrordesc_np(EBADMSG), corbel_name(journal->context));
	return -EBADMSG;
}

CORBEL_PLUGIN(.start = start, .stop = stop, .save = save, .restore = restore,
	      .configure = configure);
