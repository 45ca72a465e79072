/* SPDX-License-Identifier: MIT */
/*
 * Reloads a plugin N times under load, and says in one line what came of it: soak N [--http].
 * Exit status: 0, or 1 when a call failed, an event was lost, or something grew.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "endurance.h"

static void progress(unsigned long done, unsigned long of)
{
	if (done % 50 == 0)
		fprintf(stderr, "\r%lu of %lu reloads", done, of);
	if (done == of)
		fprintf(stderr, "\r\033[K");
}

static void print(const struct endurance_result *result)
{
	const struct traffic_sum *sum = &result->sum;
	const struct census *grown = &result->grown;

	printf("%lu reloads, %llu calls, %llu failed, %llu events, %llu lost, "
	       "rss %+ld KiB, fds %+ld, threads %+ld, maps %+ld\n",
	       result->reloads, (unsigned long long)sum->calls, (unsigned long long)sum->failed,
	       (unsigned long long)sum->events, (unsigned long long)sum->lost, grown->rss,
	       grown->descriptors, grown->threads, grown->maps);
}

/* What is wrong and not in the line. */
static void explain(const struct endurance_result *result)
{
	const struct traffic_sum *sum = &result->sum;

	if (*result->words)
		fprintf(stderr, "soak: after %lu reloads: %s\n", result->reloads, result->words);
	if (sum->error)
		fprintf(stderr, "soak: the first call that failed: %s\n", strerror(-sum->error));
	if (sum->lost || sum->drift)
		fprintf(stderr, "soak: %s\n", sum->words);
	if (result->images > 0)
		fprintf(stderr, "soak: %ld private copies are left\n", result->images);
}

static int usage(void)
{
	fprintf(stderr, "usage: soak RELOADS [--http]\n");
	return 2;
}

int main(int argc, char **argv)
{
	struct endurance_options options = { .progress = isatty(STDERR_FILENO) ? progress : NULL };
	struct endurance_result result;
	char *end = NULL;

	if (argc < 2 || argc > 3 || (argc == 3 && strcmp(argv[2], "--http") != 0))
		return usage();
	options.reloads = strtoul(argv[1], &end, 10);
	options.with_http = argc == 3;
	if (*end != '\0' || options.reloads == 0)
		return usage();

	int code = endurance_run(&options, &result);

	explain(&result);
	print(&result);
	return code == 0 && endurance_is_flat(&result) ? EXIT_SUCCESS : EXIT_FAILURE;
}
