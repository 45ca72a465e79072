/* SPDX-License-Identifier: MIT */
/* The signals of the process: blocked in every thread, read from a descriptor by the loop. */
#ifndef CORBEL_HOST_SIGNALS_H
#define CORBEL_HOST_SIGNALS_H

/* To be called before there is a second thread: threads inherit the mask. */
void signals_block(void);

/* A descriptor that is readable when SIGTERM, SIGINT or SIGHUP has come; or -errno. */
int signals_open(void);

/* The number of a signal that has come, or 0. */
int signals_next(int descriptor);

#endif
