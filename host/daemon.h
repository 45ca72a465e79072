/* SPDX-License-Identifier: MIT */
/* corbeld while it runs: one loop that starts the host, serves it, and stops it again. */
#ifndef CORBEL_HOST_DAEMON_H
#define CORBEL_HOST_DAEMON_H

#include "options.h"

/* Runs until told to stop; returns how to end. Signals are blocked already. */
int daemon_run(const struct options *options);

#endif
