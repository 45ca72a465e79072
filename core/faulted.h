/* SPDX-License-Identifier: MIT */
/* An instance that has faulted: closed at once, noted, and left to the control side. */
#ifndef CORBEL_CORE_FAULTED_H
#define CORBEL_CORE_FAULTED_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <corbel/fault.h>

struct gate_owner;
struct instance;

/* The first fault of an instance; a second one while it goes adds nothing. */
struct fault_note {
	enum corbel_fault_end end; /* CONTAINED, or PARKED: a thread of it stays inside */
	int signal;
	int64_t time;    /* ns since the epoch */
	bool is_culprit; /* it happened in its own code, not in one that it had called */
	char words[256]; /* "SIGSEGV at address 0x0 in sensors 0.3.0, corbel.sensors.read" */
	char *report;    /* NUL-terminated; may be NULL: no memory */
};

/*
 * owner->faulted of instances: nobody comes in any more, its strand runs nothing more, and
 * instance_fault() says why; `step` is woken. [any thread]
 */
void instance_faulted(struct gate_owner *owner, const struct corbel_fault *fault, bool is_culprit);
/* NULL: it has not. [any thread] */
const struct fault_note *instance_fault(const struct instance *instance);
/* The last thread that stays inside for ever, by that fault or a later one; 0: none. [any thread]
 */
pid_t instance_parked(const struct instance *instance);

#endif
