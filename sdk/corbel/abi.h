/* SPDX-License-Identifier: MIT */
/*
 * The version of the contract between a host and a plugin.
 *
 * Two tables cross that border: the plugin's entry table (<corbel/plugin.h>) and the host's
 * function table (<corbel/api.h>). Both begin with `size` and `abi`, and both only ever grow at the
 * end.
 * A host refuses a plugin of another major, or of a newer minor, before any of its code has run.
 */
#ifndef CORBEL_ABI_H
#define CORBEL_ABI_H

#include <stddef.h>
#include <stdint.h>

#define CORBEL_ABI_MAJOR 1
#define CORBEL_ABI_MINOR 2

/* Major in the upper, minor in the lower 16 bits. */
#define CORBEL_ABI ((uint32_t)CORBEL_ABI_MAJOR << 16 | CORBEL_ABI_MINOR)

/* The one symbol that a plugin exports is named by this; all else is hidden. */
#define CORBEL_EXPORT __attribute__((visibility("default")))

#ifdef __cplusplus
#define CORBEL_STATIC_ASSERT(condition, words) static_assert(condition, words)
#else
#define CORBEL_STATIC_ASSERT(condition, words) _Static_assert(condition, words)
#endif

/* Proves at compile time that a released member stays where it is (LP64 only, as Corbel is). */
#define CORBEL_PIN(type, member, where) \
	CORBEL_STATIC_ASSERT(offsetof(struct type, member) == (where), #type "." #member " moved")

#endif
