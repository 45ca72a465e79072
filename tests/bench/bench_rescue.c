/* SPDX-License-Identifier: MIT */
/* How long corbeld does not answer when it begins anew in place because of a fault. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define PATIENCE (30 * 1e9) /* ns */

static const char request[] = "{\"method\":\"org.corbel.Host.GetInfo\"}";

struct daemon {
	char folder[32], file[64], pipe[64];
	struct sockaddr_un address;
	pid_t id;
	long long started; /* as it says itself: tells one program from the next */
};

static int write_configuration(struct daemon *daemon)
{
	FILE *file;

	strcpy(daemon->folder, "/tmp/bench_rescue.XXXXXX");
	if (!mkdtemp(daemon->folder))
		return -errno;
	daemon->address.sun_family = AF_UNIX;
	snprintf(daemon->file, sizeof(daemon->file), "%s/ini", daemon->folder);
	snprintf(daemon->pipe, sizeof(daemon->pipe), "%s/breaker/fault", daemon->folder);
	snprintf(daemon->address.sun_path, sizeof(daemon->address.sun_path), "%s/control",
		 daemon->folder);
	file = fopen(daemon->file, "we");
	if (!file)
		return -errno;
	fprintf(file,
		"[corbel]\nplugin-path = " TEST_BUILDDIR "/tests/rescue/.libs\n"
		"runtime-dir = %s\nstate-dir = %s\nre-exec-intensity = 1000\n"
		"[plugin pitcher]\n[plugin catcher]\n"
		"[plugin breaker]\non-fault = re-exec\nrestart-intensity = 1000\n",
		daemon->folder, daemon->folder);
	return fclose(file) == 0 ? 0 : -errno;
}

static int daemon_start(struct daemon *daemon)
{
	char name[] = "corbeld", develop[] = "--develop", configuration[] = "-c";
	char *const arguments[] = { name, develop, configuration, daemon->file, NULL };
	posix_spawn_file_actions_t actions;
	int code = write_configuration(daemon);

	if (code < 0)
		return code;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	code = -posix_spawn(&daemon->id, TEST_BUILDDIR "/host/corbeld", &actions, NULL, arguments,
			    environ);
	posix_spawn_file_actions_destroy(&actions);
	return code;
}

static void daemon_stop(struct daemon *daemon)
{
	char command[64];

	if (daemon->id > 0) {
		kill(daemon->id, SIGTERM);
		waitpid(daemon->id, NULL, 0);
	}
	snprintf(command, sizeof(command), "rm -rf %s", daemon->folder);
	if (system(command) != 0)
		fprintf(stderr, "bench_rescue: cannot remove %s\n", daemon->folder);
}

/* One connection, one answer; 0: there was none. */
static long long ask(const struct daemon *daemon)
{
	int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char answer[2048] = "";
	const char *started = NULL;

	if (connect(descriptor, (const struct sockaddr *)&daemon->address,
		    sizeof(daemon->address)) == 0 &&
	    send(descriptor, request, sizeof(request), MSG_NOSIGNAL) > 0 &&
	    recv(descriptor, answer, sizeof(answer) - 1, 0) > 0)
		started = strstr(answer, "\"started\":");
	close(descriptor);
	return started ? atoll(started + strlen("\"started\":")) : 0;
}

/* Until a program answers that is not the one before. */
static int wait_for_another(struct daemon *daemon)
{
	double end = bench_wall() + PATIENCE;

	while (bench_wall() < end) {
		long long started = ask(daemon);

		if (started && started != daemon->started) {
			daemon->started = started;
			return 0;
		}
	}
	return -ETIMEDOUT;
}

/* When this one has opened it, it runs. */
static int open_pipe(const struct daemon *daemon)
{
	double end = bench_wall() + PATIENCE;

	for (int descriptor; bench_wall() < end; poll(NULL, 0, 1)) {
		descriptor = open(daemon->pipe, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
		if (descriptor >= 0)
			return descriptor;
	}
	return -ETIMEDOUT;
}

static int measure(void *data, double *result)
{
	struct daemon *daemon = data;
	int descriptor = open_pipe(daemon), code;
	double start = bench_wall();

	if (descriptor < 0)
		return descriptor;
	code = write(descriptor, "n", 1) == 1 ? wait_for_another(daemon) : -errno;
	*result = bench_wall() - start;
	close(descriptor);
	return code;
}

int main(int argc, char **argv)
{
	static struct daemon daemon;
	const struct bench_pair pair = {
		.name = "from a fault to the next program's first answer",
		.unit = "us",
		.measured = measure,
		.data = &daemon,
	};
	struct bench bench;
	int status = bench_init(&bench, "bench_rescue", argc, argv);

	if (status)
		return status;

	int code = daemon_start(&daemon);

	if (code == 0)
		code = wait_for_another(&daemon);
	if (code == 0)
		bench_pair(&bench, &pair);
	else
		bench_fail(&bench, "corbeld", code);
	daemon_stop(&daemon);
	return bench_finish(&bench);
}
