/* SPDX-License-Identifier: MIT */
/* A plugin that does on request what none must do: in a method, a handler, a callback, a thread. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <corbel/plugin.h>

#include "corbel.faulty.h"
#include "fault.h"

struct faulty {
	struct corbel_context *context;
	struct corbel_faulty *partner; /* NULL: it has none */
	pthread_mutex_t embrace;
	uint64_t count; /* atomic */
};

struct job {
	struct faulty *faulty;
	const struct fault *fault;
};

static int commit(void *self, const char *class)
{
	const struct fault *fault = fault_find(class);
	struct faulty *faulty = self;

	if (!fault)
		return -ENOENT;
	__atomic_add_fetch(&faulty->count, 1, __ATOMIC_RELAXED);
	return fault_commit(fault, faulty->context);
}

/* The job is freed first: whether a fault comes back is not to be known. */
static void run_job(void *data)
{
	struct job job = *(struct job *)data;

	free(data);
	commit(job.faulty, job.fault->name);
}

static void run_job_in_worker(struct corbel_worker *worker, void *data)
{
	(void)worker;
	run_job(data);
}

static int start_timer(struct corbel_context *context, void (*run)(void *data), void *data)
{
	return corbel_timer_start(context, CORBEL_MILLISECOND, 0, run, data, NULL);
}

static void start_worker(void *data)
{
	struct job *job = data;

	if (corbel_worker_start(job->faulty->context, "faulty", run_job_in_worker, job, NULL) < 0)
		free(job);
}

/* `begin` sees to it that `run` gets the job. */
static int give(struct faulty *faulty, const char *class,
		int (*begin)(struct corbel_context *context, void (*run)(void *data), void *data),
		void (*run)(void *data))
{
	const struct fault *fault = fault_find(class);
	struct job *job = fault ? malloc(sizeof(*job)) : NULL;
	int result;

	if (!fault)
		return -ENOENT;
	if (!job)
		return -ENOMEM;
	*job = (struct job){ faulty, fault };
	result = begin(faulty->context, run, job);
	if (result < 0)
		free(job);
	return result;
}

static int queue(void *self, const char *class)
{
	return give(self, class, corbel_post, run_job);
}

static int later(void *self, const char *class)
{
	return give(self, class, start_timer, run_job);
}

/* Threads are started on the strand. */
static int worker(void *self, const char *class)
{
	return give(self, class, corbel_post, start_worker);
}

static int embrace(void *self)
{
	struct faulty *faulty = self;
	int result;

	pthread_mutex_lock(&faulty->embrace);
	result = faulty->partner ? corbel_faulty_embrace(faulty->partner) : 0;
	pthread_mutex_unlock(&faulty->embrace);
	return result;
}

static int classes(void *self, char ***out, size_t *out_count)
{
	struct corbel_context *context = ((struct faulty *)self)->context;
	size_t count = 0, made = 0;
	char **names;

	while (faults[count].name)
		count++;
	names = corbel_alloc(context, count * sizeof(*names));
	if (!names)
		return -ENOMEM;
	while (made < count && (names[made] = corbel_strdup(context, faults[made].name)))
		made++;
	if (made < count) {
		while (made > 0)
			corbel_free(context, names[--made]);
		corbel_free(context, names);
		return -ENOMEM;
	}
	*out = names;
	*out_count = count;
	return 0;
}

static int count(void *self, uint64_t *faults_out)
{
	*faults_out = __atomic_load_n(&((struct faulty *)self)->count, __ATOMIC_RELAXED);
	return 0;
}

static const struct corbel_faulty_methods methods = {
	.size = sizeof(methods),
	.commit = commit,
	.queue = queue,
	.later = later,
	.worker = worker,
	.embrace = embrace,
	.classes = classes,
	.count = count,
};

static void on_direct(void *data, const struct corbel_faulty_direct *event)
{
	commit(data, event->fault);
}

static void on_queued(void *data, const struct corbel_faulty_queued *event)
{
	commit(data, event->fault);
}

