/* SPDX-License-Identifier: MIT */
/*
 * Beginning anew in place, for the program around a host: it executes itself again, in the same
 * process, when nothing in its memory can be relied on any more.
 *
 * What cannot be lost is written to a file that outlives the execution (memfd_create(2)), by a
 * thread that has stopped all others, and read in the next program between corbel_host_new() and
 * corbel_host_start(). corbeld shows how (host/rescue.c).
 */
#ifndef CORBEL_RESCUE_H
#define CORBEL_RESCUE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

struct corbel_host;

/* In the order in which they are worth being carried. */
enum corbel_carry {
	CORBEL_CARRY_STATES = 0,  /* what plugins have committed, with their descriptors */
	CORBEL_CARRY_HISTORY = 1, /* faults and restarts so far */
	CORBEL_CARRY_VALUES = 2,  /* that topics retain */
	CORBEL_CARRY_EVENTS = 3,  /* in queues */
	CORBEL_CARRY_KINDS = 4
};

/*
 * Appends what there is of one kind at the file's offset. Takes no lock and no memory: for when no
 * other thread runs any more. Where it comes upon memory that is damaged it may fault; what it
 * appended before is whole. Of the plugin `culprit` (NULL: none) the event that its handler has in
 * hand is left out; what others have in hand they get again.
 */
void corbel_host_carry(const struct corbel_host *host, uint32_t kind, int file,
		       const char *culprit);

/* How much of each kind. */
struct corbel_carried {
	size_t states, values, events;
};

/*
 * Takes over what is in the file from its offset on: states go to restore() at the first start,
 * values to topics when they open, events to the subscriptions that they were queued for when those
 * are there, before newer ones. The fault of `culprit` ("": nobody's) is counted, as of now, with
 * its words. 0; -EBADMSG for what could not be understood, -ENOENT for what belongs to a plugin
 * that is no more in the configuration, the rest being taken; -ENOMEM.
 */
int corbel_host_adopt(struct corbel_host *host, int file, const char *culprit, const char *words,
		      struct corbel_carried *out);

/*
 * Takes each lock of the host once, and gives it back: it does not return if one was left locked by
 * a thread that is no more. In the thread that dispatches, those of all plugins too. [any thread]
 */
void corbel_host_verify(struct corbel_host *host);
/* The descriptors by which the host lives, with what they are. [any thread] */
void corbel_host_descriptors(const struct corbel_host *host,
			     void (*visit)(void *data, const char *what, int descriptor),
			     void *data);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
