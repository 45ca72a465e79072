/* SPDX-License-Identifier: MIT */
/* How long taking a service away keeps the taker waiting, whatever other threads do elsewhere. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "bench.h"
#include "house.h"
#include "image.h"

#define IDLE_THREADS 1000
#define HOLD 100 /* milliseconds */

struct unloading {
	struct bench_house house; /* its party provides what is taken away */
	struct gate_owner other;  /* the plugin that threads are blocked in */
	struct party other_party;
	struct bench_target targets[2];
	struct corbel_bench *use; /* of the second target, which stays */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned ready; /* threads that have made their first call */
	bool is_over;
	uint32_t inside; /* turns of the blocked thread */
};

static int provide(struct unloading *unloading, struct party *party,
		   const struct bench_target *target, struct corbel_provision **out)
{
	return registry_provide(unloading->house.registry, party, target->interface, target->table,
				target->self, NULL, out, NULL);
}

static void *idle(void *data)
{
	struct unloading *unloading = data;
	int64_t sum;

	/* Its first call gives the thread a record, which the scan has to look at. */
	corbel_bench_add(unloading->use, 1, &sum);
	pthread_mutex_lock(&unloading->lock);
	unloading->ready++;
	pthread_cond_broadcast(&unloading->changed);
	while (!unloading->is_over)
		pthread_cond_wait(&unloading->changed, &unloading->lock);
	pthread_mutex_unlock(&unloading->lock);
	return NULL;
}

static void *blocked(void *data)
{
	struct unloading *unloading = data;

	while (!__atomic_load_n(&unloading->is_over, __ATOMIC_ACQUIRE)) {
		__atomic_add_fetch(&unloading->inside, 1, __ATOMIC_RELEASE);
		corbel_bench_hold(unloading->use, HOLD);
	}
	return NULL;
}

/* Offers the service, and takes it away again: only that is timed. */
static int measure_withdraw(void *data, double *result)
{
	struct unloading *unloading = data;
	struct corbel_provision *provision;
	int error = provide(unloading, &unloading->house.party, &unloading->targets[0], &provision);
	double start = bench_wall();

	if (!error)
		error = registry_withdraw(provision, frame_now() + GATE_TIMEOUT);
	*result = bench_wall() - start;
	return error;
}

/* Closes all gates of the instance and waits until nobody is inside, as a stop and a reload do. */
static int measure_drain(void *data, double *result)
{
	struct unloading *unloading = data;
	struct corbel_provision *provision;
	int error = provide(unloading, &unloading->house.party, &unloading->targets[0], &provision);
	double start = bench_wall();

	if (error)
		return error;
	gate_set_all(&unloading->house.owner, GATE_CLOSED);
	error = frame_drain(&unloading->house.owner, NULL, frame_now() + GATE_TIMEOUT);
	*result = bench_wall() - start;
	gate_clear_all(&unloading->house.owner, GATE_CLOSED);
	return error ? error : registry_withdraw(provision, frame_now() + GATE_TIMEOUT);
}

/*
 * The blocked thread has gone in anew since the last round, so that it stays inside for long yet. /
 */
static int measure_beside_blocked(void *data, double *result)
{
	struct unloading *unloading = data;
	uint32_t before = __atomic_load_n(&unloading->inside, __ATOMIC_ACQUIRE);

	while (__atomic_load_n(&unloading->inside, __ATOMIC_ACQUIRE) == before)
		sched_yield();
	while (frame_scan(&unloading->other, NULL, NULL, NULL) == 0)
		sched_yield();
	return measure_drain(data, result);
}

static int prepare(struct unloading *unloading)
{
	struct corbel_provision *provision;
	struct corbel_use *use;
	int error = bench_house_build(&unloading->house, 1);

	pthread_mutex_init(&unloading->lock, NULL);
	pthread_cond_init(&unloading->changed, NULL);
	unloading->other =
		(struct gate_owner){ .name = "other", .version = "1.0", .timeout = GATE_TIMEOUT };
	unloading->other_party = (struct party){ .plugin = "other", .owner = &unloading->other };
	if (!error)
		error = bench_targets_load(unloading->targets, 2);
	if (!error)
		error = provide(unloading, &unloading->other_party, &unloading->targets[1],
				&provision);
	/* Older than all that come later, so that the use stays with it. */
	if (!error)
		error = registry_acquire(unloading->house.registry, &unloading->other_party,
					 &corbel_bench_interface, NULL, &use, NULL);
	if (!error)
		unloading->use = (struct corbel_bench *)use;
	return error;
}

static int start_idle(struct unloading *unloading, pthread_t threads[IDLE_THREADS], unsigned *count)
{
	pthread_attr_t small;
	int error = 0;

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 64 * 1024);
	for (*count = 0; *count < IDLE_THREADS && !error; *count += !error)
		error = -pthread_create(&threads[*count], &small, idle, unloading);
	pthread_attr_destroy(&small);
	pthread_mutex_lock(&unloading->lock);
	while (unloading->ready < *count)
		pthread_cond_wait(&unloading->changed, &unloading->lock);
	pthread_mutex_unlock(&unloading->lock);
	return error;
}

static void end(struct unloading *unloading)
{
	pthread_mutex_lock(&unloading->lock);
	__atomic_store_n(&unloading->is_over, true, __ATOMIC_RELEASE);
	pthread_cond_broadcast(&unloading->changed);
	pthread_mutex_unlock(&unloading->lock);
}

static void beside_blocked(struct bench *bench, struct unloading *unloading)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, blocked, unloading) != 0) {
		bench_fail(bench, "a blocked thread", -EAGAIN);
		return;
	}
	const struct bench_pair pair = {
		.name = "drain beside a thread blocked in another plugin",
		.unit = "us",
		.measured = measure_beside_blocked,
		.data = unloading,
		.goal = 1000,
		.goal_is_absolute = true,
	};
	bench_pair(bench, &pair);
	end(unloading);
	pthread_join(thread, NULL);
}

static void beside_idle(struct bench *bench, struct unloading *unloading)
{
	static pthread_t threads[IDLE_THREADS];
	unsigned count;
	int error = start_idle(unloading, threads, &count);

	if (error)
		bench_fail(bench, "1,000 threads", error);
	const struct bench_pair idle_drain = {
		.name = "drain beside 1,000 idle threads",
		.unit = "us",
		.measured = measure_drain,
		.data = unloading,
		.goal = 50,
		.goal_is_absolute = true,
	};
	bench_pair(bench, &idle_drain);

	const struct bench_pair idle_withdraw = {
		.name = "withdraw beside 1,000 idle threads",
		.unit = "us",
		.measured = measure_withdraw,
		.data = unloading,
		.goal = 50,
		.goal_is_absolute = true,
	};
	bench_pair(bench, &idle_withdraw);
	end(unloading);
	for (unsigned i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
}

int main(int argc, char **argv)
{
	static struct unloading unloading;
	struct bench bench;
	int status = bench_init(&bench, "bench_unload", argc, argv);

	if (status)
		return status;

	int error = prepare(&unloading);

	if (error) {
		bench_fail(&bench, "set-up", error);
		return bench_finish(&bench);
	}
	const struct bench_pair alone = {
		.name = "drain, no other thread",
		.unit = "us",
		.measured = measure_drain,
		.data = &unloading,
	};
	bench_pair(&bench, &alone);
	beside_blocked(&bench, &unloading);
	unloading.is_over = false;
	beside_idle(&bench, &unloading);
	return bench_finish(&bench);
}
