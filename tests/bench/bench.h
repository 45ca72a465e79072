/* SPDX-License-Identifier: MIT */
/*
 * The measuring frame of all benchmarks: paired rounds, medians, ratios, and how they are printed.
 *
 * What is measured and its baseline take turns in one process (A B A B ...), a few rounds unseen to
 * warm up, then those that count. A ratio is the median of the rounds' own ratios, so that what
 * slows the machine for a while slows both sides of a pair. Nothing is asserted about time: a
 * missed goal is said, not failed.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BENCH_ROUNDS_MAX 101
#define BENCH_ROWS_MAX 32
#define BENCH_THREADS_MAX 2

/* One round: writes nanoseconds for one operation; 0 or -errno. */
typedef int bench_round(void *data, double *result);

struct bench_pair {
	const char *name;
	const char *unit;    /* "ns" or "us" of one operation */
	const char *against; /* what the baseline is, in words */
	bench_round *measured;
	bench_round *baseline; /* NULL: none */
	void *data;
	unsigned slices;       /* a round is the quickest of so many, taken in turns too; 0: one */
	double goal;           /* at most this; 0: none */
	bool goal_is_absolute; /* in `unit`, instead of a ratio */
};

/*
 * Slices for loops of nanoseconds, which fall into faster and slower modes by chance of the
 * processor's predictors.
 */
#define BENCH_SLICES 9

struct bench_row {
	const char *name, *unit, *against;
	double median, baseline, ratio; /* in `unit`; without a baseline the last two are 0 */
	double spread;                  /* between the quartiles, as a share of the median */
	double goal;
	bool goal_is_absolute, met, noisy;
};

struct bench {
	const char *name;
	bool json;
	unsigned rounds;
	double load; /* of the machine at the start; other work than this makes figures noisy */
	int failure;
	struct bench_row rows[BENCH_ROWS_MAX];
	size_t count;
};

/* Reads --json and --rounds=N. 0, or the exit status for a wrong argument. */
int bench_init(struct bench *bench, const char *name, int argc, char **argv);
void bench_pair(struct bench *bench, const struct bench_pair *pair);
/* Takes note of an error that is no matter of time; the exit status tells of it. */
void bench_fail(struct bench *bench, const char *what, int code);
/*
 * Runs `body` in a child made by fork, and takes its rows over: for settings that cannot be undone.
 * /
 */
void bench_apart(struct bench *bench, void (*body)(struct bench *bench));
/* Prints; the exit status. */
int bench_finish(struct bench *bench);

/* Nanoseconds of the machine's clock. */
double bench_wall(void);
/* Nanoseconds that the calling thread has run: the turns of other programs do not count. */
double bench_thread_time(void);

/*
 * Runs `work` in `threads` threads at once, which start together, and writes the mean of their own
 * times for one of `operations`. 0 or the first error.
 */
int bench_together(unsigned threads, int (*work)(void *data, unsigned index), void *data,
		   double operations, double *result);

#endif
