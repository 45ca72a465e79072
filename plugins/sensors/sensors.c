/* SPDX-License-Identifier: MIT */
/*
 * The machine as a plugin: reads its sensors once a period, answers for them, and publishes what
 * they said.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <corbel/plugin.h>

#include "corbel.sensors.h"
#include "reading.h"
#include "settings.h"
#include "source.h"
#include "state.h"

struct sensors {
	struct corbel_context *context;
	struct corbel_timer *timer;
	struct corbel_provision *provision;
	struct corbel_sensors_sample_topic *topic;
	struct settings settings;
	struct source *sources[SETTINGS_SOURCES_MAX];
	size_t source_count;
	/*
	 * Only the strand writes, and only into the table that is not shown; `lock` covers the
	 * change of tables, so that it is never held while files are read or events published.
	 */
	struct readings tables[2];
	const struct readings *shown;
	pthread_mutex_t lock;
};

static int64_t epoch_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * CORBEL_SECOND + now.tv_nsec;
}

/* Says what is wrong when it begins and when it ends, not once a period. */
static void fault_report(struct sensors *sensors, struct source *source, int result)
{
	if (result < 0 && source->error != result)
		corbel_log(sensors->context, CORBEL_WARNING,
			   "%s: %s; tried again every period, and all else goes on (take %s out "
			   "of groups to do without)",
			   source->kind->name, source->fault, source->kind->name);
	else if (result == 0 && source->error < 0)
		corbel_log(sensors->context, CORBEL_NOTICE, "%s: can be read again",
			   source->kind->name);
	source->error = result;
}

/* One round: a fresh table beside the one that is shown, then the change. [strand] */
static void round_read(struct sensors *sensors)
{
	struct readings *fresh = &sensors->tables[sensors->shown == &sensors->tables[0]];
	int64_t now = corbel_now(sensors->context);

	readings_clear(fresh, epoch_now());
	for (size_t i = 0; i < sensors->source_count; i++) {
		struct source *source = sensors->sources[i];

		fault_report(sensors, source, source->kind->read(source, fresh, now));
	}
	if (fresh->lost > 0)
		corbel_log(sensors->context, CORBEL_WARNING,
			   "no memory for %zu sensors in this period", fresh->lost);
	pthread_mutex_lock(&sensors->lock);
	sensors->shown = fresh;
	pthread_mutex_unlock(&sensors->lock);
}

/* Only the strand changes `shown`, so it needs no lock to read it. [strand] */
static void round_publish(void *data)
{
	const struct sensors *sensors = data;
	const struct readings *readings = sensors->shown;

	for (size_t i = 0; i < readings->count; i++) {
		const struct reading *reading = &readings->items[i];
		struct corbel_sensors_sample sample = {
			.size = sizeof(sample),
			.name = reading->name,
			.value = reading->value,
			.unit = reading->unit,
			.at = readings->at,
		};

		/* The bus counts what subscribers have no room for. */
		if (reading->error == 0)
			(void)corbel_sensors_sample_publish(sensors->topic, &sample);
	}
}

static int save(void *self, struct corbel_state *state)
{
	const struct sensors *sensors = self;

	return state_write(sensors->context, state, sensors->shown, sensors->sources,
			   sensors->source_count);
}

/* After a fault it goes on from here; without, from nothing. [strand] */
static void commit(struct sensors *sensors)
{
	(void)corbel_commit_saved(sensors->context, SENSORS_STATE, save, sensors);
}

static void period_passed(void *data)
{
	round_read(data);
	commit(data);
	round_publish(data);
}

static int list(void *self, struct corbel_sensors_info **out, size_t *count)
{
	struct sensors *sensors = self;
	int result = 0;

	pthread_mutex_lock(&sensors->lock);

	const struct readings *shown = sensors->shown;
	struct corbel_sensors_info *infos =
		corbel_alloc(sensors->context, (shown->count + 1) * sizeof(*infos));
	size_t made = 0;

	for (; infos && made < shown->count; made++) {
		const struct reading *reading = &shown->items[made];

		infos[made] = (struct corbel_sensors_info){
			.name = corbel_strdup(sensors->context, reading->name),
			.unit = reading->unit,
			.summary = corbel_strdup(sensors->context, reading->summary),
		};
		if (!infos[made].name || !infos[made].summary)
			result = -ENOMEM;
	}
	pthread_mutex_unlock(&sensors->lock);
	if (!infos || result < 0) {
		corbel_sensors_infos_free(sensors->context, infos, made);
		return -ENOMEM;
	}
	*out = infos;
	*count = made;
	return 0;
}

static int read_latest(void *self, const char *name, double *value, enum corbel_sensors_unit *unit,
		       int64_t *at)
{
	struct sensors *sensors = self;

	pthread_mutex_lock(&sensors->lock);

	const struct reading *reading = readings_find(sensors->shown, name);
	int result = reading ? reading->error : -ENOENT;

	if (result == 0) {
		*value = reading->value;
		*unit = reading->unit;
		*at = sensors->shown->at;
	}
	pthread_mutex_unlock(&sensors->lock);
	return result;
}

static const struct corbel_sensors_methods methods = { .size = sizeof(methods),
						       .list = list,
						       .read = read_latest };

