/* SPDX-License-Identifier: MIT */
/*
 * How long callers wait at the gate while a plugin is replaced, by the size of its state and with
 * and without callers, and what a whole reload costs beside a bare dlclose and dlopen.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <corbel/host.h>

#include "bench.h"
#include "stage.h"
#include "traffic.h"
#include "variant.h"

/* Reloads of a round, which is their median: with 9 rounds or more these are over 200 in all. */
#define RELOADS 20
#define SAMPLES ((BENCH_ROUNDS_MAX + 8) * RELOADS)

struct reloading {
	struct corbel_host *host;
	struct stage stage;
	struct traffic traffic;
	char folder[64];
	char counter[128], caller[128], bare[128];
	void *handle; /* of the bare file */
	bool is_told;
	int result;
	double pause, total;
	double pauses[SAMPLES];
	unsigned count;
};

static int files_make(struct reloading *reloading)
{
	strcpy(reloading->folder, "/tmp/corbel-bench.XXXXXX");
	if (!mkdtemp(reloading->folder))
		return -errno;
	snprintf(reloading->counter, sizeof(reloading->counter), "%s/counter.so",
		 reloading->folder);
	snprintf(reloading->caller, sizeof(reloading->caller), "%s/caller.so", reloading->folder);
	snprintf(reloading->bare, sizeof(reloading->bare), "%s/bare.so", reloading->folder);

	int result = variant_install("counter_2", reloading->counter);

	if (result == 0)
		result = variant_install("caller_1", reloading->caller);
	return result < 0 ? result : variant_install("counter_2", reloading->bare);
}

static void log_line(void *data, const struct corbel_log_line *line)
{
	(void)data;
	if (line->level <= CORBEL_WARNING)
		fprintf(stderr, "%s: %s\n", line->plugin, line->text);
}

static int host_make(struct reloading *reloading, const char *ballast)
{
	char text[1024];
	struct corbel_error error;
	struct corbel_host_options options = { .size = sizeof(options),
					       .flags = CORBEL_HOST_DEVELOP,
					       .text = text,
					       .workers = 2,
					       .log = log_line };

	reloading->stage.descriptor = -1;
	snprintf(text, sizeof(text),
		 "[corbel]\nruntime-dir = %s/run\nprobe = %s\n[log]\nlevel = notice\n"
		 "[plugin counter]\npath = %s\nstage = %lld\nballast = %s\n"
		 "[plugin caller]\npath = %s\nstage = %lld\n",
		 reloading->folder, VARIANT_PROBE, reloading->counter,
		 (long long)(intptr_t)&reloading->stage, ballast, reloading->caller,
		 (long long)(intptr_t)&reloading->stage);

	int result = corbel_host_new(&options, &reloading->host, &error);

	if (result < 0)
		return result;
	corbel_host_start(reloading->host);
	result = corbel_host_settle(reloading->host, -1);
	return result < 0 ? result : traffic_open(&reloading->traffic, reloading->host);
}

static void host_free(struct reloading *reloading)
{
	traffic_stop(&reloading->traffic);
	traffic_close(&reloading->traffic);
	corbel_host_free(reloading->host);
}

static void tell(void *data, const struct corbel_reload_report *report)
{
	struct reloading *reloading = data;

	reloading->is_told = true;
	reloading->result = report->result;
	reloading->pause = (double)report->pause;
	reloading->total = (double)report->total;
	if (report->result < 0)
		fprintf(stderr, "%s\n", report->words);
}

static int reload(struct reloading *reloading)
{
	const struct corbel_reload_options options = { .size = sizeof(options),
						       .flags = CORBEL_RELOAD_ANYWAY };
	const char *const plugin = "counter";

	reloading->is_told = false;
	corbel_host_reload(reloading->host, &plugin, 1, &options, tell, reloading);
	while (!reloading->is_told)
		corbel_host_dispatch(reloading->host, -1);
	return reloading->result;
}

