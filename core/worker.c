/* SPDX-License-Identifier: MIT */
/* Host-made threads of a plugin, with tokens to stop and pause them. */
#include "worker.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "guard.h"
#include "strand.h"
#include "usage.h"

struct worker_set {
	struct gate_owner *owner;
	pthread_mutex_t lock;
	pthread_cond_t changed; /* a token, or that a thread has ended */
	LIST_HEAD(, corbel_worker) workers;
	int64_t cpu_time; /* of those that have ended */
	uint32_t token;
	void (*notify)(void *data);
	void *notify_data;
};

struct corbel_worker {
	struct worker_set *set;
	struct ledger_item item;
	LIST_ENTRY(corbel_worker) entry;
	struct gate *gate;
	pthread_t thread;
	pid_t id; /* this, `ended` and `waits`: guarded by the set's lock */
	bool ended, waits;
	uint32_t token; /* written with the set's lock held */
	int bell;       /* eventfd, readable while the token is not CORBEL_RUN */
	struct usage *usage;
	void (*run)(struct corbel_worker *worker, void *data);
	void *data;
};

int worker_set_new(struct gate_owner *owner, void (*changed)(void *data), void *data,
		   struct worker_set **out)
{
	struct worker_set *set = calloc(1, sizeof(*set));

	if (!set)
		return -ENOMEM;
	set->owner = owner;
	set->notify = changed;
	set->notify_data = data;
	pthread_mutex_init(&set->lock, NULL);
	pthread_cond_init(&set->changed, NULL);
	*out = set;
	return 0;
}

void worker_set_listen(struct worker_set *set, void (*changed)(void *data), void *data)
{
	pthread_mutex_lock(&set->lock);
	set->notify = changed;
	set->notify_data = data;
	pthread_mutex_unlock(&set->lock);
}

static void destroy(struct corbel_worker *worker)
{
	if (worker->bell >= 0)
		close(worker->bell);
	if (worker->gate)
		gate_retire(worker->gate);
	explicit_bzero(&worker->run, sizeof(worker->run));
	usage_give(worker->usage, USAGE_THREADS, 1);
	usage_give(worker->usage, USAGE_DESCRIPTORS, 1);
	free(worker);
}

void worker_set_free(struct worker_set *set)
{
	if (!set)
		return;
	for (struct corbel_worker *worker; (worker = LIST_FIRST(&set->workers));) {
		pthread_join(worker->thread, NULL);
		ledger_remove(&worker->item);
		LIST_REMOVE(worker, entry);
		destroy(worker);
	}
	pthread_mutex_destroy(&set->lock);
	pthread_cond_destroy(&set->changed);
	free(set);
}

static void set_token(struct corbel_worker *worker, uint32_t token)
{
	uint32_t old = worker->token;
	eventfd_t count;

	if (old == CORBEL_STOP || old == token)
		return;
	__atomic_store_n(&worker->token, token, __ATOMIC_RELEASE);
	if (old == CORBEL_RUN)
		eventfd_write(worker->bell, 1);
	else if (token == CORBEL_RUN)
		eventfd_read(worker->bell, &count);
}

static void notify(struct worker_set *set)
{
	if (set->notify)
		set->notify(set->notify_data);
}

static void run_it(void *data)
{
	struct corbel_worker *worker = data;

	worker->run(worker, worker->data);
}

static void *run_worker(void *data)
{
	struct corbel_worker *worker = data;
	struct worker_set *set = worker->set;
	struct corbel_call call;

	pthread_mutex_lock(&set->lock);
	worker->id = gettid();
	pthread_mutex_unlock(&set->lock);
	bool framed = frame_push(&call, worker->gate, CORBEL_METHOD_SEVERAL) == 0;
	guard_run(set->owner, run_it, worker);
	if (framed)
		frame_pop(&call);
	pthread_mutex_lock(&set->lock);
	worker->ended = true;
	set->cpu_time += thread_cpu_time();
	pthread_cond_broadcast(&set->changed);
	notify(set);
	pthread_mutex_unlock(&set->lock);
	return NULL;
}

static void reclaim_worker(struct ledger_item *item)
{
	struct corbel_worker *worker = container_of(item, struct corbel_worker, item);

	/* It ends or it does not: the sweep cannot wait. */
	if (worker_stop(worker, frame_now()) < 0)
		ledger_remove(item);
}

/* Its thread and its bell. */
static int count(struct usage *usage)
{
	int code = usage_take(usage, USAGE_THREADS, 1);

	if (code < 0)
		return code;
	code = usage_take(usage, USAGE_DESCRIPTORS, 1);
	if (code < 0)
		usage_give(usage, USAGE_THREADS, 1);
	return code;
}

static int make(struct worker_set *set, struct usage *usage, const char *name,
		struct corbel_worker **out)
{
	struct corbel_worker *worker = calloc(1, sizeof(*worker));
	int code = worker ? count(usage) : -ENOMEM;

	if (code < 0) {
		free(worker);
		return code;
	}
	worker->set = set;
	worker->usage = usage;
	worker->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	worker->gate = gate_new(set->owner, GATE_WORKER, 0, 16);
	if (worker->bell < 0 || !worker->gate) {
		destroy(worker);
		return -ENOMEM;
	}
	worker->gate->label = strncpy(gate_extra(worker->gate), name, 15);
	*out = worker;
	return 0;
}

