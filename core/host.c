/* SPDX-License-Identifier: MIT */
/* Making, driving and ending a host: <corbel/host.h>. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "graph.h"
#include "host_context.h"
#include "instance.h"
#include "lifecycle.h"
#include "reconfigure.h"
#include "reload.h"
#include "steps.h"
#include "watchdog.h"

#ifndef CORBEL_VERSION
#define CORBEL_VERSION "0.1.0"
#endif

const char *corbel_host_version(void)
{
	return CORBEL_VERSION;
}

int64_t host_wall_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * CORBEL_SECOND + now.tv_nsec;
}

struct plugin *host_find(const struct corbel_host *host, const char *name)
{
	for (size_t i = 0; i < host->plugin_count; i++)
		if (strcmp(host->plugins[i]->name, name) == 0)
			return host->plugins[i];
	return NULL;
}

bool host_has(struct corbel_host *host, const char *name)
{
	pthread_mutex_lock(&host->roster);
	bool found = host_find(host, name);
	pthread_mutex_unlock(&host->roster);
	return found;
}

void host_complain(struct corbel_host *host, const char *text)
{
	if (host->complain)
		host->complain(host->data, text);
	else
		log_host(&host->log, CORBEL_ERROR, "%s", text);
}

static void advance(struct source *source)
{
	lifecycle_advance(container_of(source, struct corbel_host, advance));
}

static unsigned workers_for(const struct corbel_host *host,
			    const struct corbel_host_options *options)
{
	if (options->workers >= 0)
		return (unsigned)options->workers;
	if (host->settings->workers > 0)
		return (unsigned)host->settings->workers;
	return (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
}

static int make_parts(struct corbel_host *host, const struct corbel_host_options *options)
{
	int result;

	host->catalogue = catalogue_new();
	result = host->catalogue ? loop_new(workers_for(host, options), &host->loop) : -ENOMEM;
	if (result == 0)
		result = registry_new(host->catalogue, &host->registry);
	if (result == 0)
		result = bus_new(host->loop, host->catalogue, &host->bus);
	if (result < 0)
		return result;
	source_init(&host->advance, loop_control(host->loop), advance);
	registry_listen(host->registry, lifecycle_offers_changed, host);
	result = instance_new_program(host, &host->program);
	return result < 0 ? result : watchdog_new(host, &host->watchdog);
}

static int keep_options(struct corbel_host *host, const struct corbel_host_options *options)
{
	host->flags = options->flags;
	host->complain = options->complain;
	host->data = options->data;
	host->vouch = options->vouch;
	host->file = options->file ? strdup(options->file) : NULL;
	host->text = options->text && !options->file ? strdup(options->text) : NULL;
	host->overrides = calloc(options->override_count + 1, sizeof(*host->overrides));
	if (!host->overrides || (options->file && !host->file) ||
	    (options->text && !options->file && !host->text))
		return -ENOMEM;
	for (; host->override_count < options->override_count; host->override_count++) {
		char *copy = strdup(options->overrides[host->override_count]);

		if (!copy)
			return -ENOMEM;
		host->overrides[host->override_count] = copy;
	}
	return 0;
}

static int load(struct corbel_host *host, const struct corbel_host_options *options,
		struct corbel_error *error)
{
	int result = reconfigure_load(host, &host->settings, error);

	if (result < 0)
		return result;
	host->log.level = host->settings->log.level;
	result = make_parts(host, options);
	if (result < 0)
		return error_set(error, result, "cannot make a host: %s", strerror(-result));
	return reconfigure_first(host, error);
}

int corbel_host_new(const struct corbel_host_options *options, struct corbel_host **out,
		    struct corbel_error *error)
{
	struct corbel_host *host;
	int result;

	if (options->size < sizeof(*options))
		return error_set(error, -EINVAL,
				 "corbel_host_options.size is %u, this library needs %zu",
				 options->size, sizeof(*options));
	host = calloc(1, sizeof(*host));
	if (!host)
		return error_set(error, -ENOMEM, "out of memory");
	pthread_mutex_init(&host->roster, NULL);
	TAILQ_INIT(&host->reloads);
	log_init(&host->log, options->log, options->data);
	result = keep_options(host, options);
	if (result < 0)
		error_set(error, result, "out of memory");
	else
		result = load(host, options, error);
	if (result < 0) {
		corbel_host_free(host);
		return result;
	}
	*out = host;
	return 0;
}

static void free_parts(struct corbel_host *host)
{
	bool all_ended = host->abandoned == 0;

	if (host->loop) {
		watchdog_free(host->watchdog);
		source_fini(&host->advance);
		instance_free(host->program, NULL);
	}
	for (size_t i = 0; i < host->plugin_count; i++)
		if (!host->plugins[i]->instance && host->plugins[i]->retiring == 0)
			plugin_free(host->plugins[i]);
	/*
	 * What an abandoned thread may still touch stays: it is reported, and the process is about
	 * to end.
	 */
	if (!all_ended)
		return;
	strand_free(host->reloader);
	bus_free(host->bus);
	registry_free(host->registry);
	loop_free(host->loop);
	catalogue_free(host->catalogue);
	reconfigure_free(host);
}

