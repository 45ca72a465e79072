/* SPDX-License-Identifier: MIT */
/* The application: raises and clears alerts by rules on sensors, and keeps their history. */
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <corbel/plugin.h>

#include "corbel.rules.h"
#include "corbel.sensors.h"
#include "history.h"
#include "listing.h"
#include "ruleset.h"
#include "state.h"

#define TICK CORBEL_SECOND
#define MISSED_AFTER (60 * CORBEL_SECOND) /* a rule without a sensor is told of */
#define QUEUE_DEPTH 1024u                 /* several rounds of all sensors of a large machine */

struct rules {
	struct corbel_context *context;
	struct corbel_timer *timer;
	struct corbel_subscription *subscription;
	struct corbel_rules_raised_topic *raised;
	struct corbel_rules_cleared_topic *cleared;
	struct history history;
	/* Only the strand changes it, so that only its changes and the readers of list() lock. */
	struct ruleset set;
	pthread_mutex_t lock;
	struct ruleset left; /* of the version before this one, until what it raised is over */
};

static int64_t epoch_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * CORBEL_SECOND + now.tv_nsec;
}

static struct alert alert_of(const struct watch *watch, const struct monitor *monitor)
{
	return (struct alert){
		.rule = watch->rule.name,
		.sensor = monitor->sensor,
		.expression = watch->rule.expression,
		.value = monitor->alarming,
		.raised = monitor->raised,
	};
}

static void publish_raised(struct rules *rules, const struct alert *alert, int64_t since)
{
	struct corbel_rules_raised event = {
		.rule = alert->rule,
		.sensor = alert->sensor,
		.expression = alert->expression,
		.value = alert->value,
		.at = alert->raised,
		.since = since,
	};

	(void)corbel_rules_raised_publish(rules->raised, &event);
}

static void alert_begins(struct rules *rules, const struct alert *alert, int64_t since)
{
	corbel_log(rules->context, CORBEL_WARNING, "alert %s: %s is %g (%s)", alert->rule,
		   alert->sensor, alert->value, alert->expression);
	publish_raised(rules, alert, since);
	history_put(&rules->history, alert);
}

/* `value` is the last one known. */
static void alert_ends(struct rules *rules, const struct alert *alert, double value, int64_t at)
{
	struct alert ended = *alert;
	struct corbel_rules_cleared event = {
		.rule = alert->rule,
		.sensor = alert->sensor,
		.value = value,
		.at = at,
		.raised = alert->raised,
	};

	ended.cleared = at;
	ended.is_stored = true; /* unless it still waits to be, which history knows */
	corbel_log(rules->context, CORBEL_NOTICE, "alert %s is over: %s is %g (%s)", alert->rule,
		   alert->sensor, value, alert->expression);
	(void)corbel_rules_cleared_publish(rules->cleared, &event);
	history_put(&rules->history, &ended);
}

static int save(void *self, struct corbel_state *state)
{
	const struct rules *rules = self;

	return state_write(rules->context, state, &rules->set, &rules->history);
}

/* After a fault it goes on from here, and raises nothing twice. [strand] */
static void commit(struct rules *rules)
{
	(void)corbel_commit_saved(rules->context, RULES_STATE, save, rules);
}

static void monitor_turned(struct rules *rules, const struct watch *watch,
			   const struct monitor *monitor, enum monitor_turn turn, int64_t at)
{
	struct alert alert = alert_of(watch, monitor);

	if (turn == MONITOR_RAISES)
		alert_begins(rules, &alert, monitor->since);
	else if (turn == MONITOR_CLEARS)
		alert_ends(rules, &alert, monitor->value, at);
	if (turn != MONITOR_STAYS)
		commit(rules);
}

/* Says once that a rule has more sensors than it can watch. */
static void overflow_report(struct rules *rules, struct watch *watch, const char *sensor)
{
	if (watch->is_told_of)
		return;
	watch->is_told_of = true;
	corbel_log(rules->context, CORBEL_ERROR,
		   "rule %s does not watch %.80s: a rule watches at most %u sensors with names of "
		   "at most %u bytes (narrow the rule down)",
		   watch->rule.name, sensor, RULESET_MONITORS_MAX, RULESET_SENSOR_MAX);
}

static void watch_sample(struct rules *rules, struct watch *watch,
			 const struct corbel_sensors_sample *sample, int64_t now)
{
	enum monitor_turn turn = MONITOR_STAYS;

	pthread_mutex_lock(&rules->lock);

	struct monitor *monitor = watch_monitor(watch, sample->name);

	if (monitor)
		turn = monitor_sample(monitor, &watch->rule, sample->value, sample->at, now);
	pthread_mutex_unlock(&rules->lock);
	if (monitor)
		monitor_turned(rules, watch, monitor, turn, sample->at);
	else
		overflow_report(rules, watch, sample->name);
}

