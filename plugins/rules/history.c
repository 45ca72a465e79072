/* SPDX-License-Identifier: MIT */
/* The history of alerts: written to corbel.store as they come. */
#include "history.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define BATCH 32                  /* writes, or removals, before samples get their turn */
#define GRACE (2 * CORBEL_SECOND) /* for a store that starts beside us */
#define RETRY_AFTER (5 * CORBEL_SECOND)

static void step(void *data);

/* The next step takes the place of one that is due already. */
static void step_later(struct history *history, int64_t delay)
{
	corbel_timer_stop(history->context, history->timer);
	history->timer = NULL;

	int result = corbel_timer_start(history->context, delay, 0, step, history, &history->timer);

	if (result < 0)
		corbel_log(history->context, CORBEL_ERROR,
			   "no timer for the history: %s; it goes on with the next alert",
			   strerrordesc_np(-result));
}

static void publish(struct history *history)
{
	struct corbel_rules_recording event = {
		.paused = history->is_paused,
		.pending = history->queue.count,
	};

	(void)corbel_rules_recording_publish(history->topic, &event);
}

static void pause_history(struct history *history, int reason)
{
	if (history->is_paused)
		return;
	history->is_paused = true;
	history->written = 0;
	history->queue.dropped = 0;
	corbel_log(history->context, CORBEL_NOTICE,
		   "history is paused (corbel.store %s%s); %zu alerts wait, the oldest are dropped "
		   "beyond %zu",
		   reason == -ENOTCONN ? "is not there" : "fails: ",
		   reason == -ENOTCONN ? "" : strerrordesc_np(-reason), history->queue.count,
		   history->queue.capacity);
	publish(history);
}

static void continue_history(struct history *history)
{
	if (!history->is_paused)
		return;
	history->is_paused = false;
	corbel_log(history->context, CORBEL_NOTICE,
		   "history continues, %" PRIu64 " alerts written, %" PRIu64 " were dropped",
		   history->written, history->queue.dropped);
	publish(history);
}

static void pop(struct history *history)
{
	pthread_mutex_lock(&history->lock);
	queue_pop(&history->queue);
	pthread_mutex_unlock(&history->lock);
}

static bool can_never_be_stored(int result)
{
	return result == -EINVAL || result == -ENAMETOOLONG || result == -EFBIG;
}

static int write_oldest(struct history *history)
{
	const struct alert *alert = queue_at(&history->queue, 0);
	int result = archive_write(&history->archive, alert);

	if (can_never_be_stored(result))
		corbel_log(history->context, CORBEL_ERROR,
			   "alert %s on %s is not in the history: corbel.store refuses it: %s",
			   alert->rule, alert->sensor, strerrordesc_np(-result));
	else if (result < 0)
		return result;
	else
		history->stored += !alert->is_stored;
	history->written += result == 0;
	pop(history);
	return 0;
}

static size_t surplus(const struct history *history)
{
	return history->stored > history->limit ? history->stored - history->limit : 0;
}

static int trim(struct history *history)
{
	size_t count = surplus(history), removed;

	if (count == 0)
		return 0;

	int result =
		archive_remove_oldest(&history->archive, count < BATCH ? count : BATCH, &removed);

	/* Where nothing is left to remove somebody else did. */
	history->stored = result == 0 && removed == 0 ? 0 : history->stored - removed;
	return result;
}

/* Alerts that are held on to, and how many were seen. */
struct collection {
	struct alert **items;
	size_t count;
	size_t capacity;
	size_t seen;
	bool only_raised;
	bool is_short_of_memory;
};

static bool collect(void *data, const struct alert *alert)
{
	struct collection *collection = data;

	collection->seen++;
	if (collection->only_raised && alert->cleared)
		return true;
	if (collection->count == collection->capacity) {
		size_t capacity = collection->capacity * 2 + 16;
		struct alert **items =
			reallocarray(collection->items, capacity, sizeof(*collection->items));

		collection->is_short_of_memory = !items;
		if (!items)
			return false;
		collection->items = items;
		collection->capacity = capacity;
	}

	struct alert *copy = alert_copy(alert);

	collection->is_short_of_memory = !copy;
	if (copy)
		collection->items[collection->count++] = copy;
	return copy != NULL;
}

void history_free_read(struct alert **alerts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		alert_free(alerts[i]);
	free(alerts);
}

/* What `resume` puts into the history at once is written after this. */
static void resume(struct history *history, const struct collection *raised)
{
	if (history->is_resumed)
		return;
	history->is_resumed = true;
	for (size_t i = 0; i < raised->count; i++)
		history->resume(history->data, raised->items[i]);
}

/* Looks at what the store holds: how much, and what was left raised. */
static int survey(struct history *history)
{
	struct collection raised = { .only_raised = true };
	size_t unreadable;
	int result = archive_visit(&history->archive, 0, collect, &raised, &unreadable);

	if (raised.is_short_of_memory)
		result = -ENOMEM;
	if (result == 0) {
		history->stored = raised.seen + unreadable;
		history->is_surveyed = true;
		if (unreadable > 0)
			corbel_log(history->context, CORBEL_WARNING,
				   "%zu records below the key %s are none of rules and passed over",
				   unreadable, history->archive.prefix);
		resume(history, &raised);
	}
	history_free_read(raised.items, raised.count);
	return result;
}

