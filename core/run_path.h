/* SPDX-License-Identifier: MIT */
/* Whether the libraries of a plugin can only come from where others cannot put one. */
#ifndef CORBEL_CORE_RUN_PATH_H
#define CORBEL_CORE_RUN_PATH_H

#include <stdbool.h>

#include "elf_facts.h"

/*
 * Judges where the file at an absolute path lets the loader look for the libraries that it needs
 * (DT_RPATH, DT_RUNPATH): in the file's own folder ($ORIGIN), the system's and that of libcorbel,
 * and below them. A library that is named by a path is looked up nowhere: refused. Relaxed: any
 * absolute folder will do.
 * -EPERM with words that do not begin with the path.
 */
int run_path_judge(const struct elf_facts *facts, const char *path, bool is_relaxed,
		   struct corbel_error *error);

#endif
