/* SPDX-License-Identifier: MIT */
/*
 * A private copy of a judged file, under a name of its own.
 *
 * The loader gives one image for one path, so a second version of a file, or a file that another
 * host in the process has mapped, can only be loaded as another file. A file that is mapped must
 * not be written to, while the original of a copy may be. And what was found in a copy that nobody
 * else can change is what is loaded.
 */
#ifndef CORBEL_CORE_PRIVATE_COPY_H
#define CORBEL_CORE_PRIVATE_COPY_H

#include <stdbool.h>

#include <corbel/host.h>

#include "judge.h"

/*
 * Copies the file of a verdict into `folder`/images, which is made with mode 0700 and refused with
 * another (-EPERM), and judges the copy on the terms of the original.
 * The contents are those that were judged, and whole: nobody can write to the file meanwhile (read
 * lease), and its stamp is compared before and after. -ESTALE: they are no longer, or somebody has
 * it open for writing. -EACCES: nothing can be loaded from the folder (noexec). The copy stays
 * until private_copy_remove(), for debuggers and core dumps; on failure none stays. [control]
 * `fault`: CORBEL_FAULT_ABI_TOO_NEW changes the copy so that judging it refuses it for that.
 */
int private_copy_make(const struct verdict *original, const char *folder,
		      const struct judge_terms *terms, enum corbel_reload_fault fault,
		      struct verdict *copy, struct corbel_error *error);
/* Whether somebody has the file open for writing: what is wrong with it may pass. */
bool private_copy_is_written(const char *path);
/* Deletes the file and ends the verdict. A zeroed one is allowed. */
void private_copy_remove(struct verdict *copy);

/*
 * Whether the candidate is another than the image that runs: by their bytes, unless they are the
 * same file. What can no longer be read as it was judged, differs.
 */
bool private_copy_differs(const struct verdict *running, const struct verdict *candidate);

#endif
