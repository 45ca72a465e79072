/* SPDX-License-Identifier: MIT */
/*
 * Faults at a word written to the pipe "fault" in its state folder, with a lock held that is not
 * its own: those of the C library, of the loader, and of the core, each by handing over something
 * that cannot be read.
 */
#include <errno.h>
#include <link.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <corbel/plugin.h>

#include "note.h"
#include "test.breaker.h"

/* Where nothing is mapped. */
static void *const volatile nowhere = (void *)64;

struct breaker {
	struct corbel_context *context;
	struct test_breaker_scrap_topic *scrap;
	int pipe;
};

static void *volatile sink;

/*
 * What is free is in lists, whose links lie in the pieces themselves: the arena's lock is held
 * while they are followed.
 */
static void fault_in_malloc(void)
{
	char *pieces[64];

	for (size_t i = 0; i < 64; i++)
		pieces[i] = malloc(3000);
	for (size_t i = 0; i < 64; i += 2)
		free(pieces[i]);
	for (size_t i = 0; i < 64; i += 2)
		memset(pieces[i], 64, 32);
	for (size_t i = 0; i < 64; i++)
		sink = malloc(2000 + i * 100);
}

static int fault_in_callback(struct dl_phdr_info *info, size_t size, void *data)
{
	(void)info;
	(void)size;
	return (int)strlen(data);
}

/* What belongs to the whole process; past the host, which would refuse it. */
static void change_world(void)
{
	syscall(SYS_chdir, "/");
	syscall(SYS_umask, 0);
}

static void close_all(void)
{
	for (int i = 3; i < 256; i++)
		syscall(SYS_close, i);
}

static void fault_now(void *data, int descriptor, uint32_t events)
{
	struct breaker *breaker = data;
	char kind = 0;

	(void)events;
	(void)!read(descriptor, &kind, 1);
	switch (kind) {
	case 'm':
		fault_in_malloc();
		break;
	case 's':
		printf("%s", (const char *)nowhere);
		break;
	case 'l':
		dl_iterate_phdr(fault_in_callback, nowhere);
		break;
	case 'c':
		corbel_publish((struct corbel_topic *)breaker->scrap, nowhere, 64);
		break;
	case 'w':
		change_world();
		break;
	case 'd':
		close_all();
		break;
	default:
		break;
	}
	*(volatile int *)nowhere = 1;
}

static int pipe_open(struct breaker *breaker)
{
	const char *folder;
	char path[512];
	int code = corbel_state_folder(breaker->context, &folder);

	if (code < 0)
		return code;
	snprintf(path, sizeof(path), "%s/fault", folder);
	if (mkfifo(path, 0600) < 0 && errno != EEXIST)
		return -errno;
	breaker->pipe = note_open(breaker->context, "fault");
	return breaker->pipe < 0 ? breaker->pipe
				 : corbel_watch_add(breaker->context, breaker->pipe, EPOLLIN,
						    fault_now, breaker, NULL);
}

static int start(struct corbel_context *context, void **self)
{
	static const struct corbel_topic_options keeping = { .size = sizeof(keeping), .retain = 1 };
	struct breaker *breaker = calloc(1, sizeof(*breaker));

	if (!breaker)
		return -ENOMEM;
	breaker->context = context;

	int code = test_breaker_scrap_open(context, &keeping, &breaker->scrap);

	if (code == 0)
		code = pipe_open(breaker);
	if (code < 0) {
		free(breaker);
		return code;
	}
	*self = breaker;
	return 0;
}

static void stop(void *self, enum corbel_stop_reason reason)
{
	struct breaker *breaker = self;

	(void)reason;
	close(breaker->pipe);
	free(breaker);
}

CORBEL_PLUGIN(.start = start, .stop = stop);
