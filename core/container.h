/* SPDX-License-Identifier: MIT */
/* From a member back to the struct that it is embedded in. */
#ifndef CORBEL_CORE_CONTAINER_H
#define CORBEL_CORE_CONTAINER_H

#include <stddef.h>

#define container_of(at, type, member) ((type *)(void *)((char *)(at)-offsetof(type, member)))

#endif
