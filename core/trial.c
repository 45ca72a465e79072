/* SPDX-License-Identifier: MIT */
/* Trial loads: the probe's life, and what its answer means. */
#include "trial.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"

struct trial {
	struct corbel_child *child; /* NULL: it has ended */
	struct corbel_timer *timer;
	int64_t timeout;
	int channel; /* to the probe's 0 and 1 */
	char nonce[33];
	void (*ended)(void *data, enum corbel_reload_outcome outcome,
		      const struct corbel_error *error);
	void *data;
	const char *probe; /* behind the name */
	char name[];
};

static void release(struct trial *trial)
{
	if (trial->child)
		child_kill(trial->child);
	timer_stop(trial->timer);
	if (trial->channel >= 0)
		close(trial->channel);
}

static void finish(struct trial *trial, enum corbel_reload_outcome outcome,
		   const struct corbel_error *error)
{
	void (*ended)(void *, enum corbel_reload_outcome, const struct corbel_error *) =
		trial->ended;

	release(trial);
	trial->ended = NULL; /* so that trial_cancel() from within it does nothing */
	ended(trial->data, outcome, error);
	free(trial);
}

void trial_cancel(struct trial *trial)
{
	if (!trial || !trial->ended)
		return;
	release(trial);
	free(trial);
}

/* What has come so far. A process that the file has started may hold the other end open. */
static void read_answer(const struct trial *trial, char *text, size_t size)
{
	size_t length = 0;
	ssize_t count;

	while ((count = recv(trial->channel, text + length, size - 1 - length, MSG_DONTWAIT)) > 0)
		length += (size_t)count;
	text[length] = '\0';
}

static enum corbel_reload_outcome explain_crash(const struct trial *trial, const char *answer,
						struct corbel_error *error)
{
	if (answer[0] == TRIAL_LOAD_CRASHED) {
		error_set(error, 0,
			  "%s: the loader died of it: %s (the file is damaged where its headers do "
			  "not show it: build or copy it again)",
			  trial->name, answer + 1);
		return CORBEL_RELOAD_LOAD_CRASHED;
	}
	error_set(error, 0,
		  "%s: its constructors died: %s (mend what runs when the file is loaded; "
		  "addr2line -e tells the line of an address in its code)",
		  trial->name, answer + 1);
	return CORBEL_RELOAD_INIT_CRASHED;
}

/* It is gone, and said nothing of the load, if it had begun. */
static enum corbel_reload_outcome explain_end(const struct trial *trial, bool has_begun, int status,
					      struct corbel_error *error)
{
	if (!has_begun) {
		error_set(error, 0,
			  "%s: %s ended before it could try it, with status 0x%x (run it by hand "
			  "with --version: it may miss a library)",
			  trial->name, trial->probe, (unsigned int)status);
		return CORBEL_RELOAD_LOAD_FAILED;
	}
	if (status >= 0 && WIFSIGNALED(status)) {
		error_set(error, 0,
			  "%s: its constructors died: signal %d (%s) ended the process (mend what "
			  "runs when the file is loaded)",
			  trial->name, WTERMSIG(status), strsignal(WTERMSIG(status)));
		return CORBEL_RELOAD_INIT_CRASHED;
	}
	error_set(error, 0,
		  "%s: its constructors ended the process with status %d (they must return; what "
		  "can fail belongs in start(), which returns an error)",
		  trial->name, status >= 0 ? WEXITSTATUS(status) : status);
	return CORBEL_RELOAD_INIT_FAILED;
}

/* `status` is that of waitpid(2); of no meaning when it `has_hung`. */
static void conclude(struct trial *trial, int status, bool has_hung)
{
	struct corbel_error error = { "" };
	char answer[sizeof(error.text)];
	enum corbel_reload_outcome outcome;

	read_answer(trial, answer, sizeof(answer));
	if (answer[0] && strcmp(answer + 1, trial->nonce) == 0) {
		outcome = CORBEL_RELOAD_DONE;
	} else if (answer[0] && answer[1] == TRIAL_LOAD_FAILED) {
		outcome = CORBEL_RELOAD_LOAD_FAILED;
		error_set(&error, 0, "%s", answer + 2);
	} else if (answer[0] && answer[1]) {
		outcome = explain_crash(trial, answer + 1, &error);
	} else if (has_hung) {
		outcome = CORBEL_RELOAD_INIT_HUNG;
		error_set(&error, 0,
			  "%s: has not come back after %g s (trial-timeout in [corbel]): its "
			  "constructors must not wait for anything",
			  trial->name, (double)trial->timeout / CORBEL_SECOND);
	} else {
		outcome = explain_end(trial, answer[0] == TRIAL_BEGUN, status, &error);
	}
	finish(trial, outcome, &error);
}

static void probe_ended(void *data, int status)
{
	struct trial *trial = data;

	trial->child = NULL;
	conclude(trial, status, false);
}

static void timed_out(void *data)
{
	conclude(data, 0, true);
}

static int spawn_probe(struct trial *trial, struct strand *strand,
		       const struct trial_options *options)
{
	const char *arguments[] = { options->probe, options->file, NULL, NULL };
	unsigned char random[sizeof(trial->nonce) / 2];
	int ends[2];

	if (options->fault == CORBEL_FAULT_LOAD_CRASH ||
	    options->fault == CORBEL_FAULT_INIT_CRASH) {
		arguments[2] = arguments[1];
		arguments[1] = options->fault == CORBEL_FAULT_LOAD_CRASH ? "--play=load-crash"
									 : "--play=init-crash";
	}
	if (getrandom(random, sizeof(random), 0) < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	trial->channel = ends[0];
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(trial->nonce + 2 * i, 3, "%02x", random[i]);
	send(trial->channel, trial->nonce, strlen(trial->nonce), MSG_NOSIGNAL);
	shutdown(trial->channel, SHUT_WR);
	struct corbel_child_options child = { .size = sizeof(child),
					      .arguments = arguments,
					      .input = ends[1],
					      .output = ends[1],
					      .error = -1 };
	int result = child_spawn(strand, NULL, &child, probe_ended, trial, &trial->child);
	close(ends[1]);
	return result;
}

int trial_start(struct strand *strand, const struct trial_options *options,
		void (*ended)(void *data, enum corbel_reload_outcome outcome,
			      const struct corbel_error *error),
		void *data, struct trial **out, struct corbel_error *error)
{
	const char *name = options->name ? options->name : options->file;
	size_t length = strlen(name) + 1;
	struct trial *trial = calloc(1, sizeof(*trial) + length + strlen(options->probe) + 1);

	if (!trial)
		return error_set(error, -ENOMEM, "%s: no memory to try it", name);
	strcpy(trial->name, name);
	trial->probe = strcpy(trial->name + length, options->probe);
	trial->timeout = options->timeout;
	trial->channel = -1;
	trial->ended = ended;
	trial->data = data;
	int result = spawn_probe(trial, strand, options);
	if (result == 0)
		result = timer_start(strand, NULL, options->timeout, 0, timed_out, trial,
				     &trial->timer);
	if (result == 0) {
		*out = trial;
		return 0;
	}
	error_set(error, result,
		  "%s: cannot start %s, to try it: %s (install corbeld, or set probe in [corbel])",
		  name, options->probe, strerror(-result));
	trial_cancel(trial);
	return result;
}
