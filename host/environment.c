/* SPDX-License-Identifier: MIT */
/* What corbeld does to its own process before anything else. */
#include "environment.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#endif
#define MDWE_REFUSE_EXEC_GAIN 1ul
#define MDWE_NO_INHERIT 2ul

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define UNDER_SANITIZER true
#else
#define UNDER_SANITIZER false
#endif

#define TUNABLES "GLIBC_TUNABLES"
#define WIPING_MALLOC "glibc.malloc.perturb=165:glibc.malloc.tcache_count=0"

bool environment_steers_loader(const char *assignment)
{
	return strncmp(assignment, "LD_", 3) == 0 || strncmp(assignment, "MALLOC_", 7) == 0 ||
	       strncmp(assignment, "GCONV_PATH=", 11) == 0 ||
	       (strncmp(assignment, TUNABLES "=", sizeof(TUNABLES)) == 0 &&
		strcmp(assignment, TUNABLES "=" WIPING_MALLOC) != 0);
}

/*
 * Before it is installed, a program of libtool's finds its libraries by LD_LIBRARY_PATH and in no
 * other way.
 */
static bool is_in_build_folder(void)
{
	char path[4096];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (length < 0)
		return false;
	path[length] = '\0';
	char *slash = strrchr(path, '/');

	if (!slash)
		return false;
	*slash = '\0';
	slash = strrchr(path, '/');
	return slash && strcmp(slash, "/.libs") == 0;
}

/* Drops them in place; the strings stay where they are. */
static bool drop_steering(char **variables)
{
	bool keeps_path = is_in_build_folder();
	char **kept = variables;

	for (char **variable = variables; *variable; variable++)
		if (!environment_steers_loader(*variable) ||
		    (keeps_path && strncmp(*variable, "LD_LIBRARY_PATH=", 16) == 0))
			*kept++ = *variable;
	bool has_dropped = *kept != NULL;

	*kept = NULL;
	return has_dropped;
}

static bool keeps_environment(void)
{
	return UNDER_SANITIZER || getenv("CORBEL_KEEP_ENVIRONMENT");
}

void environment_scrub(char **arguments)
{
	if (!keeps_environment() && environ && drop_steering(environ))
		execv("/proc/self/exe", arguments);
}

void environment_refuse_writable_code(void)
{
	/* Children are programs of their own (Linux 6.6 lets us say so). */
	if (prctl(PR_SET_MDWE, MDWE_REFUSE_EXEC_GAIN | MDWE_NO_INHERIT, 0ul, 0ul, 0ul) < 0)
		prctl(PR_SET_MDWE, MDWE_REFUSE_EXEC_GAIN, 0ul, 0ul, 0ul);
}

void environment_wipe_freed_memory(char **arguments)
{
	/* Read once, when a program begins; and not meant for the programs that this one starts. */
	if (keeps_environment())
		return;
	if (!getenv(TUNABLES)) {
		setenv(TUNABLES, WIPING_MALLOC, 1);
		execv("/proc/self/exe", arguments);
	}
	unsetenv(TUNABLES);
	/* It was called "exe" by its execution. */
	prctl(PR_SET_NAME, (unsigned long)program_invocation_short_name, 0ul, 0ul, 0ul);
}
