/* SPDX-License-Identifier: MIT */
/* Whether publishing and finding a service cost the same among 100,000 as among ten. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "house.h"
#include "image.h"

#define MANY 100000
#define FEW 10
#define PUBLISHES 100000 /* a slice */
#define FINDS 2000

/* A house with `count` topics and as many services, each of an interface of its own. */
struct scale {
	struct bench_house house;
	const struct bench_caller *caller;
	size_t count;
	struct corbel_bench_tick_topic **topics;
	struct corbel_interface *interfaces;
};

/* Ten of them, spread over all. */
static size_t chosen(const struct scale *scale, size_t i)
{
	return i % FEW * (scale->count / FEW);
}

static int add_topic(struct scale *scale, size_t i, const struct bench_target *target)
{
	char suffix[32], pattern[64];
	const struct corbel_topic_options options = { .size = sizeof(options), .suffix = suffix };
	struct corbel_subscription *subscription;
	struct corbel_topic *topic;

	snprintf(suffix, sizeof(suffix), "number-%zu", i);
	snprintf(pattern, sizeof(pattern), "corbel.bench.tick.%s", suffix);

	int error = bus_topic_open(scale->house.bus, &scale->house.party, &corbel_bench_interface,
				   0, &options, &topic, NULL);

	if (!error)
		scale->topics[i] = (struct corbel_bench_tick_topic *)topic;
	return error ? error
		     : bus_subscribe(scale->house.bus, &scale->house.party, pattern, &target->plain,
				     &subscription, NULL);
}

static int add_service(struct scale *scale, size_t i, const struct bench_target *target)
{
	struct corbel_provision *provision;
	char *name;

	if (asprintf(&name, "bench.number-%zu", i) < 0)
		return -ENOMEM;
	scale->interfaces[i] = corbel_bench_interface;
	scale->interfaces[i].name = name;
	return registry_provide(scale->house.registry, &scale->house.party, &scale->interfaces[i],
				target->table, target->self, NULL, &provision, NULL);
}

static int build(struct scale *scale, size_t count, const struct bench_target *target)
{
	int error = bench_house_build(&scale->house, 1);

	scale->count = count;
	scale->caller = bench_caller_load();
	scale->topics = calloc(count, sizeof(*scale->topics));
	scale->interfaces = calloc(count, sizeof(*scale->interfaces));
	if (!scale->caller)
		return -ELIBACC;
	if (!scale->topics || !scale->interfaces)
		return -ENOMEM;
	for (size_t i = 0; i < count && !error; i++) {
		error = add_topic(scale, i, target);
		if (!error)
			error = add_service(scale, i, target);
	}
	return error;
}

static int publish_in(struct scale *scale, double *result)
{
	const uint64_t each = 100;
	double start = bench_thread_time();
	int error = 0;

	for (uint64_t i = 0; i < PUBLISHES / each && !error; i++)
		error = scale->caller->publish(scale->topics[chosen(scale, i)], each);
	*result = (bench_thread_time() - start) / PUBLISHES;
	return error;
}

/* Acquires a use and gives it back, of the chosen or of all in turn. */
static int find_in(struct scale *scale, bool all, double *result)
{
	double start = bench_thread_time();
	int error = 0;

	for (size_t i = 0; i < FINDS && !error; i++) {
		size_t at = all ? i * 7919 % scale->count : chosen(scale, i);
		struct corbel_use *use;

		error = registry_acquire(scale->house.registry, &scale->house.party,
					 &scale->interfaces[at], NULL, &use, NULL);
		if (!error)
			registry_release(use);
	}
	*result = (bench_thread_time() - start) / FINDS;
	return error;
}

struct scales {
	struct scale many, few;
};

static int publish_among_many(void *data, double *result)
{
	return publish_in(&((struct scales *)data)->many, result);
}

static int publish_among_few(void *data, double *result)
{
	return publish_in(&((struct scales *)data)->few, result);
}

static int find_among_many(void *data, double *result)
{
	return find_in(&((struct scales *)data)->many, false, result);
}

static int find_among_few(void *data, double *result)
{
	return find_in(&((struct scales *)data)->few, false, result);
}

static int find_all_of_many(void *data, double *result)
{
	return find_in(&((struct scales *)data)->many, true, result);
}

static void measure(struct bench *bench, struct scales *scales)
{
	const struct bench_pair publish = {
		.name = "publish, 100,000 topics",
		.unit = "ns",
		.against = "the same with 10 topics",
		.measured = publish_among_many,
		.baseline = publish_among_few,
		.data = scales,
		.slices = BENCH_SLICES,
		.goal = 1.1,
	};
	bench_pair(bench, &publish);

	const struct bench_pair find = {
		.name = "find a service among 100,000",
		.unit = "ns",
		.against = "the same among 10",
		.measured = find_among_many,
		.baseline = find_among_few,
		.data = scales,
		.slices = BENCH_SLICES,
		.goal = 1.5,
	};
	bench_pair(bench, &find);

	const struct bench_pair find_cold = {
		.name = "find thousands among 100,000, cold caches",
		.unit = "ns",
		.against = "10 among 10",
		.measured = find_all_of_many,
		.baseline = find_among_few,
		.data = scales,
		.slices = BENCH_SLICES,
	};
	bench_pair(bench, &find_cold);
}

int main(int argc, char **argv)
{
	static struct scales scales;
	struct bench_target target;
	struct bench bench;
	int status = bench_init(&bench, "bench_scale", argc, argv);

	if (status)
		return status;

	int error = bench_targets_load(&target, 1);

	if (!error)
		error = build(&scales.few, FEW, &target);
	if (!error)
		error = build(&scales.many, MANY, &target);
	if (error)
		bench_fail(&bench, "set-up", error);
	else
		measure(&bench, &scales);
	return bench_finish(&bench);
}
