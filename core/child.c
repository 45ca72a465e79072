/* SPDX-License-Identifier: MIT */
/* Children: programs run for a plugin, watched by pidfd on its strand. */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guard.h"
#include "usage.h"

/* How long a killed child is waited for before the control strand takes it over. */
#define REAP_MILLISECONDS 50
/* Above the three that a child gets, so that setting one never overwrites the source of another. */
#define FIRST_FREE_DESCRIPTOR 10

struct corbel_child {
	struct ledger_item item;
	struct usage *usage; /* its pidfd counts */
	struct corbel_watch *watch;
	struct loop *loop;
	pid_t id;
	int descriptor; /* pidfd */
	void (*exited)(void *data, int status);
	void *data;
};

/* Whether it has ended; then it is reaped and `status` is as of waitpid(2). */
static bool reap(struct corbel_child *child, int *status)
{
	siginfo_t info = { 0 };
	int code;

	do
		code = waitid(P_PIDFD, (id_t)child->descriptor, &info, WEXITED | WNOHANG);
	while (code < 0 && errno == EINTR);
	if (code == 0 && info.si_pid == 0)
		return false;
	*status = info.si_status & 0xff;
	if (code < 0)
		*status = -1;
	else if (info.si_code == CLD_EXITED)
		*status <<= 8;
	else if (info.si_code == CLD_DUMPED)
		*status |= 0x80;
	return true;
}

static void destroy(struct corbel_child *child)
{
	if (child->descriptor >= 0)
		close(child->descriptor);
	explicit_bzero(&child->exited, sizeof(child->exited));
	usage_give(child->usage, USAGE_DESCRIPTORS, 1);
	free(child);
}

struct ending {
	const struct corbel_child *child;
	int status;
};

static void tell(void *data)
{
	const struct ending *ending = data;

	ending->child->exited(ending->child->data, ending->status);
}

static void ready(void *data, int descriptor, uint32_t events)
{
	struct corbel_child *child = data;
	int status;

	(void)descriptor;
	(void)events;
	/* Not reaped yet, so its group's id is not another's. */
	if (!child->item.ledger)
		kill(-child->id, SIGKILL);
	if (!reap(child, &status))
		return;
	/* First out of the ledger, where child_signal_all() looks for the descriptor. */
	ledger_remove(&child->item);
	watch_remove(child->watch);
	struct ending ending = { child, status };

	/* Within the guard of the watch: what is left to do here is not the plugin's. */
	if (child->exited)
		guard_run(frame_current(), tell, &ending);
	destroy(child);
}

static bool dies_soon(struct corbel_child *child)
{
	struct pollfd descriptor = { .fd = child->descriptor, .events = POLLIN };
	int status;

	poll(&descriptor, 1, REAP_MILLISECONDS);
	return reap(child, &status);
}

static void reclaim_child(struct ledger_item *item)
{
	struct corbel_child *child = container_of(item, struct corbel_child, item);

	watch_remove(child->watch);
	ledger_remove(item);
	/* Not reaped yet, so neither its id nor its group's is another's. */
	kill(-child->id, SIGKILL);
	child->exited = NULL;
	if (dies_soon(child) || watch_add(loop_control(child->loop), NULL, child->descriptor,
					  CORBEL_READABLE, ready, child, &child->watch) < 0)
		destroy(child);
}

/* Its 0, 1 and 2 from duplicates, which stay ours to close; nothing is /dev/null. 0 or an errno. */
static int set_descriptors(posix_spawn_file_actions_t *actions,
			   const struct corbel_child_options *options, int duplicates[3])
{
	const int wanted[3] = { options->input, options->output, options->error };
	int error = 0;

	for (int i = 0; i < 3 && !error; i++) {
		if (wanted[i] < 0) {
			error = posix_spawn_file_actions_addopen(actions, i, "/dev/null", O_RDWR,
								 0);
			continue;
		}
		duplicates[i] = fcntl(wanted[i], F_DUPFD_CLOEXEC, FIRST_FREE_DESCRIPTOR);
		error = duplicates[i] < 0
				? errno
				: posix_spawn_file_actions_adddup2(actions, duplicates[i], i);
	}
	return error ? error : posix_spawn_file_actions_addclosefrom_np(actions, 3);
}

