/* SPDX-License-Identifier: MIT */
/* Threads and processes: a thread that a plugin makes is that plugin's; a process it does not make.
 */
#include "interpose.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include <corbel/fault.h>

struct beginning {
	struct corbel_fault_thread *thread;
	void *(*run)(void *data);
	void *data;
};

/* Whether the calling thread was made by a plugin, which may end it, too. */
static __thread bool is_plugins;

static void *begin(void *data)
{
	struct beginning beginning = *(struct beginning *)data;

	free(data);
	is_plugins = true;
	return corbel_fault_thread_run(beginning.thread, beginning.run, beginning.data);
}

static int create(pthread_t *out, const pthread_attr_t *attributes, struct beginning *beginning)
{
	int error = -corbel_fault_thread_new(&beginning->thread);

	if (error == 0) {
		error = INTERPOSE_NEXT(pthread_create)(out, attributes, begin, beginning);
		if (error != 0)
			corbel_fault_thread_free(beginning->thread);
	}
	return error;
}

INTERPOSED int pthread_create(pthread_t *out, const pthread_attr_t *attributes,
			      void *(*run)(void *data), void *data)
{
	if (!corbel_fault_is_plugin(INTERPOSE_CALLER))
		return INTERPOSE_NEXT(pthread_create)(out, attributes, run, data);

	struct beginning *beginning = malloc(sizeof(*beginning));

	if (!beginning)
		return EAGAIN;
	beginning->run = run;
	beginning->data = data;
	int error = create(out, attributes, beginning);
	if (error != 0)
		free(beginning);
	return error;
}

INTERPOSED void pthread_exit(void *result)
{
	if (!is_plugins)
		interpose_end(INTERPOSE_CALLER,
			      "called pthread_exit() in a thread that is the host's");
	INTERPOSE_NEXT(pthread_exit)(result);
	__builtin_unreachable();
}

INTERPOSED pid_t fork(void)
{
	if (!interpose_refuses(INTERPOSE_fork, INTERPOSE_CALLER))
		return INTERPOSE_NEXT(fork)();
	errno = EPERM;
	return -1;
}

INTERPOSED pid_t _Fork(void)
{
	if (!interpose_refuses(INTERPOSE__Fork, INTERPOSE_CALLER))
		return INTERPOSE_NEXT(_Fork)();
	errno = EPERM;
	return -1;
}

/* What vfork() returns to must not have returned itself: the host's own gets a fork(). */
INTERPOSED pid_t vfork(void)
{
	if (!interpose_refuses(INTERPOSE_vfork, INTERPOSE_CALLER))
		return INTERPOSE_NEXT(fork)();
	errno = EPERM;
	return -1;
}

INTERPOSED int daemon(int keeps_folder, int keeps_output)
{
	if (!interpose_refuses(INTERPOSE_daemon, INTERPOSE_CALLER))
		return INTERPOSE_NEXT(daemon)(keeps_folder, keeps_output);
	errno = EPERM;
	return -1;
}