static void sample_arrived(void *data, const struct corbel_sensors_sample *sample)
{
	struct rules *rules = data;
	int64_t now = corbel_now(rules->context);

	if (!sample->name || !isfinite(sample->value) || !history_is_ready(&rules->history))
		return;
	for (size_t i = 0; i < rules->set.count; i++)
		if (rule_covers(&rules->set.watches[i].rule, sample->name))
			watch_sample(rules, &rules->set.watches[i], sample, now);
}

/* Says once that nothing has come for a rule, whose sensor may be misspelt. */
static void absence_report(struct rules *rules, struct watch *watch, int64_t now)
{
	if (watch->count > 0 || watch->is_told_of || now - watch->begun < MISSED_AFTER)
		return;
	watch->is_told_of = true;
	corbel_log(rules->context, CORBEL_WARNING,
		   "rule %s has no data: no sample of corbel.sensors.%s in the first %d seconds "
		   "(`corbelctl events corbel.sensors.*` shows the names there are)",
		   watch->rule.name, watch->rule.sensor, (int)(MISSED_AFTER / CORBEL_SECOND));
}

static void time_passed(void *data)
{
	struct rules *rules = data;
	int64_t now = corbel_now(rules->context), epoch = epoch_now();

	for (size_t i = 0; i < rules->set.count; i++) {
		struct watch *watch = &rules->set.watches[i];

		absence_report(rules, watch, now);
		for (size_t j = 0; j < watch->count; j++) {
			pthread_mutex_lock(&rules->lock);

			enum monitor_turn turn =
				monitor_tick(&watch->monitors[j], &watch->rule, now, epoch);

			pthread_mutex_unlock(&rules->lock);
			monitor_turned(rules, watch, &watch->monitors[j], turn, epoch);
		}
	}
	commit(rules);
}

/* The monitor that an alert of an earlier run belongs to; NULL: its rule is gone, or another. */
static struct monitor *monitor_of(struct rules *rules, const struct alert *alert,
				  struct watch **watch)
{
	*watch = ruleset_find(&rules->set, alert->rule);
	if (!*watch || strcmp((*watch)->rule.expression, alert->expression) != 0)
		return NULL;
	return watch_monitor(*watch, alert->sensor);
}

/*
 * An alert that an earlier run has left raised goes on, and is published again: who subscribes now
 * may not have heard of it.
 */
static void alert_resumed(void *data, const struct alert *alert)
{
	struct rules *rules = data;
	int64_t now = corbel_now(rules->context), anew = 0;
	enum monitor_turn turn = MONITOR_CLEARS;
	struct watch *watch;

	pthread_mutex_lock(&rules->lock);

	struct monitor *monitor = monitor_of(rules, alert, &watch);

	if (monitor && monitor->state == MONITOR_RAISED)
		anew = monitor->raised;
	else if (monitor)
		turn = monitor_resume(monitor, &watch->rule, alert->value, alert->raised, now);
	pthread_mutex_unlock(&rules->lock);
	if (anew) {
		/* It was raised before the store was there, and goes on as that. */
		struct alert ended = *alert;

		ended.cleared = anew > alert->raised ? anew : alert->raised;
		history_put(&rules->history, &ended);
	} else if (turn == MONITOR_CLEARS) {
		alert_ends(rules, alert, monitor ? monitor->value : alert->value, epoch_now());
	} else {
		corbel_log(rules->context, CORBEL_NOTICE, "alert %s on %s goes on (%s)",
			   alert->rule, alert->sensor, alert->expression);
		publish_raised(rules, alert, alert->raised);
	}
}

static int list(void *self, struct corbel_rules_rule **out, size_t *count)
{
	struct rules *rules = self;
	struct corbel_rules_rule *made = NULL;
	size_t made_count = 0;

	pthread_mutex_lock(&rules->lock);

	int result = listing_of_rules(rules->context, &rules->set, &made, &made_count);

	pthread_mutex_unlock(&rules->lock);
	if (result < 0) {
		corbel_rules_rules_free(rules->context, made, made_count);
		return result;
	}
	*out = made;
	*count = made_count;
	return 0;
}

static int history(void *self, int64_t from, uint32_t limit, struct corbel_rules_alert **out,
		   size_t *count, bool *complete)
{
	struct rules *rules = self;
	struct alert **alerts;
	bool is_complete;
	size_t found;

	if (limit == 0 || limit > HISTORY_READ_MAX)
		limit = HISTORY_READ_MAX;

	int result = history_read(&rules->history, from, limit, &alerts, &found, &is_complete);

	if (result < 0)
		return result;
	result = listing_of_alerts(rules->context, alerts, found, out);
	history_free_read(alerts, found);
	if (result == 0) {
		*count = found;
		*complete = is_complete;
	}
	return result;
}

static const struct corbel_rules_methods methods = { .size = sizeof(methods),
						     .list = list,
						     .history = history };

