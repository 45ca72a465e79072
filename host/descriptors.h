/* SPDX-License-Identifier: MIT */
/*
 * The descriptors of the host itself, which a plugin may not close. Those from DESCRIPTORS_LIMIT on
 * are not known.
 */
#ifndef CORBEL_HOST_DESCRIPTORS_H
#define CORBEL_HOST_DESCRIPTORS_H

#include <stdbool.h>

#define DESCRIPTORS_LIMIT 4096

/* All that are open are the host's. [control] */
void descriptors_keep_all(void);
/* This one is, from now on, or no longer. -1 is none. [any thread] */
void descriptors_keep(int descriptor);
void descriptors_release(int descriptor);
/* Whether one from `first` to `last`, both included, is the host's. [any thread] */
bool descriptors_has(unsigned first, unsigned last);

#endif