/* Writes what waits. Done, or to be continued by the timer. */
static void catch_up(struct history *history)
{
	int result = history->is_surveyed ? 0 : survey(history);

	for (int i = 0; result == 0 && history->queue.count > 0 && i < BATCH; i++)
		result = write_oldest(history);
	if (result == 0)
		result = trim(history);
	if (result < 0) {
		pause_history(history, result);
		step_later(history, RETRY_AFTER);
	} else if (history->queue.count > 0 || surplus(history) > 0) {
		step_later(history, 0);
	} else {
		continue_history(history);
	}
}

static void step(void *data)
{
	struct history *history = data;

	corbel_timer_stop(history->context, history->timer);
	history->timer = NULL;
	if (history->is_bound)
		catch_up(history);
	else
		pause_history(history, -ENOTCONN);
}

static void store_changed(void *data, bool is_bound)
{
	struct history *history = data;

	if (is_bound == history->is_bound)
		return;
	history->is_bound = is_bound;
	/* Another store may be behind the use when it is bound again. */
	history->is_surveyed = false;
	step_later(history, 0);
}

int history_start(struct history *history, struct corbel_context *context, size_t limit,
		  size_t pending, void (*resumed)(void *data, const struct alert *alert),
		  void *data)
{
	struct corbel_use_options options = { .size = sizeof(options),
					      .changed = store_changed,
					      .data = history };
	struct corbel_topic_options retained = { .size = sizeof(retained), .retain = 1 };

	*history = (struct history){
		.context = context, .limit = limit, .resume = resumed, .data = data
	};

	int result = queue_init(&history->queue, pending);

	if (result < 0) {
		corbel_explain(context, "no memory for %zu pending alerts (lower pending)",
			       pending);
		return result;
	}
	pthread_mutex_init(&history->lock, NULL);
	result = corbel_rules_recording_open(context, &retained, &history->topic);
	/* Before the store is asked for, whose answer may want another time. */
	step_later(history, GRACE);
	if (result == 0)
		result = archive_init(&history->archive, context, &options);
	if (result < 0)
		history_stop(history);
	return result;
}

void history_stop(struct history *history)
{
	corbel_timer_stop(history->context, history->timer);
	archive_fini(&history->archive);
	corbel_rules_recording_close(history->context, history->topic);
	queue_fini(&history->queue);
	pthread_mutex_destroy(&history->lock);
}

int history_resize(struct history *history, size_t limit, size_t pending)
{
	pthread_mutex_lock(&history->lock);

	int result = queue_resize(&history->queue, pending);

	pthread_mutex_unlock(&history->lock);
	if (result < 0)
		return result;
	history->limit = limit;
	if (history->is_bound && !history->timer)
		step_later(history, 0);
	return 0;
}

bool history_is_ready(const struct history *history)
{
	return history->is_resumed || history->is_paused;
}

void history_put(struct history *history, const struct alert *alert)
{
	pthread_mutex_lock(&history->lock);

	int result = queue_add(&history->queue, alert);

	pthread_mutex_unlock(&history->lock);
	if (result < 0)
		corbel_log(history->context, CORBEL_ERROR,
			   "no memory for alert %s on %s: it is not in the history", alert->rule,
			   alert->sensor);
	else if (history->is_bound && !history->timer)
		catch_up(history);
}

static bool is_pending(const struct collection *pending, const struct alert *alert)
{
	for (size_t i = 0; i < pending->count; i++)
		if (alert_compare(pending->items[i], alert) == 0)
			return true;
	return false;
}

struct reading {
	struct collection found;
	const struct collection *pending;
	size_t limit;
};

static bool read_one(void *data, const struct alert *alert)
{
	struct reading *reading = data;

	if (is_pending(reading->pending, alert))
		return true;
	return collect(&reading->found, alert) && reading->found.count < reading->limit;
}

static int order(const void *a, const void *b)
{
	return alert_compare(*(struct alert *const *)a, *(struct alert *const *)b);
}

/* In memory is the newer state of an alert that is in both. */
static void collect_pending(struct history *history, int64_t from, struct collection *pending)
{
	pthread_mutex_lock(&history->lock);
	for (size_t i = 0; i < history->queue.count; i++) {
		const struct alert *alert = queue_at(&history->queue, i);

		if (alert->raised >= from && !collect(pending, alert))
			break;
	}
	pthread_mutex_unlock(&history->lock);
}

int history_read(struct history *history, int64_t from, size_t limit, struct alert ***alerts,
		 size_t *count, bool *complete)
{
	struct collection pending = { 0 };
	struct reading reading = { .pending = &pending, .limit = limit };
	size_t unreadable;

	collect_pending(history, from, &pending);

	int result = archive_visit(&history->archive, from, read_one, &reading, &unreadable);

	for (size_t i = 0; i < pending.count; i++)
		if (!collect(&reading.found, pending.items[i]))
			break;
	history_free_read(pending.items, pending.count);
	if (pending.is_short_of_memory || reading.found.is_short_of_memory) {
		history_free_read(reading.found.items, reading.found.count);
		return -ENOMEM;
	}
	if (reading.found.count > 1)
		qsort(reading.found.items, reading.found.count, sizeof(*reading.found.items),
		      order);
	for (; reading.found.count > limit; reading.found.count--)
		alert_free(reading.found.items[reading.found.count - 1]);
	*alerts = reading.found.items;
	*count = reading.found.count;
	*complete = result == 0;
	return 0;
}
