/* SPDX-License-Identifier: MIT */
/* Descriptors: a plugin does not close those of the host. */
#include "interpose.h"

#include <errno.h>
#include <limits.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <corbel/fault.h>

#include "descriptors.h"

/* Whether it must not be closed. Those that are the host's own to close are forgotten. */
static bool is_kept(enum interpose_function function, int descriptor, const void *caller)
{
	if (descriptor < 0 || !descriptors_has((unsigned)descriptor, (unsigned)descriptor))
		return false;
	if (interpose_refuses(function, caller)) {
		errno = EBADF;
		return true;
	}
	if (function == INTERPOSE_close)
		descriptors_release(descriptor);
	return false;
}

static bool are_kept(enum interpose_function function, unsigned first, unsigned last,
		     const void *caller)
{
	if (!descriptors_has(first, last) || !interpose_refuses(function, caller))
		return false;
	errno = EBADF;
	return true;
}

/* What the core makes while a plugin runs is the host's, too. */
static int made(int descriptor, const void *caller)
{
	if (!corbel_fault_is_plugin(caller))
		descriptors_keep(descriptor);
	return descriptor;
}

INTERPOSED int close(int descriptor)
{
	if (is_kept(INTERPOSE_close, descriptor, INTERPOSE_CALLER))
		return -1;
	return INTERPOSE_NEXT(close)(descriptor);
}

INTERPOSED int dup2(int from, int to)
{
	if (is_kept(INTERPOSE_dup2, to, INTERPOSE_CALLER))
		return -1;
	return INTERPOSE_NEXT(dup2)(from, to);
}

INTERPOSED int dup3(int from, int to, int flags)
{
	if (is_kept(INTERPOSE_dup3, to, INTERPOSE_CALLER))
		return -1;
	return INTERPOSE_NEXT(dup3)(from, to, flags);
}

INTERPOSED int close_range(unsigned first, unsigned last, int flags)
{
	if (are_kept(INTERPOSE_close_range, first, last, INTERPOSE_CALLER))
		return -1;
	return INTERPOSE_NEXT(close_range)(first, last, flags);
}

INTERPOSED void closefrom(int first)
{
	if (are_kept(INTERPOSE_closefrom, first < 0 ? 0 : (unsigned)first, UINT_MAX,
		     INTERPOSE_CALLER))
		return;
	INTERPOSE_NEXT(closefrom)(first);
}

INTERPOSED int accept4(int descriptor, struct sockaddr *address, socklen_t *size, int flags)
{
	return made(INTERPOSE_NEXT(accept4)(descriptor, address, size, flags), INTERPOSE_CALLER);
}

INTERPOSED int eventfd(unsigned count, int flags)
{
	return made(INTERPOSE_NEXT(eventfd)(count, flags), INTERPOSE_CALLER);
}

INTERPOSED int inotify_init1(int flags)
{
	return made(INTERPOSE_NEXT(inotify_init1)(flags), INTERPOSE_CALLER);
}

INTERPOSED int memfd_create(const char *name, unsigned flags)
{
	return made(INTERPOSE_NEXT(memfd_create)(name, flags), INTERPOSE_CALLER);
}

INTERPOSED int pidfd_open(pid_t process, unsigned flags)
{
	return made(INTERPOSE_NEXT(pidfd_open)(process, flags), INTERPOSE_CALLER);
}
