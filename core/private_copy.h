/* SPDX-License-Identifier: MIT */
/*
 * A private copy of a judged file, under a name of its own.
 *
 * The loader gives one image for one path, so a file that is mapped already (by another host in the
 * process) can only be loaded a second time as another file.
 */
#ifndef CORBEL_CORE_PRIVATE_COPY_H
#define CORBEL_CORE_PRIVATE_COPY_H

#include <stdbool.h>

#include "judge.h"

/*
 * Copies the file of a verdict into `folder`/images, which is made with mode 0700, and judges the
 * copy.
 * The contents are those that were judged: the stamp is compared before and after. -ESTALE: they
 * are no longer. The copy stays until private_copy_remove(), for debuggers and core dumps.
 * [control]
 */
int private_copy_make(const struct verdict *original, const char *folder, bool is_relaxed,
		      struct verdict *copy, struct corbel_error *error);
/* Deletes the file and ends the verdict. A zeroed one is allowed. */
void private_copy_remove(struct verdict *copy);

#endif
