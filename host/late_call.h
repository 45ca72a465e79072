/* SPDX-License-Identifier: MIT */
/* For development: a crash in a plugin that is already unloaded says which function was called. */
#ifndef CORBEL_HOST_LATE_CALL_H
#define CORBEL_HOST_LATE_CALL_H

#include <corbel/host.h>

/*
 * From here on a SIGSEGV or SIGBUS at a place that the host knows is named on stderr, before the
 * process dies of it as ever. One host at a time; NULL ends it. Does nothing under a sanitizer,
 * which takes these signals for itself.
 */
void late_call_watch(struct corbel_host *host);

#endif
