/* SPDX-License-Identifier: MIT */
/* What may be a name in an interface file, and what it becomes in C and in Varlink. */
#ifndef SCANNER_NAMES_H
#define SCANNER_NAMES_H

#include <stdbool.h>

#include "arena.h"

/* Lower case words of letters and digits between single underscores, a letter first. */
bool name_is_word(const char *name);

/* A keyword of C or C++, or a word that a standard header may define as a macro. */
bool name_is_reserved(const char *name);

/* A struct of the SDK of that name (without "struct ") exists. */
bool name_is_sdk_struct(const char *name);

/* The number of an errno name, or 0. */
int name_errno(const char *name);

/* read_all -> READ_ALL; corbel.sensors -> CORBEL_SENSORS. */
char *name_upper(struct arena *arena, const char *name);

/* corbel.sensors -> corbel_sensors */
char *name_prefix(struct arena *arena, const char *name);

/* read_all -> ReadAll */
char *name_camel(struct arena *arena, const char *name);

#endif