/* The fault that a setting asks of the callback that is called as it is. */
static int commit_setting(struct faulty *faulty, const char *key)
{
	const char *class = corbel_config_text(faulty->context, key);

	return *class ? commit(faulty, class) : 0;
}

static int settings_check(struct corbel_context *context)
{
	static const char *const keys[] = { "start", "stop", "save", "restore", "configure" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		const struct corbel_config_entry *entry = corbel_config_find(context, keys[i]);

		if (!entry || !*entry->text || fault_find(entry->text))
			continue;
		corbel_explain(context,
			       "%s:%u: %s = %s is no class of fault (corbelctl inject --list)",
			       entry->file, entry->line, entry->key, entry->text);
		return -EINVAL;
	}
	return 0;
}

static int partner_acquire(struct faulty *faulty)
{
	const char *partner = corbel_config_text(faulty->context, "partner");
	const struct corbel_property property = { "plugin", partner };
	const struct corbel_use_options options = {
		.size = sizeof(options),
		.properties = &property,
		.property_count = 1,
	};

	return *partner ? corbel_faulty_acquire(faulty->context, &options, &faulty->partner) : 0;
}

static int offer(struct faulty *faulty)
{
	struct corbel_context *context = faulty->context;
	const struct corbel_property property = { "plugin", corbel_name(context) };
	const struct corbel_service_options options = {
		.size = sizeof(options),
		.properties = &property,
		.property_count = 1,
	};
	struct corbel_subscriber direct = { .size = sizeof(direct), .mode = CORBEL_DIRECT };
	struct corbel_subscriber queued = { .size = sizeof(queued), .mode = CORBEL_QUEUED };
	int result = partner_acquire(faulty);

	if (result == 0)
		result = corbel_faulty_direct_subscribe(context, "corbel.faulty.direct", &direct,
							on_direct, faulty, NULL);
	if (result == 0)
		result = corbel_faulty_queued_subscribe(context, "corbel.faulty.queued", &queued,
							on_queued, faulty, NULL);
	if (result == 0)
		result = corbel_faulty_provide(context, &methods, faulty, &options, NULL);
	return result;
}

static int start(struct corbel_context *context, void **self)
{
	struct faulty *faulty;
	int result = settings_check(context);

	if (result < 0)
		return result;
	faulty = calloc(1, sizeof(*faulty));
	if (!faulty)
		return -ENOMEM;
	faulty->context = context;
	pthread_mutex_init(&faulty->embrace, NULL);
	result = offer(faulty);
	if (result == 0)
		result = commit_setting(faulty, "start");
	if (result != 0) {
		pthread_mutex_destroy(&faulty->embrace);
		free(faulty);
		return result;
	}
	*self = faulty;
	return 0;
}

static void stop(void *self, enum corbel_stop_reason reason)
{
	struct faulty *faulty = self;

	(void)reason;
	commit_setting(faulty, "stop");
	pthread_mutex_destroy(&faulty->embrace);
	free(faulty);
}

static int save(void *self, struct corbel_state *state)
{
	struct faulty *faulty = self;
	int result = commit_setting(faulty, "save");

	if (result != 0)
		return result;
	return corbel_state_put(faulty->context, state, &faulty->count, sizeof(faulty->count))
		       ? 0
		       : -ENOMEM;
}

static int restore(void *self, const struct corbel_state *state)
{
	struct corbel_state_reader reader = { state->bytes, state->byte_count };
	struct faulty *faulty = self;
	int result = commit_setting(faulty, "restore");

	if (result != 0)
		return result;
	return corbel_state_take(&reader, &faulty->count, sizeof(faulty->count)) ? 0 : -EBADMSG;
}

static int configure(void *self)
{
	struct faulty *faulty = self;
	int result = settings_check(faulty->context);

	return result == 0 ? commit_setting(faulty, "configure") : result;
}

CORBEL_PLUGIN(.start = start, .stop = stop, .save = save, .restore = restore,
	      .configure = configure);
