/* SPDX-License-Identifier: MIT */
/* The word that was probably meant. */
#ifndef CORBEL_CONFIG_NEAREST_H
#define CORBEL_CONFIG_NEAREST_H

#include <stddef.h>

/*
 * Compares candidates one by one with a wrong word and keeps the nearest (edits: insert, delete,
 * replace, swap of neighbours). word is NULL if none is near enough to be worth saying.
 */
struct nearest {
	const char *wanted;
	const char *word; /* borrowed from the candidates */
	size_t distance;
};

void nearest_init(struct nearest *nearest, const char *wanted);
void nearest_offer(struct nearest *nearest, const char *candidate);
/* `; did you mean "X"?` or the empty string, in buffer; returns buffer. */
const char *nearest_hint(const struct nearest *nearest, char *buffer, size_t size);

#endif
