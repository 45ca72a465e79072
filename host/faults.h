/* SPDX-License-Identifier: MIT */
/*
 * Faults as corbeld takes them: the handlers, where reports go, and how the process ends of those
 * that cannot be contained. Sanitizers have handlers of their own: then there is none of this.
 */
#ifndef CORBEL_HOST_FAULTS_H
#define CORBEL_HOST_FAULTS_H

#include <stdbool.h>

#include <corbel/fault.h>

struct corbel_host;
struct logsink;

/* Whether this build can contain faults. */
bool faults_are_contained(void);
/*
 * Installs the handlers, and an alternate stack for the calling thread. From here on reports go to
 * stderr.
 */
void faults_watch(void);
/*
 * Reports also go to where the log goes, and to a file each in this folder, which is made; and late
 * calls into what was unloaded are named by `host`. All NULL: no more.
 */
void faults_open(struct corbel_host *host, const struct logsink *sink, const char *folder);
/*
 * What is told of each fault, safely in a signal handler, and what is called, never to return,
 * where the process is to begin anew. NULL: it dies instead.
 */
void faults_rescue(void (*note)(const struct corbel_fault *fault),
		   void (*begin_anew)(const char *words));
/* What corbel_fault_raise() could not contain: does not return but for CORBEL_FAULT_FOREIGN. */
void faults_end(enum corbel_fault_end end, const char *words);
/* Path of the last report's file, or "". */
const char *faults_last_file(void);

#endif
