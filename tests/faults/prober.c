/* SPDX-License-Identifier: MIT */
/*
 * A plugin for the tests of faults: does what it is asked at a socket in its state folder, a line
 * each: "WORD ARGUMENT\n", and answers with a number.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <corbel/plugin.h>

#include "corbel.faulty.h"
#include "corbel.greeter.h"
#include "test.workhorse.h"

struct prober {
	struct corbel_context *context;
	struct corbel_greeter *greeter;
	struct corbel_faulty *faulty;
	struct test_workhorse *workhorse;
	struct corbel_faulty_direct_topic *direct;
	struct corbel_faulty_queued_topic *queued;
};

/* So many calls, of which each must be answered well. */
static long calls(struct prober *prober, const char *argument)
{
	long count = strtol(argument, NULL, 10);

	for (long i = 0; i < count; i++) {
		char *text;
		int result = corbel_greeter_greet(prober->greeter, "you", &text);

		if (result < 0)
			return result;
		bool is_right = strcmp(text, "Hello, you!") == 0;

		corbel_free(prober->context, text);
		if (!is_right)
			return -EBADMSG;
	}
	return count;
}

static long commit(struct prober *prober, const char *fault)
{
	return corbel_faulty_commit(prober->faulty, fault);
}

static long queue(struct prober *prober, const char *fault)
{
	return corbel_faulty_queue(prober->faulty, fault);
}

static long later(struct prober *prober, const char *fault)
{
	return corbel_faulty_later(prober->faulty, fault);
}

static long worker(struct prober *prober, const char *fault)
{
	return corbel_faulty_worker(prober->faulty, fault);
}

static long embrace(struct prober *prober, const char *nothing)
{
	(void)nothing;
	return corbel_faulty_embrace(prober->faulty);
}

static long count(struct prober *prober, const char *nothing)
{
	uint64_t faults;
	int result = corbel_faulty_count(prober->faulty, &faults);

	(void)nothing;
	return result < 0 ? result : (long)faults;
}

static long direct(struct prober *prober, const char *fault)
{
	const struct corbel_faulty_direct event = { .size = sizeof(event), .fault = fault };

	return corbel_faulty_direct_publish(prober->direct, &event);
}

static long queued(struct prober *prober, const char *fault)
{
	const struct corbel_faulty_queued event = { .size = sizeof(event), .fault = fault };

	return corbel_faulty_queued_publish(prober->queued, &event);
}

/* Pieces of all sizes, held together and freed in another order. */
static long heap(struct prober *prober, const char *nothing)
{
	enum { PIECES = 1000 };
	char *pieces[PIECES] = { 0 };
	long result = 0;

	(void)prober;
	(void)nothing;
	for (size_t i = 0; i < PIECES; i++) {
		size_t size = (i * i) % 50000 + 1;

		pieces[i] = malloc(size);
		if (pieces[i])
			memset(pieces[i], 1, size);
		else
			result = -ENOMEM;
	}
	for (size_t i = 0; i < PIECES; i++)
		free(pieces[(i * 7) % PIECES]);
	return result;
}

/* Rounds from 0 on; a sum over all that they answer. */
static long work(struct prober *prober, const char *argument)
{
	uint32_t rounds = (uint32_t)strtoul(argument, NULL, 10), sum = 2166136261u;

	for (uint32_t round = 0; round < rounds; round++) {
		char *text;
		int result = test_workhorse_work(prober->workhorse, round, &text);

		if (result < 0)
			return result;
		for (const char *at = text; *at; at++)
			sum = (sum ^ (unsigned char)*at) * 16777619u;
		corbel_free(prober->context, text);
	}
	return sum;
}

/* The sum over what has come back to the workhorse by its events; 0 until that are so many rounds.
 */
static long total(struct prober *prober, const char *argument)
{
	uint64_t rounds, sum, ticks;
	int result = test_workhorse_total(prober->workhorse, &rounds, &sum, &ticks);

	if (result < 0)
		return result;
	return rounds != strtoul(argument, NULL, 10) || ticks < 2 ? 0 : (long)(sum >> 1);
}

static const struct {
	const char *name;
	long (*run)(struct prober *prober, const char *argument);
} words[] = {
	{ "calls", calls },   { "commit", commit }, { "queue", queue },     { "later", later },
	{ "worker", worker }, { "count", count },   { "direct", direct },   { "queued", queued },
	{ "work", work },     { "total", total },   { "embrace", embrace }, { "heap", heap },
};

static long answer(struct prober *prober, char *line)
{
	const char *word = strsep(&line, " \n");
	const char *argument = line ? strsep(&line, "\n") : NULL;

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strcmp(words[i].name, word) == 0)
			return words[i].run(prober, argument ? argument : "");
	return -EINVAL;
}

/* One line at a time: who asks waits for the answer. */
static void asked(void *data, int descriptor, uint32_t events)
{
	char line[256];
	ssize_t size = read(descriptor, line, sizeof(line) - 1);

	(void)events;
	line[size > 0 ? size : 0] = '\0';
	if (size > 0)
		dprintf(descriptor, "%ld\n", answer(data, line));
	else
		shutdown(descriptor, SHUT_RDWR);
}

static void called(void *data, int descriptor, uint32_t events)
{
	struct prober *prober = data;
	int connection = accept4(descriptor, NULL, NULL, SOCK_CLOEXEC);

	(void)events;
	if (connection >= 0)
		corbel_watch_add(prober->context, connection, CORBEL_READABLE | CORBEL_WATCH_OWNED,
				 asked, prober, NULL);
}

static int listen_in(struct prober *prober, const char *folder)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (descriptor < 0)
		return -errno;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", folder);
	unlink(address.sun_path);
	if (bind(descriptor, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(descriptor, 4) < 0) {
		int result = -errno;

		close(descriptor);
		return result;
	}
	return corbel_watch_add(prober->context, descriptor, CORBEL_READABLE | CORBEL_WATCH_OWNED,
				called, prober, NULL);
}

static int start(struct corbel_context *context, void **self)
{
	struct prober *prober = calloc(1, sizeof(*prober));
	const char *folder;
	int result = prober ? 0 : -ENOMEM;

	if (result == 0) {
		prober->context = context;
		result = corbel_state_folder(context, &folder);
	}
	if (result == 0)
		result = corbel_greeter_acquire(context, NULL, &prober->greeter);
	if (result == 0)
		result = corbel_faulty_acquire(context, NULL, &prober->faulty);
	if (result == 0)
		result = test_workhorse_acquire(context, NULL, &prober->workhorse);
	if (result == 0)
		result = corbel_faulty_direct_open(context, NULL, &prober->direct);
	if (result == 0)
		result = corbel_faulty_queued_open(context, NULL, &prober->queued);
	if (result == 0)
		result = listen_in(prober, folder);
	if (result < 0) {
		free(prober);
		return result;
	}
	*self = prober;
	return 0;
}

static void stop(void *self, enum corbel_stop_reason reason)
{
	(void)reason;
	free(self);
}

CORBEL_PLUGIN(.start = start, .stop = stop);
