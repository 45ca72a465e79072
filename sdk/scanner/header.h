/* SPDX-License-Identifier: MIT */
/* The parts of a generated header, in the order in which they stand in it. */
#ifndef SCANNER_HEADER_H
#define SCANNER_HEADER_H

#include "emit.h"

/* Enums, and structs with the functions that free what is in them. */
void header_types(const struct writing *writing);

/* The structs of events. */
void header_event_types(const struct writing *writing);

/* The method table, what marshals calls to it. */
void header_methods(const struct writing *writing);

/* The description of everything, const data. */
void header_description(const struct writing *writing);

/* The typed use: acquire, release, provide, calls. */
void header_use(const struct writing *writing);

/* Flat forms and the functions that make and read them. */
void header_flat(const struct writing *writing);

/* Open, close, publish, subscribe. */
void header_events(const struct writing *writing);

/* Fields that are in a flat form one after the other: of a struct or of an event. */
struct compound {
	const struct member *member;
	const struct fields *fields;
	bool is_event;
	bool is_scalar;
};

struct compound compound_of_struct(const struct structure *structure);
struct compound compound_of_event(const struct event *event);

/*
 * Whether field `index` begins what a newer minor has added to an event: it is aligned so that it
 * never lands in the padding that an older publisher left, and the sizes of all minors differ.
 */
bool compound_steps(const struct compound *compound, size_t index);

/*
 * Whether reading the flat form needs memory for items that are not in the payload as they are in
 * C.
 */
bool compound_needs_scratch(const struct interface *interface, const struct fields *fields);

/*
 * Whether any struct or event holds a string, bytes or an array, so that flat forms differ from C.
 * /
 */
bool interface_has_flat(const struct interface *interface);

/* FNV-1a, 64 bits, over the canonical text of all that is since `minor` or before. */
uint64_t fingerprint(const struct interface *interface, unsigned int minor);

/* The canonical text, for its test and for who wonders why two fingerprints differ. */
void fingerprint_text(FILE *to, const struct interface *interface, unsigned int minor);

#endif
