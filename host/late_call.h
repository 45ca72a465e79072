/* SPDX-License-Identifier: MIT */
/* For development: a crash in a plugin that is already unloaded says which function was called. */
#ifndef CORBEL_HOST_LATE_CALL_H
#define CORBEL_HOST_LATE_CALL_H

#include <signal.h>

struct corbel_host;

/* Of a SIGSEGV or SIGBUS at a place that the host still knows: names it on stderr. AS-safe. */
void late_call_tell(struct corbel_host *host, const siginfo_t *info, const void *context);

#endif
