/* SPDX-License-Identifier: MIT */
/*
 * What publishing to direct subscribers costs, beside a plain loop over the same handlers in the
 * same shared objects.
 */
#include <errno.h>

#include "bench.h"
#include "house.h"
#include "image.h"

#define SUBSCRIBERS 100
#define EVENTS 100000 /* a slice, divided by the number of subscribers */

/* One topic with its first `count` subscribers, each of a shared object of its own. */
struct crowd {
	const struct bench_caller *caller;
	size_t count;
	uint64_t events;
	struct bench_handler handlers[SUBSCRIBERS];
	struct corbel_bench_tick_topic *topics[2]; /* two publishers of it */
};

struct publishing {
	struct bench_house house;
	const struct bench_caller *caller;
	struct bench_target targets[SUBSCRIBERS];
};

static int open_topic(struct publishing *publishing, const char *suffix,
		      struct corbel_bench_tick_topic **out)
{
	const struct corbel_topic_options options = { .size = sizeof(options), .suffix = suffix };
	struct corbel_topic *topic;
	int error = bus_topic_open(publishing->house.bus, &publishing->house.party,
				   &corbel_bench_interface, 0, &options, &topic, NULL);

	if (!error)
		*out = (struct corbel_bench_tick_topic *)topic;
	return error;
}

static int crowd_gather(struct publishing *publishing, struct crowd *crowd, size_t count,
			const char *suffix, bool typed)
{
	char pattern[64] = "corbel.bench.tick.";
	int error = open_topic(publishing, suffix, &crowd->topics[0]);

	strncat(pattern, suffix, 32);
	if (!error)
		error = open_topic(publishing, suffix, &crowd->topics[1]);
	crowd->caller = publishing->caller;
	crowd->count = count;
	crowd->events = EVENTS / count;
	for (size_t i = 0; i < count && !error; i++) {
		const struct bench_target *target = &publishing->targets[i];
		struct corbel_subscription *subscription;

		crowd->handlers[i].handle = (corbel_handler *)target->plain.handler;
		error = bus_subscribe(publishing->house.bus, &publishing->house.party, pattern,
				      typed ? &target->typed : &target->plain, &subscription, NULL);
	}
	return error;
}

static int measure_publish(void *data, double *result)
{
	struct crowd *crowd = data;
	double start = bench_thread_time();
	int error = crowd->caller->publish(crowd->topics[0], crowd->events);

	*result = (bench_thread_time() - start) / (double)crowd->events;
	return error;
}

static int measure_loop(void *data, double *result)
{
	struct crowd *crowd = data;
	double start = bench_thread_time();
	int error = crowd->caller->loop(crowd->handlers, crowd->count, crowd->events);

	*result = (bench_thread_time() - start) / (double)crowd->events;
	return error;
}

static int work_two(void *data, unsigned index)
{
	struct crowd *crowd = data;

	return crowd->caller->publish(crowd->topics[index], crowd->events);
}

static int work_shared(void *data, unsigned index)
{
	struct crowd *crowd = data;

	(void)index;
	return crowd->caller->publish(crowd->topics[0], crowd->events);
}

static int measure_two(void *data, double *result)
{
	return bench_together(2, work_two, data, (double)((struct crowd *)data)->events, result);
}

static int measure_shared(void *data, double *result)
{
	return bench_together(2, work_shared, data, (double)((struct crowd *)data)->events, result);
}

static int measure_alone(void *data, double *result)
{
	return bench_together(1, work_two, data, (double)((struct crowd *)data)->events, result);
}

static void against_loop(struct bench *bench, struct publishing *publishing)
{
	static const struct {
		const char *name, *suffix;
		size_t count;
		bool typed;
		double goal;
	} kinds[] = {
		{ "publish, 1 direct subscriber", "one", 1, false, 4.0 },
		{ "publish, 10 direct subscribers", "ten", 10, false, 1.3 },
		{ "publish, 100 direct subscribers", "hundred", 100, false, 1.3 },
		{ "the same with decoding, 1 direct subscriber", "one-typed", 1, true, 0 },
		{ "the same with decoding, 10 direct subscribers", "ten-typed", 10, true, 0 },
		{ "the same with decoding, 100 direct subscribers", "hundred-typed", 100, true, 0 },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		struct crowd crowd = { 0 };
		int error = crowd_gather(publishing, &crowd, kinds[i].count, kinds[i].suffix,
					 kinds[i].typed);

		if (error)
			bench_fail(bench, kinds[i].name, error);
		const struct bench_pair pair = {
			.name = kinds[i].name,
			.unit = "ns",
			.against = "a loop over the handlers",
			.measured = measure_publish,
			.baseline = measure_loop,
			.data = &crowd,
			.slices = BENCH_SLICES,
			.goal = kinds[i].goal,
		};
		bench_pair(bench, &pair);
	}
}

static void against_alone(struct bench *bench, struct publishing *publishing)
{
	struct crowd crowd = { 0 };
	int error = crowd_gather(publishing, &crowd, 10, "two", false);

	if (error)
		bench_fail(bench, "two publishers", error);
	const struct bench_pair two_publishers = {
		.name = "publish, 10 direct, two publishers at once",
		.unit = "ns",
		.against = "one publisher",
		.measured = measure_two,
		.baseline = measure_alone,
		.data = &crowd,
		.slices = BENCH_SLICES,
		.goal = 1.1,
	};
	bench_pair(bench, &two_publishers);

	const struct bench_pair shared_publisher = {
		.name = "publish, 10 direct, two threads on one publisher",
		.unit = "ns",
		.against = "one publisher",
		.measured = measure_shared,
		.baseline = measure_alone,
		.data = &crowd,
		.slices = BENCH_SLICES,
		.goal = 1.1,
	};
	bench_pair(bench, &shared_publisher);
}

int main(int argc, char **argv)
{
	static struct publishing publishing;
	struct bench bench;
	int status = bench_init(&bench, "bench_publish", argc, argv);

	if (status)
		return status;

	int error = bench_house_build(&publishing.house, 1);

	if (!error)
		error = bench_targets_load(publishing.targets, SUBSCRIBERS);
	publishing.caller = bench_caller_load();
	if (!error && !publishing.caller)
		error = -ELIBACC;
	if (error)
		bench_fail(&bench, "set-up", error);
	against_loop(&bench, &publishing);
	against_alone(&bench, &publishing);
	return bench_finish(&bench);
}
