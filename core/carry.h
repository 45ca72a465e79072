/* SPDX-License-Identifier: MIT */
/*
 * What crosses the execution of the program in place: its form in the file.
 *
 * One record after the other, each a head, a struct by its kind, and the texts and bytes that it
 * gives the sizes of. Read by the same version of this library, or by none: the file begins with a
 * record that names it.
 */
#ifndef CORBEL_CORE_CARRY_H
#define CORBEL_CORE_CARRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include <corbel/rescue.h>

struct carry_head {
	uint32_t kind; /* enum corbel_carry */
	uint32_t size; /* of what follows */
};

/* The texts follow, in the order of their sizes, NULs included; then the payload. */
enum carry_text {
	CARRY_PLUGIN, /* that subscribed; "" of a value */
	CARRY_PATTERN,
	CARRY_TOPIC,
	CARRY_PUBLISHER,
	CARRY_INTERFACE,
	CARRY_EVENT,
	CARRY_TEXTS
};

struct carry_event {
	int64_t at;
	uint64_t fingerprint; /* of the interface, at its minor */
	uint32_t minor;
	uint32_t ordinal; /* of the plugin's subscriptions to the same pattern */
	uint32_t texts[CARRY_TEXTS];
	uint32_t payload;
	uint32_t unused;
};

/* One that was read; the texts and the payload lie behind it. */
struct carried_event {
	struct carry_event head;
	const char *texts[CARRY_TEXTS];
	const void *payload;
	size_t size; /* of what lies behind it */
	struct carried_event *next;
};

/*
 * All that have started run from now on: those whose events were carried over have subscribed, or
 * will not. [control]
 */
void carry_let_run(struct corbel_host *host);

/*
 * Appends a record of these pieces, or nothing: what lies in memory that is not there makes it
 * fail. pieces[0] is for the head.
 */
void carry_put(int file, enum corbel_carry kind, struct iovec *pieces, int count);

#endif
