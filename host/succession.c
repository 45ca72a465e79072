/* SPDX-License-Identifier: MIT */
/* Going on in the place of a program that could not: what it left is taken over. */
#include "succession.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <corbel/log.h>

#include "poller.h"
#include "rescue.h"

/* Nobody here knows the children of the program before: plugins start their own again. */
static void end_children(void)
{
	char path[64], text[4096] = "";

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	int file = open(path, O_RDONLY | O_CLOEXEC);

	if (file >= 0 && read(file, text, sizeof(text) - 1) > 0) {
		char *at = text;

		for (pid_t child; (child = (pid_t)strtol(at, &at, 10)) > 0;) {
			kill(child, SIGKILL);
			waitpid(child, NULL, 0);
		}
	}
	if (file >= 0)
		close(file);
}

static void set_limit(struct corbel_host *host)
{
	const struct corbel_config_entry *intensity =
		corbel_host_setting(host, "corbel", "re-exec-intensity");
	const struct corbel_config_entry *period =
		corbel_host_setting(host, "corbel", "re-exec-period");

	rescue_limit((uint32_t)intensity->integer, period->integer);
}

static void take_over(struct corbel_host *host, const struct rescue_past *past)
{
	struct corbel_carried carried;
	int code = rescue_adopt(host, &carried);

	corbel_host_log(host, past->is_asked_for ? CORBEL_NOTICE : CORBEL_ERROR,
			"began anew in place%s%s: %s; carried over: %zu states, %zu values, %zu "
			"events",
			*past->culprit ? " because of " : "", past->culprit, past->words,
			carried.states, carried.values, carried.events);
	if (code < 0)
		corbel_host_log(host, CORBEL_ERROR,
				"not all that was carried over could be used: %s", strerror(-code));
	if (past->is_safe)
		corbel_host_log(host, CORBEL_ERROR,
				"safe mode: %" PRIu32
				" new beginnings within re-exec-period; no plugin is started "
				"(`corbelctl re-exec` starts them again, `corbelctl start` one)",
				past->count);
}

void succession_begin(struct corbel_host *host, const struct notify *notify)
{
	const struct rescue_past *past = rescue_past();

	set_limit(host);
	if (past) {
		end_children();
		notify_send(notify,
			    "RELOADING=1\nMONOTONIC_USEC=%" PRId64 "\nSTATUS=Begins anew: %s",
			    poller_now() / 1000, past->words);
		take_over(host, past);
	}
	rescue_watch(host);
}

bool succession_is_safe(void)
{
	const struct rescue_past *past = rescue_past();

	return past && past->is_safe;
}

void succession_tell(const struct notify *notify)
{
	const struct rescue_past *past = rescue_past();

	notify_send(notify, "STATUS=Safe mode, no plugin runs: %s: %s (corbelctl re-exec)",
		    past->culprit, past->words);
}
