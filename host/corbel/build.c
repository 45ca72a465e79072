/* SPDX-License-Identifier: MIT */
/* A run of the author's build command, watched by the loop. */
#include "build.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "program.h"

#define GRACE (2 * POLLER_SECOND)

static void has_ended(void *data, uint32_t events)
{
	struct build *build = data;
	int descriptor = build->watch.descriptor;

	(void)events;
	poller_remove(build->poller, &build->watch);
	poller_timer_clear(build->poller, &build->grace);
	close(descriptor);
	int status = program_wait(build->id, build->is_stopping);

	build->ended(build->data, status, poller_now() - build->began);
}

static void kill_all(void *data)
{
	struct build *build = data;

	kill(-build->id, SIGKILL);
}

void build_init(struct build *build)
{
	build->watch = (struct poller_watch){ -1, has_ended, build };
	build->grace = (struct poller_timer){ .fire = kill_all, .data = build };
}

int build_start(struct build *build, const char *folder, const char *command)
{
	const char *const arguments[] = { "/bin/sh", "-c", command, NULL };

	build->began = poller_now();
	build->is_stopping = false;
	int code = program_start(arguments, folder, -1, &build->id);

	if (code < 0)
		return code;
	int descriptor = pidfd_open(build->id, 0);

	code = descriptor < 0 ? -errno
			      : poller_add(build->poller, &build->watch, descriptor, EPOLLIN);
	if (code == 0)
		return 0;
	if (descriptor >= 0)
		close(descriptor);
	kill_all(build);
	program_wait(build->id, true);
	return code;
}

bool build_is_running(const struct build *build)
{
	return build->watch.descriptor >= 0;
}

void build_stop(struct build *build, int signal)
{
	kill(-build->id, build->is_stopping ? SIGKILL : signal);
	build->is_stopping = true;
	poller_timer_set(build->poller, &build->grace, GRACE);
}
