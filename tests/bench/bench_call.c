/* SPDX-License-Identifier: MIT */
/*
 * What a typed call costs, beside calling the same method of the same shared object through a
 * pointer.
 */
#include <errno.h>
#include <stdio.h>

#include "bench.h"
#include "guard.h"
#include "house.h"
#include "image.h"

#define CALLS 50000 /* a slice: a tenth of a millisecond */

static const char pointer[] = "the same method through a pointer";

struct calls {
	struct bench_house house;
	struct bench_target target;
	const struct bench_caller *caller;
	struct bench_raw raw;
	struct corbel_bench *use;
	bool guarded;
};

/* As an instance with guard = calls has it. */
static int run_guarded(struct corbel_marshal *marshal, int (*call)(void *), void *arguments)
{
	const struct gate *gate = (const struct gate *)marshal - 1;

	return guard_call(gate->owner, call, arguments);
}

static void ignore(struct gate_owner *owner, const struct corbel_fault *fault, bool is_culprit)
{
	(void)owner;
	(void)fault;
	(void)is_culprit;
}

static int prepare(struct calls *calls)
{
	struct corbel_provision *provision;
	struct corbel_use *use;
	int error = bench_house_build(&calls->house, 1);

	if (calls->guarded) {
		calls->house.owner.faulted = ignore;
		calls->house.party.run = run_guarded;
	}
	if (!error)
		error = bench_targets_load(&calls->target, 1);
	calls->caller = bench_caller_load();
	if (!error && !calls->caller)
		error = -ELIBACC;
	if (!error)
		error = registry_provide(calls->house.registry, &calls->house.party,
					 calls->target.interface, calls->target.table,
					 calls->target.self, NULL, &provision, NULL);
	if (!error)
		error = registry_acquire(calls->house.registry, &calls->house.party,
					 &corbel_bench_interface, NULL, &use, NULL);
	if (error)
		return error;
	calls->raw.add = ((const struct corbel_bench_methods *)calls->target.table)->add;
	calls->raw.self = calls->target.self;
	calls->use = (struct corbel_bench *)use;
	return 0;
}

static int timed(int (*run)(struct calls *calls), struct calls *calls, double *result)
{
	double start = bench_thread_time();
	int error = run(calls);

	*result = (bench_thread_time() - start) / CALLS;
	return error;
}

static int run_raw(struct calls *calls)
{
	return calls->caller->raw(&calls->raw, CALLS);
}

static int run_fenced(struct calls *calls)
{
	return calls->caller->fenced(&calls->raw, CALLS);
}

static int run_call(struct calls *calls)
{
	return calls->caller->call(calls->use, CALLS);
}

static int run_entered(struct calls *calls)
{
	return calls->caller->entered(calls->use, CALLS);
}

static int measure_raw(void *data, double *result)
{
	return timed(run_raw, data, result);
}

static int measure_fenced(void *data, double *result)
{
	return timed(run_fenced, data, result);
}

static int measure_call(void *data, double *result)
{
	return timed(run_call, data, result);
}

static int measure_entered(void *data, double *result)
{
	return timed(run_entered, data, result);
}

static int work_raw(void *data, unsigned index)
{
	(void)index;
	return run_raw(data);
}

static int work_call(void *data, unsigned index)
{
	(void)index;
	return run_call(data);
}

static int measure_raw_together(void *data, double *result)
{
	return bench_together(2, work_raw, data, CALLS, result);
}

static int measure_call_together(void *data, double *result)
{
	return bench_together(2, work_call, data, CALLS, result);
}

static void with_fences(struct bench *bench)
{
	struct calls calls = { 0 };

	frame_use_fences();

	int error = prepare(&calls);

	if (error) {
		bench_fail(bench, "set-up with fences", error);
		return;
	}
	const struct bench_pair slow = {
		.name = "typed call, without membarrier",
		.unit = "ns",
		.against = pointer,
		.measured = measure_call,
		.baseline = measure_raw,
		.data = &calls,
		.slices = BENCH_SLICES,
		.goal = 1.8,
	};
	bench_pair(bench, &slow);
	/* What the processor asks for the fences alone. */
	const struct bench_pair beside_fences = {
		.name = "the same, beside a call between fences",
		.unit = "ns",
		.against = "that pointer, a full fence before and after",
		.measured = measure_call,
		.baseline = measure_fenced,
		.data = &calls,
		.slices = BENCH_SLICES,
	};
	bench_pair(bench, &beside_fences);
}

static int run_call_within(void *data)
{
	return run_call(data);
}

/* The caller is a plugin, too: what it does stands under a guard of its own. */
static int measure_guarded(void *data, double *result)
{
	struct calls *calls = data;
	double start = bench_thread_time();
	int error = guard_call(&calls->house.owner, run_call_within, calls);

	*result = (bench_thread_time() - start) / CALLS;
	return error;
}

static void with_guards(struct bench *bench)
{
	struct calls calls = { 0 };
	int error;

	calls.guarded = true;
	error = prepare(&calls);
	if (error) {
		bench_fail(bench, "set-up with guards", error);
		return;
	}
	const struct bench_pair guarded = {
		.name = "typed call, guard = calls",
		.unit = "ns",
		.against = pointer,
		.measured = measure_guarded,
		.baseline = measure_raw,
		.data = &calls,
		.slices = BENCH_SLICES,
		.goal = 5,
	};
	bench_pair(bench, &guarded);
}

static void usual(struct bench *bench, struct calls *calls)
{
	const struct bench_pair usual_call = {
		.name = "typed call",
		.unit = "ns",
		.against = pointer,
		.measured = measure_call,
		.baseline = measure_raw,
		.data = calls,
		.slices = BENCH_SLICES,
		.goal = 1.5,
	};
	bench_pair(bench, &usual_call);

	const struct bench_pair one_frame = {
		.name = "typed call, one frame for 100",
		.unit = "ns",
		.against = pointer,
		.measured = measure_entered,
		.baseline = measure_raw,
		.data = calls,
		.slices = BENCH_SLICES,
		.goal = 1.05,
	};
	bench_pair(bench, &one_frame);

	const struct bench_pair two_threads = {
		.name = "typed call, two threads on one service",
		.unit = "ns",
		.against = "that pointer, two threads",
		.measured = measure_call_together,
		.baseline = measure_raw_together,
		.data = calls,
		.slices = BENCH_SLICES,
		.goal = 1.6,
	};
	bench_pair(bench, &two_threads);
}

int main(int argc, char **argv)
{
	struct bench bench;
	struct calls calls = { 0 };
	int status = bench_init(&bench, "bench_call", argc, argv);

	if (status)
		return status;
	/* Before this process makes its first call: the choice is for all threads and for good. */
	bench_apart(&bench, with_fences);
	bench_apart(&bench, with_guards);

	int error = prepare(&calls);

	if (error)
		bench_fail(&bench, "set-up", error);
	else if (!frame_has_membarrier())
		fprintf(stderr, "bench_call: this kernel refuses membarrier, so that all calls use "
				"fences\n");
	if (!error)
		usual(&bench, &calls);
	return bench_finish(&bench);
}
