/* SPDX-License-Identifier: MIT */
/* Rounds in pairs, their medians, and the table or JSON of them. */
#include "bench.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 31
#define ROUNDS_MIN 9
#define WARM_UP 3
#define NOISY 0.10

static double seconds_of(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

double bench_wall(void)
{
	return seconds_of(CLOCK_MONOTONIC);
}

double bench_thread_time(void)
{
	return seconds_of(CLOCK_THREAD_CPUTIME_ID);
}

int bench_init(struct bench *bench, const char *name, int argc, char **argv)
{
	*bench = (struct bench){ .name = name, .rounds = ROUNDS };
	if (getloadavg(&bench->load, 1) < 1)
		bench->load = 0;
	for (int i = 1; i < argc; i++) {
		unsigned rounds;

		if (strcmp(argv[i], "--json") == 0) {
			bench->json = true;
		} else if (sscanf(argv[i], "--rounds=%u", &rounds) == 1 && rounds >= ROUNDS_MIN &&
			   rounds <= BENCH_ROUNDS_MAX) {
			bench->rounds = rounds;
		} else {
			fprintf(stderr,
				"%s: %s: the options are --json and --rounds=N, N from %d to %d\n",
				name, argv[i], ROUNDS_MIN, BENCH_ROUNDS_MAX);
			return 2;
		}
	}
	return 0;
}

void bench_fail(struct bench *bench, const char *what, int code)
{
	fprintf(stderr, "%s: %s: %s\n", bench->name, what, strerror(-code));
	bench->failure = code;
}

static int compare(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

/* Sorts the values. */
static double median_of(double *values, unsigned count)
{
	qsort(values, count, sizeof(*values), compare);
	return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

/* Of sorted values. */
static double spread_of(const double *values, unsigned count)
{
	double median = values[count / 2];

	return median > 0 ? (values[count * 3 / 4] - values[count / 4]) / median : 0;
}

struct series {
	double measured[BENCH_ROUNDS_MAX], baseline[BENCH_ROUNDS_MAX], ratio[BENCH_ROUNDS_MAX];
};

static int run_slice(const struct bench_pair *pair, double *measured, double *baseline)
{
	int error = pair->measured(pair->data, measured);

	*baseline = 0;
	if (!error && pair->baseline)
		error = pair->baseline(pair->data, baseline);
	return error;
}

static int run_round(const struct bench_pair *pair, double *measured, double *baseline)
{
	int error = run_slice(pair, measured, baseline);

	for (unsigned i = 1; i < pair->slices && !error; i++) {
		double one, other;

		error = run_slice(pair, &one, &other);
		*measured = one < *measured ? one : *measured;
		*baseline = other < *baseline ? other : *baseline;
	}
	return error;
}

static int run_rounds(const struct bench *bench, const struct bench_pair *pair,
		      struct series *series)
{
	double scale = strcmp(pair->unit, "us") == 0 ? 1e-3 : 1;

	for (unsigned i = 0; i < bench->rounds + WARM_UP; i++) {
		unsigned at = i < WARM_UP ? 0 : i - WARM_UP;
		int error = run_round(pair, &series->measured[at], &series->baseline[at]);

		if (error)
			return error;
		series->measured[at] *= scale;
		series->baseline[at] *= scale;
		series->ratio[at] =
			pair->baseline ? series->measured[at] / series->baseline[at] : 0;
	}
	return 0;
}

static void judge(struct bench_row *row, struct series *series, unsigned rounds)
{
	row->median = median_of(series->measured, rounds);
	row->baseline = median_of(series->baseline, rounds);
	row->ratio = median_of(series->ratio, rounds);
	row->spread = spread_of(row->ratio > 0 && !row->goal_is_absolute ? series->ratio
									 : series->measured,
				rounds);
	row->noisy = row->spread > NOISY;
	row->met =
		row->goal <= 0 || (row->goal_is_absolute ? row->median : row->ratio) <= row->goal;
}

void bench_pair(struct bench *bench, const struct bench_pair *pair)
{
	struct bench_row *row = &bench->rows[bench->count];
	struct series series;

	if (bench->failure)
		return;

	int error = bench->count < BENCH_ROWS_MAX ? run_rounds(bench, pair, &series) : -ENOSPC;

	if (error) {
		bench_fail(bench, pair->name, error);
		return;
	}
	*row = (struct bench_row){
		.name = pair->name,
		.unit = pair->unit,
		.against = pair->against,
		.goal = pair->goal,
		.goal_is_absolute = pair->goal_is_absolute,
	};
	judge(row, &series, bench->rounds);
	bench->count++;
}

/* The rows' texts are constants, at the same address on both sides of the fork. */
static void take_over(struct bench *bench, int from)
{
	struct bench_row row;

	while (bench->count < BENCH_ROWS_MAX &&
	       read(from, &row, sizeof(row)) == (ssize_t)sizeof(row))
		bench->rows[bench->count++] = row;
}

void bench_apart(struct bench *bench, void (*body)(struct bench *bench))
{
	size_t before = bench->count;
	int ends[2], status = 0;

	if (pipe(ends) < 0) {
		bench_fail(bench, "pipe", -errno);
		return;
	}

	pid_t child = fork();

	if (child == 0) {
		body(bench);
		for (size_t i = before; i < bench->count; i++)
			if (write(ends[1], &bench->rows[i], sizeof(bench->rows[i])) < 0)
				_exit(1);
		_exit(bench->failure != 0);
	}
	close(ends[1]);
	take_over(bench, ends[0]);
	close(ends[0]);
	if (child < 0 || waitpid(child, &status, 0) < 0 || status != 0)
		bench_fail(bench, "a process of its own", -ECHILD);
}

static const char *verdict(const struct bench_row *row)
{
	if (row->goal <= 0)
		return "-";
	return row->met ? "met" : "MISSED";
}

static void print_row(const struct bench_row *row)
{
	char ratio[32] = "-", baseline[32] = "-", goal[48] = "-";

	if (row->ratio > 0) {
		snprintf(ratio, sizeof(ratio), "%.2f", row->ratio);
		snprintf(baseline, sizeof(baseline), "%.2f", row->baseline);
	}
	if (row->goal > 0)
		snprintf(goal, sizeof(goal), "%.2f%s%s", row->goal,
			 row->goal_is_absolute ? " " : "", row->goal_is_absolute ? row->unit : "");
	printf("%-48s %10.2f %s %10s %8s %5.1f%% %9s  %s%s\n", row->name, row->median, row->unit,
	       baseline, ratio, row->spread * 100, goal, verdict(row),
	       row->noisy ? " (noisy)" : "");
	if (row->against)
		printf("    / %s\n", row->against);
}

static void print_table(const struct bench *bench)
{
	printf("%s: median of %u rounds, load %.2f\n", bench->name, bench->rounds, bench->load);
	printf("%-48s %13s %10s %8s %6s %9s\n", "", "median", "baseline", "ratio", "spread",
	       "goal");
	for (size_t i = 0; i < bench->count; i++)
		print_row(&bench->rows[i]);
	printf("\n");
}

/* Names are plain ASCII without quotes or backslashes. */
static void print_json_row(const struct bench_row *row, const char *end)
{
	printf("  {\"name\": \"%s\", \"unit\": \"%s\", \"median\": %.3f, ", row->name, row->unit,
	       row->median);
	if (row->ratio > 0)
		printf("\"against\": \"%s\", \"baseline\": %.3f, \"ratio\": %.3f, ", row->against,
		       row->baseline, row->ratio);
	else
		printf("\"against\": null, \"baseline\": null, \"ratio\": null, ");
	if (row->goal > 0)
		printf("\"goal\": %.3f, \"goal_of\": \"%s\", \"met\": %s, ", row->goal,
		       row->goal_is_absolute ? "median" : "ratio", row->met ? "true" : "false");
	else
		printf("\"goal\": null, \"goal_of\": null, \"met\": null, ");
	printf("\"spread\": %.3f, \"noisy\": %s}%s\n", row->spread, row->noisy ? "true" : "false",
	       end);
}

static void print_json(const struct bench *bench)
{
	printf("{\"bench\": \"%s\", \"rounds\": %u, \"load\": %.2f, \"rows\": [\n", bench->name,
	       bench->rounds, bench->load);
	for (size_t i = 0; i < bench->count; i++)
		print_json_row(&bench->rows[i], i + 1 < bench->count ? "," : "");
	printf("]}\n");
}

int bench_finish(struct bench *bench)
{
	if (bench->json)
		print_json(bench);
	else
		print_table(bench);
	return bench->failure ? 1 : 0;
}

struct together {
	pthread_barrier_t *start;
	int (*work)(void *data, unsigned index);
	void *data;
	unsigned index;
	double time;
	int error;
};

static void *run_together(void *data)
{
	struct together *one = data;

	/* Once unseen: a new thread's first call goes out of line, for its record. */
	one->error = one->work(one->data, one->index);
	pthread_barrier_wait(one->start);

	double start = bench_thread_time();

	if (!one->error)
		one->error = one->work(one->data, one->index);
	one->time = bench_thread_time() - start;
	return NULL;
}

int bench_together(unsigned threads, int (*work)(void *data, unsigned index), void *data,
		   double operations, double *result)
{
	struct together each[BENCH_THREADS_MAX];
	pthread_t ids[BENCH_THREADS_MAX];
	pthread_barrier_t start;
	double sum = 0;
	int error = 0;

	if (threads > BENCH_THREADS_MAX)
		return -EINVAL;
	pthread_barrier_init(&start, NULL, threads);
	for (unsigned i = 0; i < threads; i++) {
		each[i] = (struct together){
			.start = &start, .work = work, .data = data, .index = i
		};
		/* Without it the others would wait for it for ever. */
		if (pthread_create(&ids[i], NULL, run_together, &each[i]) != 0)
			abort();
	}
	for (unsigned i = 0; i < threads; i++) {
		pthread_join(ids[i], NULL);
		error = error ? error : each[i].error;
		sum += each[i].time;
	}
	pthread_barrier_destroy(&start);
	*result = sum / threads / operations;
	return error;
}
