/* SPDX-License-Identifier: MIT */
/* Who changed what over the control socket, or wanted to: a line of the log for each. */
#ifndef CORBEL_HOST_AUDIT_H
#define CORBEL_HOST_AUDIT_H

#include <stddef.h>

#include <corbel/host.h>
#include <corbel/log.h>

#include "peer.h"
#include "rate.h"
#include "varlink.h"

/* Who may change nothing must not fill the log. */
#define AUDIT_REFUSALS 10 /* lines a second; what is above is counted in the next line */

struct audit {
	struct corbel_host *host;
	struct rate refusals;
	unsigned int untold;
};

/* Logs it: what was refused as a warning, the rest as a notice. */
void audit_note(struct audit *audit, const struct peer *peer, const struct varlink_call *call,
		enum varlink_outcome outcome, const char *words);
/*
 * The line, on one line whatever the caller sent: "control: uid 1000 pid 4242 (corbelctl) asked to
 * stop sensors: done".
 */
void audit_format(const struct peer *peer, const struct varlink_call *call,
		  enum varlink_outcome outcome, const char *words, char *line, size_t size);

#endif