static int set_attributes(posix_spawnattr_t *attributes)
{
	sigset_t all, none;

	sigfillset(&all);
	sigemptyset(&none);
	posix_spawnattr_setsigdefault(attributes, &all);
	posix_spawnattr_setsigmask(attributes, &none);
	posix_spawnattr_setpgroup(attributes, 0);
	return posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |
							    POSIX_SPAWN_SETPGROUP);
}

static int spawn(const struct corbel_child_options *options, pid_t *id)
{
	static const char *const minimal[] = { "PATH=/usr/local/bin:/usr/bin:/bin", NULL };
	const char *const *environment = options->environment ? options->environment : minimal;
	int duplicates[3] = { -1, -1, -1 };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;

	/* Neither can fail in glibc. */
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	int error = set_descriptors(&actions, options, duplicates);
	if (!error)
		error = set_attributes(&attributes);
	if (!error)
		error = posix_spawn(id, options->arguments[0], &actions, &attributes,
				    (char *const *)options->arguments, (char *const *)environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	for (int i = 0; i < 3; i++)
		if (duplicates[i] >= 0)
			close(duplicates[i]);
	return -error;
}

/* The child runs already: what fails from here on takes it down again. */
static int follow(struct corbel_child *child, struct strand *strand, struct ledger *ledger,
		  struct corbel_child **out)
{
	child->descriptor = pidfd_open(child->id, 0);
	int code = child->descriptor < 0 ? -errno : 0;

	if (code == 0) {
		*out = child;
		ledger_add(ledger, &child->item, "child", reclaim_child);
		code = watch_add(strand, NULL, child->descriptor, CORBEL_READABLE, ready, child,
				 &child->watch);
	}
	if (code == 0)
		return 0;
	kill(-child->id, SIGKILL);
	waitpid(child->id, NULL, 0);
	ledger_remove(&child->item);
	return code;
}

int child_spawn(struct strand *strand, struct ledger *ledger,
		const struct corbel_child_options *options, void (*exited)(void *data, int status),
		void *data, struct corbel_child **out)
{
	if (options->size < sizeof(struct corbel_child_options) || !options->arguments ||
	    !options->arguments[0] || options->arguments[0][0] != '/')
		return -EINVAL;
	struct corbel_child *child = calloc(1, sizeof(*child));
	int code = child ? usage_take(ledger_usage(ledger), USAGE_DESCRIPTORS, 1) : -ENOMEM;
	if (code < 0) {
		free(child);
		return code;
	}
	child->usage = ledger_usage(ledger);
	child->loop = strand_loop(strand);
	child->descriptor = -1;
	child->exited = exited;
	child->data = data;
	code = spawn(options, &child->id);
	if (code == 0)
		code = follow(child, strand, ledger, out);
	if (code < 0)
		destroy(child);
	return code;
}

void child_kill(struct corbel_child *child)
{
	reclaim_child(&child->item);
}

int child_signal(struct corbel_child *child, int signal)
{
	return pidfd_send_signal(child->descriptor, signal, NULL, 0) < 0 ? -errno : 0;
}

size_t child_signal_all(struct ledger *ledger, int signal)
{
	size_t count = 0;

	pthread_mutex_lock(&ledger->lock);
	for (struct ledger_item *item = LIST_FIRST(&ledger->items); item;
	     item = LIST_NEXT(item, entry)) {
		if (item->reclaim != reclaim_child)
			continue;
		struct corbel_child *child = container_of(item, struct corbel_child, item);
		count += child_signal(child, signal) == 0;
	}
	pthread_mutex_unlock(&ledger->lock);
	return count;
}