static void rules_free(struct rules *rules)
{
	ruleset_fini(&rules->set);
	ruleset_fini(&rules->left);
	pthread_mutex_destroy(&rules->lock);
	free(rules);
}

static size_t setting(struct corbel_context *context, const char *key)
{
	return (size_t)corbel_config_integer(context, key);
}

static int rules_begin(struct rules *rules)
{
	static const struct corbel_subscriber options = { .depth = QUEUE_DEPTH };
	struct corbel_context *context = rules->context;
	int result = corbel_rules_raised_open(context, NULL, &rules->raised);

	if (result == 0)
		result = corbel_rules_cleared_open(context, NULL, &rules->cleared);
	if (result == 0)
		result = corbel_timer_start(context, TICK, TICK, time_passed, rules, &rules->timer);
	if (result == 0)
		result = corbel_sensors_sample_subscribe(context, NULL, &options, sample_arrived,
							 rules, &rules->subscription);
	if (result == 0)
		result = corbel_rules_provide(context, &methods, rules, NULL, NULL);
	return result;
}

/* Gives back all that could call in here but the methods, which the host has taken back. */
static void rules_end(struct rules *rules)
{
	struct corbel_context *context = rules->context;

	corbel_unsubscribe(context, rules->subscription);
	corbel_timer_stop(context, rules->timer);
	history_stop(&rules->history);
	corbel_rules_cleared_close(context, rules->cleared);
	corbel_rules_raised_close(context, rules->raised);
}

static int start(struct corbel_context *context, void **self)
{
	struct rules *rules = calloc(1, sizeof(*rules));

	if (!rules)
		return -ENOMEM;
	rules->context = context;
	pthread_mutex_init(&rules->lock, NULL);

	int result = ruleset_read(&rules->set, context);

	if (result == 0)
		result = history_start(&rules->history, context, setting(context, "history"),
				       setting(context, "pending"), alert_resumed, rules);
	if (result < 0) {
		rules_free(rules);
		return result;
	}
	result = rules_begin(rules);
	if (result < 0) {
		rules_end(rules);
		rules_free(rules);
		return result;
	}
	if (rules->set.count == 0)
		corbel_log(context, CORBEL_NOTICE,
			   "there is no rule yet: add one to [plugin %s], as in "
			   "cpu = corbel.sensors.cpu.busy > 90 for 5s",
			   corbel_name(context));
	*self = rules;
	return 0;
}

static void stop(void *self, enum corbel_stop_reason reason)
{
	struct rules *rules = self;

	/* On to the next version, or from the one that goes on, they are in the state. */
	if (rules->history.queue.count > 0 && reason != CORBEL_STOP_REPLACED &&
	    reason != CORBEL_STOP_FAILED)
		corbel_log(rules->context, CORBEL_WARNING,
			   "stops with %zu alerts that corbel.store did not take",
			   rules->history.queue.count);
	rules_end(rules);
	rules_free(rules);
}

/* What a rule raised that is no more, is over with it. */
static void ruleset_retire(struct rules *rules, struct ruleset *set)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct watch *watch = &set->watches[i];

		for (size_t j = 0; j < watch->count; j++)
			if (watch->monitors[j].state == MONITOR_RAISED)
				monitor_turned(rules, watch, &watch->monitors[j], MONITOR_CLEARS,
					       epoch_now());
	}
	ruleset_fini(set);
}

static void left_retire(void *data)
{
	struct rules *rules = data;

	ruleset_retire(rules, &rules->left);
}

/* What rules have left that are no more, is retired when this version serves. */
static int restore(void *self, const struct corbel_state *state)
{
	struct rules *rules = self;
	struct corbel_context *context = rules->context;
	int result = state_read(state, &rules->left, &rules->history);

	if (result == 0) {
		ruleset_inherit(&rules->set, &rules->left);
		result = corbel_post(context, left_retire, rules);
	}
	if (result == 0)
		commit(rules);
	else
		corbel_explain(context,
			       "cannot take over the saved state: %s (`corbelctl restart %s` "
			       "begins without it)",
			       strerrordesc_np(-result), corbel_name(context));
	return result;
}

static int configure(void *self)
{
	struct rules *rules = self;
	struct ruleset set;
	int result = ruleset_read(&set, rules->context);

	if (result < 0)
		return result;
	result = history_resize(&rules->history, setting(rules->context, "history"),
				setting(rules->context, "pending"));
	if (result < 0) {
		corbel_explain(rules->context, "no memory for that many pending alerts");
		ruleset_fini(&set);
		return result;
	}
	pthread_mutex_lock(&rules->lock);
	ruleset_inherit(&set, &rules->set);

	struct ruleset old = rules->set;

	rules->set = set;
	pthread_mutex_unlock(&rules->lock);
	ruleset_retire(rules, &old);
	return 0;
}

CORBEL_PLUGIN(.start = start, .stop = stop, .save = save, .restore = restore,
	      .configure = configure);
