/* SPDX-License-Identifier: MIT */
/* An instance that has faulted: closed at once, noted, and left to the control side. */
#include "faulted.h"

#include <string.h>

#include "instance.h"

const struct fault_note *instance_fault(const struct instance *instance)
{
	return __atomic_load_n(&instance->has_faulted, __ATOMIC_ACQUIRE) ? &instance->note : NULL;
}

pid_t instance_parked(const struct instance *instance)
{
	return __atomic_load_n(&instance->parked, __ATOMIC_ACQUIRE);
}

static void note(struct instance *instance, const struct corbel_fault *fault, bool is_culprit)
{
	struct fault_note *note = &instance->note;

	note->end = fault->end;
	note->signal = fault->signal;
	note->time = host_wall_clock();
	note->is_culprit = is_culprit;
	snprintf(note->words, sizeof(note->words), "%s", fault->words);
	note->report = strndup(fault->report, fault->report_size);
	__atomic_store_n(&instance->has_faulted, true, __ATOMIC_RELEASE);
}

void instance_faulted(struct gate_owner *owner, const struct corbel_fault *fault, bool is_culprit)
{
	struct instance *instance = container_of(owner, struct instance, owner);
	pid_t lost = fault->end == CORBEL_FAULT_PARKED ? fault->thread : 0;

	if (!__atomic_exchange_n(&instance->is_noted, true, __ATOMIC_RELAXED))
		note(instance, fault, is_culprit);
	if (lost)
		__atomic_store_n(&instance->parked, lost, __ATOMIC_RELEASE);
	/* After the note: those whose calls end by this find out why. */
	strand_halt(instance->strand, lost);
	gate_set_all(owner, GATE_ABSENT);
	source_wake(&instance->step);
}
