/* SPDX-License-Identifier: MIT */
/*
 * The rescue: a thread made before all others, that executes the program again in place when it
 * cannot go on.
 *
 * It sleeps until a fault wakes it, by a word of memory, since descriptors can be closed by
 * anybody. After a fault that was contained it has the rest of the process verified (verify.h).
 * What it needs in the end was put aside at the start, in pages that nobody can write to:
 * arguments, environment, working folder. The next program is this file again, with the same
 * process id: it finds in CORBEL_RESCUE the number of a memory file with who was to blame and what
 * there was.
 */
#ifndef CORBEL_HOST_RESCUE_H
#define CORBEL_HOST_RESCUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <corbel/error.h>
#include <corbel/fault.h>
#include <corbel/rescue.h>

/* What crosses beside what the host carries. */
enum rescue_descriptor {
	RESCUE_SOCKET = 0, /* that the control socket listens by */
	RESCUE_LOCK = 1,   /* of its file */
	RESCUE_DESCRIPTORS = 2
};

/* Of the program before this one, in the same process. */
struct rescue_past {
	char culprit[64];  /* "": no plugin, or nobody */
	char words[256];   /* what happened */
	uint32_t count;    /* of new beginnings in the period, this one included */
	bool is_asked_for; /* by an administrator */
	bool is_safe;      /* there were too many: no plugin is to start */
	int64_t at;        /* when, ns of CLOCK_MONOTONIC */
};

/*
 * At once, while folder, umask and environment are what the program was started with: puts them
 * aside, and takes CORBEL_RESCUE out of the environment.
 */
void rescue_prepare(char **arguments);
/* Makes the thread, before any other and any sandbox. 0 or -errno. */
int rescue_begin(struct corbel_error *error);
/* NULL: this is the first. */
const struct rescue_past *rescue_past(void);
/* What the past carried for the host, once. */
int rescue_adopt(struct corbel_host *host, struct corbel_carried *out);
/* From now on there is something to carry; NULL: no more. */
void rescue_watch(struct corbel_host *host);
/* The process is to end: from now on it does so instead of beginning anew. */
void rescue_end(void);
/* More than `intensity` new beginnings within `period` ns end in safe mode. */
void rescue_limit(uint32_t intensity, int64_t period);
/* It is to outlive the execution; -1: no more. */
void rescue_keep(enum rescue_descriptor which, int descriptor);
/* What the past kept, once; transferred. -1: nothing. */
int rescue_take(enum rescue_descriptor which);

/*
 * There was a fault: if it was contained, the rest is verified. In the thread that had it; safe in
 * a signal handler.
 */
void rescue_note(const struct corbel_fault *fault);
/* Begins anew; the words say why. Safe in a signal handler. */
_Noreturn void rescue_now(const char *words);
/* The same, because an administrator wants it: nobody is blamed, and nothing counted. */
void rescue_ask(void);

#endif
