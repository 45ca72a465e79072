/* SPDX-License-Identifier: MIT */
/* JSON as a person reads it: `name=cpu value=12.5`. */
#ifndef CORBEL_HOST_FIELDS_H
#define CORBEL_HOST_FIELDS_H

#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

/* Writes the members of an object, two spaces between them. */
void fields_print(FILE *out, const json_t *object);
/* Writes a time of day with milliseconds; `time` is ns since the epoch. */
void fields_print_clock(FILE *out, int64_t time);
/* The same line for an Event of org.corbel.Host, wherever it is printed. */
void fields_print_event(FILE *out, const json_t *event);

#endif
