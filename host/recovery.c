/* SPDX-License-Identifier: MIT */
/* Recovery: programs run after the faults of plugins. */
#include "recovery.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <corbel/log.h>

#include "faults.h"

/* Longer than that is no clearing up. */
#define TIME_LIMIT (60 * POLLER_SECOND)

extern char **environ;

/* One for each plugin that has had a fault. */
struct program {
	struct recovery *recovery;
	struct program *next;
	char *plugin;
	int64_t fault; /* the last that was seen: its time */
	pid_t id;      /* 0: none runs */
	struct poller_watch watch;
	struct poller_timer limit;
};

struct recovery {
	struct poller *poller;
	struct corbel_host *host;
	struct program *programs;
};

int recovery_new(struct poller *poller, struct corbel_host *host, struct recovery **out)
{
	struct recovery *recovery = calloc(1, sizeof(*recovery));

	if (!recovery)
		return -ENOMEM;
	recovery->poller = poller;
	recovery->host = host;
	*out = recovery;
	return 0;
}

static void end(struct program *program)
{
	int descriptor = program->watch.descriptor;

	poller_timer_clear(program->recovery->poller, &program->limit);
	poller_remove(program->recovery->poller, &program->watch);
	if (descriptor >= 0)
		close(descriptor);
	program->id = 0;
}

void recovery_free(struct recovery *recovery)
{
	struct program *program = recovery ? recovery->programs : NULL;

	for (struct program *next; program; program = next) {
		next = program->next;
		end(program);
		free(program->plugin);
		free(program);
	}
	free(recovery);
}

static void kill_program(void *data)
{
	struct program *program = data;

	corbel_host_log(program->recovery->host, CORBEL_WARNING,
			"%s: its recovery has run for %d s and is killed", program->plugin,
			(int)(TIME_LIMIT / POLLER_SECOND));
	/* Not reaped yet, so neither its id nor its group's is another's. */
	kill(-program->id, SIGKILL);
}

static void ended(void *data, uint32_t events)
{
	struct program *program = data;
	struct corbel_host *host = program->recovery->host;
	int status;

	(void)events;
	if (waitpid(program->id, &status, WNOHANG) != program->id)
		return;
	if (WIFSIGNALED(status))
		corbel_host_log(host, CORBEL_WARNING, "%s: its recovery was ended by %s",
				program->plugin, strsignal(WTERMSIG(status)));
	else
		corbel_host_log(host, WEXITSTATUS(status) ? CORBEL_WARNING : CORBEL_NOTICE,
				"%s: its recovery ended with status %d", program->plugin,
				WEXITSTATUS(status));
	end(program);
}

static struct program *find(struct recovery *recovery, const char *plugin)
{
	struct program *program = recovery->programs;

	while (program && strcmp(program->plugin, plugin) != 0)
		program = program->next;
	if (program)
		return program;
	program = calloc(1, sizeof(*program));
	if (!program)
		return NULL;
	program->plugin = strdup(plugin);
	if (!program->plugin) {
		free(program);
		return NULL;
	}
	program->recovery = recovery;
	program->watch = (struct poller_watch){ -1, ended, program };
	program->limit = (struct poller_timer){ .fire = kill_program, .data = program };
	program->next = recovery->programs;
	recovery->programs = program;
	return program;
}

#define VARIABLES 4

struct environment {
	char texts[VARIABLES][512];
	char **all; /* those of the process after ours */
};

static int make_environment(const struct corbel_plugin_info *plugin, struct environment *out)
{
	const char *report = faults_last_file();
	size_t count = 0, used = 0;

	while (environ[count])
		count++;
	out->all = calloc(count + VARIABLES + 1, sizeof(*out->all));
	if (!out->all)
		return -ENOMEM;
	snprintf(out->texts[0], sizeof(out->texts[0]), "CORBEL_PLUGIN=%s", plugin->name);
	snprintf(out->texts[1], sizeof(out->texts[1]), "CORBEL_REASON=%s", plugin->fault_words);
	snprintf(out->texts[2], sizeof(out->texts[2]), "CORBEL_COUNT=%llu",
		 (unsigned long long)plugin->faults);
	snprintf(out->texts[3], sizeof(out->texts[3]), "CORBEL_REPORT=%s", report);
	for (; used < VARIABLES - !*report; used++)
		out->all[used] = out->texts[used];
	memcpy(out->all + used, environ, count * sizeof(*environ));
	return 0;
}

/* Its output goes where ours goes. 0 or -errno. */
static int spawn(const char *const *arguments, char **environment, pid_t *id)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t all, none;

	sigfillset(&all);
	sigemptyset(&none);
	/* None of these can fail in glibc. */
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |
						      POSIX_SPAWN_SETPGROUP);
	posix_spawn_file_actions_init(&actions);
	int error = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	if (!error)
		error = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
	if (!error)
		error = posix_spawnp(id, arguments[0], &actions, &attributes,
				     (char *const *)arguments, environment);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return -error;
}

static int follow(struct program *program)
{
	int descriptor = pidfd_open(program->id, 0);
	int code = descriptor < 0 ? -errno
				  : poller_add(program->recovery->poller, &program->watch,
					       descriptor, EPOLLIN);

	if (code < 0 && descriptor >= 0)
		close(descriptor);
	if (code == 0)
		poller_timer_set(program->recovery->poller, &program->limit, TIME_LIMIT);
	return code;
}

static void run(struct program *program, const struct corbel_plugin_info *plugin)
{
	struct corbel_host *host = program->recovery->host;
	struct environment environment = { .all = NULL };
	int code = make_environment(plugin, &environment);

	if (code == 0)
		code = spawn(plugin->recovery, environment.all, &program->id);
	free(environment.all);
	if (code == 0)
		code = follow(program);
	if (code == 0)
		corbel_host_log(host, CORBEL_NOTICE, "%s: runs its recovery, %s", plugin->name,
				plugin->recovery[0]);
	else
		corbel_host_log(host, CORBEL_ERROR, "%s: cannot run its recovery, %s: %s",
				plugin->name, plugin->recovery[0], strerror(-code));
}

void recovery_note(struct recovery *recovery, const struct corbel_plugin_info *plugin)
{
	if (plugin->state != CORBEL_PLUGIN_QUARANTINED || !plugin->recovery)
		return;
	struct program *program = find(recovery, plugin->name);
	if (!program || program->fault == plugin->fault_time)
		return;
	program->fault = plugin->fault_time;
	if (program->id)
		corbel_host_log(recovery->host, CORBEL_WARNING,
				"%s: its recovery still runs, and is not run again for this fault",
				plugin->name);
	else
		run(program, plugin);
}