static void sources_free(struct source **sources, size_t count)
{
	for (size_t i = 0; i < count; i++)
		sources[i]->kind->free(sources[i]);
}

static int sources_make(struct sensors *sensors, const struct settings *settings,
			struct source **sources)
{
	struct machine machine = { settings->proc, settings->sys, settings->loopback };

	for (size_t i = 0; i < settings->kind_count; i++) {
		sources[i] = settings->kinds[i]->make(&machine);
		if (sources[i])
			continue;
		sources_free(sources, i);
		corbel_explain(sensors->context, "no memory to read group %s",
			       settings->kinds[i]->name);
		return -ENOMEM;
	}
	return 0;
}

static void sources_replace(struct sensors *sensors, struct source **sources, size_t count)
{
	sources_free(sensors->sources, sensors->source_count);
	memcpy(sensors->sources, sources, count * sizeof(*sources));
	sensors->source_count = count;
}

static int timer_replace(struct sensors *sensors, int64_t interval)
{
	struct corbel_timer *timer;
	int result = corbel_timer_start(sensors->context, interval, interval, period_passed,
					sensors, &timer);

	if (result < 0) {
		corbel_explain(sensors->context, "no timer: %s", strerrordesc_np(-result));
		return result;
	}
	corbel_timer_stop(sensors->context, sensors->timer);
	sensors->timer = timer;
	return 0;
}

static void sensors_free(struct sensors *sensors)
{
	sources_free(sensors->sources, sensors->source_count);
	readings_fini(&sensors->tables[0]);
	readings_fini(&sensors->tables[1]);
	settings_fini(&sensors->settings);
	pthread_mutex_destroy(&sensors->lock);
	free(sensors);
}

/*
 * The first round is read before anybody can ask, and published when those who start beside us may
 * have subscribed; in the place of another version it is that one's which is shown.
 */
static int sensors_begin(struct sensors *sensors)
{
	struct corbel_context *context = sensors->context;
	int result = settings_read(&sensors->settings, context);

	if (result == 0)
		result = sources_make(sensors, &sensors->settings, sensors->sources);
	if (result < 0)
		return result;
	sensors->source_count = sensors->settings.kind_count;
	result = corbel_sensors_sample_open(context, NULL, &sensors->topic);
	if (result < 0)
		return result;
	round_read(sensors);
	result = timer_replace(sensors, sensors->settings.interval);
	if (result == 0)
		result = corbel_sensors_provide(context, &methods, sensors, NULL,
						&sensors->provision);
	/* Last, since what is posted cannot be taken back. */
	if (result == 0 && !corbel_is_replacement(context))
		result = corbel_post(context, round_publish, sensors);
	return result;
}

static int start(struct corbel_context *context, void **self)
{
	struct sensors *sensors = calloc(1, sizeof(*sensors));

	if (!sensors)
		return -ENOMEM;
	sensors->context = context;
	sensors->shown = &sensors->tables[0];
	pthread_mutex_init(&sensors->lock, NULL);

	int result = sensors_begin(sensors);

	if (result < 0) {
		/* The host takes back all that was made, but only after this memory is gone. */
		corbel_timer_stop(context, sensors->timer);
		corbel_withdraw(context, sensors->provision);
		sensors_free(sensors);
		return result;
	}
	if (!corbel_is_replacement(context))
		commit(sensors);
	*self = sensors;
	return 0;
}

static void stop(void *self, enum corbel_stop_reason reason)
{
	struct sensors *sensors = self;

	(void)reason;
	corbel_timer_stop(sensors->context, sensors->timer);
	corbel_sensors_sample_close(sensors->context, sensors->topic);
	sensors_free(sensors);
}

static int restore(void *self, const struct corbel_state *state)
{
	struct sensors *sensors = self;
	struct readings *shown = &sensors->tables[sensors->shown == &sensors->tables[1]];
	int result = state_read(state, shown, sensors->sources, sensors->source_count);

	if (result == 0)
		commit(sensors);
	else
		corbel_explain(
			sensors->context,
			"cannot take over the saved state: %s (`corbelctl restart %s` begins "
			"without it)",
			strerrordesc_np(-result), corbel_name(sensors->context));
	return result;
}

/* What can fail is made beside the old, so that a failure changes nothing. */
static int settings_apply(struct sensors *sensors, const struct settings *settings)
{
	struct source *sources[SETTINGS_SOURCES_MAX];
	bool is_new = !settings_share_sources(settings, &sensors->settings);
	int result = is_new ? sources_make(sensors, settings, sources) : 0;

	if (result < 0)
		return result;
	if (settings->interval != sensors->settings.interval)
		result = timer_replace(sensors, settings->interval);
	if (is_new && result < 0)
		sources_free(sources, settings->kind_count);
	else if (is_new)
		sources_replace(sensors, sources, settings->kind_count);
	return result;
}

static int configure(void *self)
{
	struct sensors *sensors = self;
	struct settings settings;
	int result = settings_read(&settings, sensors->context);

	if (result < 0)
		return result;
	result = settings_apply(sensors, &settings);
	if (result < 0) {
		settings_fini(&settings);
		return result;
	}
	settings_fini(&sensors->settings);
	sensors->settings = settings;
	return 0;
}

CORBEL_PLUGIN(.start = start, .stop = stop, .save = save, .restore = restore,
	      .configure = configure);
