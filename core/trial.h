/* SPDX-License-Identifier: MIT */
/*
 * Trial loads: a small program loads a file before this process does, because what goes wrong in
 * the loader or in constructors cannot be taken back, and would leave the loader's lock held.
 *
 * What a trial proves: the file can be mapped and bound, its constructors come back, and its entry
 * table is one. start() does not run: it would open what the old version has open.
 */
#ifndef CORBEL_CORE_TRIAL_H
#define CORBEL_CORE_TRIAL_H

#include <corbel/host.h>

#include "error.h"
#include "loop.h"

struct trial;

/*
 * The probe gets a nonce on its standard input, and answers on its standard output: TRIAL_BEGUN;
 * then either the nonce, which is the only sign of success, or one of the others with words.
 */
enum trial_answer {
	TRIAL_BEGUN = '+',
	TRIAL_LOAD_FAILED = 'F', /* whole words; those of the next two say which signal, where */
	TRIAL_LOAD_CRASHED = 'L',
	TRIAL_INIT_CRASHED = 'I',
};

struct trial_options {
	const char *probe; /* the program; absolute */
	const char *file;  /* to try; absolute */
	const char *name;  /* what words call it; NULL: as the file */
	int64_t timeout;   /* ns */
	/* CORBEL_FAULT_LOAD_CRASH, _INIT_CRASH: the probe plays it. Others: none. */
	enum corbel_reload_fault fault;
};

/*
 * Starts the probe; `ended` is told once, on `strand`, and the trial is gone: CORBEL_RELOAD_DONE,
 * or LOAD_CRASHED, LOAD_FAILED, INIT_CRASHED, INIT_FAILED (it ended the process), INIT_HUNG, with
 * words that name what died and where. 0 or -errno with words: the probe could not be started.
 * [control]
 */
int trial_start(struct strand *strand, const struct trial_options *options,
		void (*ended)(void *data, enum corbel_reload_outcome outcome,
			      const struct corbel_error *error),
		void *data, struct trial **out, struct corbel_error *error);
/*
 * Kills the probe; `ended` is not told. NULL is allowed, and from within `ended` it does nothing.
 * [control], on the same strand.
 */
void trial_cancel(struct trial *trial);

#endif
