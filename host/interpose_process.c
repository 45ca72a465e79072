/* SPDX-License-Identifier: MIT */
/* What belongs to the process as a whole: a plugin may look at it. */
#include "interpose.h"

#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static mode_t mask_in_force;

static int refuse(void)
{
	errno = EPERM;
	return -1;
}

INTERPOSED int chdir(const char *path)
{
	if (interpose_refuses(INTERPOSE_chdir, INTERPOSE_CALLER))
		return refuse();
	return INTERPOSE_NEXT(chdir)(path);
}

INTERPOSED int fchdir(int descriptor)
{
	if (interpose_refuses(INTERPOSE_fchdir, INTERPOSE_CALLER))
		return refuse();
	return INTERPOSE_NEXT(fchdir)(descriptor);
}

/* It cannot fail, nor tell the mask without changing it: the one in force is kept. */
INTERPOSED mode_t umask(mode_t mask)
{
	if (interpose_refuses(INTERPOSE_umask, INTERPOSE_CALLER))
		return mask_in_force;
	mask_in_force = mask;
	return INTERPOSE_NEXT(umask)(mask);
}

/* Before there is any thread that could make a file meanwhile. */
__attribute__((constructor)) static void find_mask(void)
{
	umask(umask(0));
}

INTERPOSED char *setlocale(int category, const char *locale)
{
	if (locale && interpose_refuses(INTERPOSE_setlocale, INTERPOSE_CALLER))
		return NULL;
	return INTERPOSE_NEXT(setlocale)(category, locale);
}

INTERPOSED int setenv(const char *name, const char *value, int overwrite)
{
	if (interpose_refuses(INTERPOSE_setenv, INTERPOSE_CALLER))
		return refuse();
	return INTERPOSE_NEXT(setenv)(name, value, overwrite);
}

INTERPOSED int unsetenv(const char *name)
{
	if (interpose_refuses(INTERPOSE_unsetenv, INTERPOSE_CALLER))
		return refuse();
	return INTERPOSE_NEXT(unsetenv)(name);
}

INTERPOSED int putenv(char *assignment)
{
	if (interpose_refuses(INTERPOSE_putenv, INTERPOSE_CALLER))
		return refuse();
	return INTERPOSE_NEXT(putenv)(assignment);
}

INTERPOSED int clearenv(void)
{
	if (interpose_refuses(INTERPOSE_clearenv, INTERPOSE_CALLER))
		return refuse();
	return INTERPOSE_NEXT(clearenv)();
}

INTERPOSED int setrlimit(__rlimit_resource_t resource, const struct rlimit *limit)
{
	if (interpose_refuses(INTERPOSE_setrlimit, INTERPOSE_CALLER))
		return refuse();
	return INTERPOSE_NEXT(setrlimit)(resource, limit);
}

INTERPOSED int setrlimit64(__rlimit_resource_t resource, const struct rlimit64 *limit)
{
	if (interpose_refuses(INTERPOSE_setrlimit64, INTERPOSE_CALLER))
		return refuse();
	return INTERPOSE_NEXT(setrlimit64)(resource, limit);
}
