/* SPDX-License-Identifier: MIT */
/* Running a program of the author's machine: a build, the scanner. */
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

static void set_attributes(posix_spawnattr_t *attributes)
{
	sigset_t all, none;

	sigfillset(&all);
	sigemptyset(&none);
	posix_spawnattr_setsigdefault(attributes, &all);
	posix_spawnattr_setsigmask(attributes, &none);
	posix_spawnattr_setpgroup(attributes, 0);
	posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |
						     POSIX_SPAWN_SETPGROUP);
}

int program_start(const char *const *arguments, const char *folder, int descriptor, pid_t *id)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;

	/* Neither can fail in glibc. */
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	set_attributes(&attributes);
	int error = posix_spawn_file_actions_addchdir_np(&actions, folder);

	/* A terminal would stop a program in the background that reads from it. */
	if (!error)
		error = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
							 O_RDONLY, 0);
	if (!error && descriptor >= 0)
		error = posix_spawn_file_actions_adddup2(&actions, descriptor, descriptor);
	if (!error)
		error = posix_spawnp(id, arguments[0], &actions, &attributes,
				     (char *const *)arguments, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return -error;
}

int program_wait(pid_t id, bool with_group)
{
	siginfo_t info = { 0 };

	while (waitid(P_PID, (id_t)id, &info, WEXITED | WNOWAIT) < 0 && errno == EINTR)
		;
	/* Until it is reaped its group's number is no other's. */
	if (with_group)
		kill(-id, SIGKILL);
	while (waitpid(id, NULL, 0) < 0 && errno == EINTR)
		;
	return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}