void corbel_host_free(struct corbel_host *host)
{
	if (!host)
		return;
	if (host->loop) {
		corbel_host_stop(host);
		corbel_host_settle(host, host->settings->start_timeout +
						 host->settings->stop_timeout *
							 (int64_t)(host->plugin_count + 1));
		for (size_t i = 0; i < host->plugin_count; i++)
			if (host->plugins[i]->instance &&
			    host->plugins[i]->state != CORBEL_PLUGIN_ZOMBIE)
				steps_abandon(host->plugins[i], "the host ended before it did");
		host->abandoned += host->retiring + !TAILQ_EMPTY(&host->reloads);
	}
	free_parts(host);
	ghosts_fini(&host->ghosts);
	if (host->abandoned)
		return;
	while (host->monitors) {
		struct corbel_host_monitor *monitor = host->monitors;

		host->monitors = monitor->next;
		free(monitor);
	}
	for (size_t i = 0; i < host->override_count; i++)
		free(host->overrides[i]);
	free(host->overrides);
	free(host->file);
	free(host->text);
	free(host->plugins);
	log_fini(&host->log);
	pthread_mutex_destroy(&host->roster);
	free(host);
}

void corbel_host_start(struct corbel_host *host)
{
	host->is_started = true;
	for (size_t i = 0; i < host->plugin_count; i++) {
		const struct plugin_settings *settings = host->plugins[i]->settings;

		host->plugins[i]->wanted =
			settings->enabled && settings->activate == SETTINGS_ACTIVATE_AUTO;
	}
	lifecycle_wake(host);
}

void corbel_host_stop(struct corbel_host *host)
{
	host->is_stopping = true;
	reload_hurry(host);
	lifecycle_wake(host);
}

bool corbel_host_is_settled(const struct corbel_host *host)
{
	return lifecycle_is_settled(host);
}

int corbel_host_settle(struct corbel_host *host, int64_t timeout)
{
	int64_t end = timeout < 0 ? INT64_MAX : frame_now() + timeout;

	/* One pass first: what was asked for may not have begun. */
	for (;;) {
		int64_t left = end - frame_now();
		int result;

		lifecycle_advance(host);
		if (corbel_host_is_settled(host))
			return 0;
		if (left <= 0)
			return -ETIMEDOUT;
		result = loop_dispatch(host->loop, timeout < 0 ? -1 : left);
		if (result < 0 && result != -EINTR)
			return result;
	}
}

int corbel_host_descriptor(const struct corbel_host *host)
{
	return loop_descriptor(host->loop);
}

int corbel_host_dispatch(struct corbel_host *host, int64_t timeout)
{
	return loop_dispatch(host->loop, timeout);
}

int corbel_host_post(struct corbel_host *host, void (*run)(void *data), void *data)
{
	return strand_post(loop_control(host->loop), NULL, run, data);
}

static int refuse(void (*done)(void *data, int result, const char *words), void *data, int result,
		  const char *words)
{
	if (done)
		done(data, result, words);
	return result;
}

static void ignore(void *data, int result, const char *words)
{
	(void)data;
	(void)result;
	(void)words;
}

int corbel_host_request(struct corbel_host *host, uint32_t request, const char *name,
			void (*done)(void *data, int result, const char *words), void *data)
{
	struct plugin *plugin = host_find(host, name);
	struct plugin_waiter *waiter;

	if (!plugin)
		return refuse(done, data, -ENOENT,
			      "no plugin of that name is in the configuration");
	if (request < CORBEL_REQUEST_START || request > CORBEL_REQUEST_RELOAD)
		return refuse(done, data, -EOPNOTSUPP,
			      "a plugin can be started, stopped, restarted and reloaded");
	if (request == CORBEL_REQUEST_RELOAD)
		return reload_request(plugin, done ? done : ignore, data);
	waiter = calloc(1, sizeof(*waiter));
	if (!waiter)
		return refuse(done, data, -ENOMEM, "out of memory");
	waiter->done = done ? done : ignore;
	waiter->data = data;
	waiter->request = request;
	lifecycle_request(plugin, request, waiter);
	return 0;
}
