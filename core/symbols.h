/* SPDX-License-Identifier: MIT */
/* The functions of a plugin's file by their addresses, to name what a pointer into it means. */
#ifndef CORBEL_CORE_SYMBOLS_H
#define CORBEL_CORE_SYMBOLS_H

#include <stdbool.h>
#include <stdint.h>

#include "judge.h"

struct symbols;

/*
 * Of .symtab, or else of .dynsym. NULL if the file is no longer the one that was judged, has none,
 * or memory is short: then functions have no names.
 */
struct symbols *symbols_read(const struct verdict *verdict);
void symbols_free(struct symbols *symbols);
/*
 * The name of the function that begins at `address` (as in the file) or nearest before it, and how
 * far before; "": unknown. Borrowed from `symbols`, which may be NULL. Safe in a signal handler.
 */
const char *symbols_find(const struct symbols *symbols, uint64_t address, uint64_t *beyond);
/* Whether a function begins at `address`, or may do so: not all are known. */
bool symbols_has_start(const struct symbols *symbols, uint64_t address);

#endif