static int compare(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

static double quantile(double *values, unsigned count, double share)
{
	qsort(values, count, sizeof(*values), compare);
	return values[(unsigned)((count - 1) * share)];
}

static int measure_pause(void *data, double *result)
{
	struct reloading *reloading = data;
	double pauses[RELOADS];
	int code = 0;

	for (unsigned i = 0; i < RELOADS && code == 0; i++) {
		code = reload(reloading);
		pauses[i] = reloading->pause;
		if (reloading->count < SAMPLES)
			reloading->pauses[reloading->count++] = reloading->pause;
	}
	*result = quantile(pauses, RELOADS, 0.5);
	return code;
}

/* Of all pauses that the row before has seen. */
static int measure_tail(void *data, double *result)
{
	struct reloading *reloading = data;

	*result = quantile(reloading->pauses, reloading->count, 0.99);
	return 0;
}

static int measure_whole(void *data, double *result)
{
	struct reloading *reloading = data;
	int code = reload(reloading);

	*result = reloading->total;
	return code;
}

static int measure_bare(void *data, double *result)
{
	struct reloading *reloading = data;
	double start = bench_wall();

	if (reloading->handle)
		dlclose(reloading->handle);
	reloading->handle = dlopen(reloading->bare, RTLD_NOW | RTLD_LOCAL);
	*result = bench_wall() - start;
	return reloading->handle ? 0 : -ELIBACC;
}

struct size {
	const char *ballast, *names[4]; /* alone, its tail, with callers, its tail */
	double median, tail;            /* goals in us; 0: none */
};

static const struct size sizes[] = {
	{ "0",
	  { "pause, no state beside 120 bytes", "the same, 99 of 100",
	    "the same with 2 calling threads", "the same, 99 of 100" },
	  0,
	  0 },
	{ "64K",
	  { "pause, 64 KiB of state", "the same, 99 of 100", "the same with 2 calling threads",
	    "the same, 99 of 100" },
	  50,
	  5000 },
	{ "1M",
	  { "pause, 1 MiB of state", "the same, 99 of 100", "the same with 2 calling threads",
	    "the same, 99 of 100" },
	  0,
	  0 },
};

static void pauses(struct bench *bench, struct reloading *reloading, const struct size *size,
		   bool with_callers)
{
	const struct bench_pair median = { .name = size->names[with_callers ? 2 : 0],
					   .unit = "us",
					   .measured = measure_pause,
					   .data = reloading,
					   .goal = size->median,
					   .goal_is_absolute = true };
	const struct bench_pair tail = { .name = size->names[with_callers ? 3 : 1],
					 .unit = "us",
					 .measured = measure_tail,
					 .data = reloading,
					 .goal = size->tail,
					 .goal_is_absolute = true };
	int code = with_callers ? traffic_start(&reloading->traffic, TRAFFIC_CALLS) : 0;

	if (code < 0)
		bench_fail(bench, "calling threads", code);
	reloading->count = 0;
	bench_pair(bench, &median);
	bench_pair(bench, &tail);
}

static void whole(struct bench *bench, struct reloading *reloading)
{
	const struct bench_pair pair = { .name = "a whole reload, judge and trial included",
					 .unit = "us",
					 .against = "dlclose and dlopen of the same file",
					 .measured = measure_whole,
					 .baseline = measure_bare,
					 .data = reloading };

	bench_pair(bench, &pair);
}

static void measure(struct bench *bench, struct reloading *reloading, const struct size *size)
{
	int code = host_make(reloading, size->ballast);

	if (code < 0) {
		bench_fail(bench, "a host", code);
		return;
	}
	if (size == &sizes[0])
		whole(bench, reloading);
	pauses(bench, reloading, size, false);
	pauses(bench, reloading, size, true);
	host_free(reloading);
}

static void remove_files(const char *folder)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	if (system(command) != 0)
		fprintf(stderr, "%s is left\n", folder);
}

int main(int argc, char **argv)
{
	static struct reloading reloading;
	struct bench bench;
	int status = bench_init(&bench, "bench_reload", argc, argv);

	if (status)
		return status;

	int code = files_make(&reloading);

	if (code < 0)
		bench_fail(&bench, "files", code);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]) && !bench.failure; i++)
		measure(&bench, &reloading, &sizes[i]);
	remove_files(reloading.folder);
	return bench_finish(&bench);
}
