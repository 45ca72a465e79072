/* SPDX-License-Identifier: MIT */
/* `heap = private`: a heap of its own for each instance, by the program around the host. */
#ifndef CORBEL_CORE_FAULT_HEAP_H
#define CORBEL_CORE_FAULT_HEAP_H

#include "frame.h"
#include "image.h"

/* For code of that image; 0, -ENOMEM, or -ENOTSUP: the program has none. [control] */
int fault_heap_make(struct gate_owner *owner, const struct image *image);
/* The image is gone. An owner without a heap, or NULL, is allowed. [control] */
void fault_heap_destroy(struct gate_owner *owner);

#endif
