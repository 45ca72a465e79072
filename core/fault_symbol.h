/* SPDX-License-Identifier: MIT */
/* The function that an address of a file is in, found without memory or locks. */
#ifndef CORBEL_CORE_FAULT_SYMBOL_H
#define CORBEL_CORE_FAULT_SYMBOL_H

#include <stddef.h>
#include <stdint.h>

struct image_place;

/*
 * Writes its name, cut to the size, and how far behind its beginning the address (of the process)
 * is; "" if the file is another one by now or names no function there. AS-safe: it reads the file.
 */
void fault_symbol(const struct image_place *place, uintptr_t address, char *name, size_t size,
		  uint64_t *beyond);

#endif