int worker_start(struct worker_set *set, struct ledger *ledger, const char *name,
		 void (*run)(struct corbel_worker *worker, void *data), void *data,
		 struct corbel_worker **out)
{
	struct corbel_worker *worker;
	int code = make(set, ledger_usage(ledger), name, &worker);

	if (code < 0)
		return code;
	worker->run = run;
	worker->data = data;
	pthread_mutex_lock(&set->lock);
	set_token(worker, set->token);
	code = thread_start(&worker->thread, worker->gate->label, run_worker, worker);
	if (code == 0) {
		LIST_INSERT_HEAD(&set->workers, worker, entry);
		/* Within the lock: it may tell somebody who stops it at once. */
		ledger_add(ledger, &worker->item, "worker", reclaim_worker);
		*out = worker;
	}
	pthread_mutex_unlock(&set->lock);
	if (code < 0)
		destroy(worker);
	return code;
}

int worker_token(struct corbel_worker *worker)
{
	return (int)__atomic_load_n(&worker->token, __ATOMIC_ACQUIRE);
}

int worker_descriptor(struct corbel_worker *worker)
{
	return worker->bell;
}

int worker_pause(struct corbel_worker *worker)
{
	struct worker_set *set = worker->set;

	if (!pthread_equal(worker->thread, pthread_self()))
		return worker_token(worker);
	pthread_mutex_lock(&set->lock);
	if (worker->token == CORBEL_PAUSE) {
		worker->waits = true;
		notify(set);
		while (worker->token == CORBEL_PAUSE)
			pthread_cond_wait(&set->changed, &set->lock);
		worker->waits = false;
	}
	int token = (int)worker->token;
	pthread_mutex_unlock(&set->lock);
	return token;
}

/* Destructors of thread-local data are the plugin's code too, and may take their time. */
static int join(struct corbel_worker *worker, int64_t deadline)
{
#ifdef __SANITIZE_THREAD__
	/* It does not know pthread_clockjoin_np(3). */
	(void)deadline;
	return -pthread_join(worker->thread, NULL);
#else
	/* A thread out of its run function is given a moment in any case. */
	int64_t soonest = frame_now() + 100 * CORBEL_MILLISECOND;
	struct timespec until = frame_timespec(deadline > soonest ? deadline : soonest);

	return -pthread_clockjoin_np(worker->thread, NULL, CLOCK_MONOTONIC, &until);
#endif
}

int worker_stop(struct corbel_worker *worker, int64_t deadline)
{
	if (!worker)
		return 0;
	if (pthread_equal(worker->thread, pthread_self()))
		return -EDEADLK;
	struct worker_set *set = worker->set;
	struct timespec until = frame_timespec(deadline);
	const struct frame_wait wait = { .gate = worker->gate };
	pthread_mutex_lock(&set->lock);
	set_token(worker, CORBEL_STOP);
	pthread_cond_broadcast(&set->changed);
	pthread_mutex_unlock(&set->lock);
	int code = frame_wait_begin(&wait);
	if (code < 0)
		return code;
	pthread_mutex_lock(&set->lock);
	while (!worker->ended && code == 0)
		code = -pthread_cond_clockwait(&set->changed, &set->lock, CLOCK_MONOTONIC, &until);
	code = worker->ended ? 0 : code;
	pthread_mutex_unlock(&set->lock);
	if (code == 0)
		code = join(worker, deadline);
	frame_wait_end();
	if (code < 0)
		return code;
	pthread_mutex_lock(&set->lock);
	LIST_REMOVE(worker, entry);
	pthread_mutex_unlock(&set->lock);
	ledger_remove(&worker->item);
	destroy(worker);
	return 0;
}

void worker_set_token(struct worker_set *set, enum corbel_token token)
{
	pthread_mutex_lock(&set->lock);
	if (set->token != CORBEL_STOP)
		set->token = token;
	for (struct corbel_worker *worker = LIST_FIRST(&set->workers); worker;
	     worker = LIST_NEXT(worker, entry))
		set_token(worker, set->token);
	pthread_cond_broadcast(&set->changed);
	pthread_mutex_unlock(&set->lock);
}

int64_t worker_set_cpu_time(struct worker_set *set)
{
	struct corbel_worker *worker;

	pthread_mutex_lock(&set->lock);
	int64_t time = set->cpu_time;
	for (worker = LIST_FIRST(&set->workers); worker; worker = LIST_NEXT(worker, entry))
		if (!worker->ended)
			time += cpu_time_of(worker->thread);
	pthread_mutex_unlock(&set->lock);
	return time;
}

size_t worker_set_scan(struct worker_set *set,
		       void (*visit)(void *data, const struct frame_report *report), void *data)
{
	struct corbel_worker *worker;
	size_t count = 0;

	pthread_mutex_lock(&set->lock);
	for (worker = LIST_FIRST(&set->workers); worker; worker = LIST_NEXT(worker, entry)) {
		struct frame_report report = { .thread = worker->id, .label = worker->gate->label };

		if (worker->ended || (set->token == CORBEL_PAUSE && worker->waits))
			continue;
		count++;
		strcpy(report.thread_name, report.label);
		if (visit)
			visit(data, &report);
	}
	pthread_mutex_unlock(&set->lock);
	return count;
}
