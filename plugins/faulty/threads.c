/* SPDX-License-Identifier: MIT */
/* Other threads, and what a plugin leaves behind. */
#include <poll.h>
#include <pthread.h>

#include <corbel/worker.h>

#include "classes.h"

static void begin(void *(*work)(void *data))
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, work, NULL) == 0)
		pthread_detach(thread);
}

static void *crash(void *data)
{
	null_write();
	return data;
}

void thread_crash(void)
{
	begin(crash);
}

static void *idle(void *data)
{
	for (;;)
		poll(NULL, 0, 100);
	return data;
}

void thread_left(void)
{
	begin(idle);
}

static void crash_in_worker(struct corbel_worker *worker, void *data)
{
	(void)worker;
	crash(data);
}

void worker_crash(struct corbel_context *context)
{
	corbel_worker_start(context, "crash", crash_in_worker, NULL, NULL);
}

static void destroy(void *data)
{
	(void)data;
}

/* The thread's end calls a destructor that went with the image, unless it cannot go. */
void callback_left(void)
{
	pthread_key_t key;

	if (pthread_key_create(&key, destroy) == 0)
		pthread_setspecific(key, destroy);
}
