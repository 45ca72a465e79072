/* SPDX-License-Identifier: MIT */
/* What corbeld does to its own process before anything else. */
#ifndef CORBEL_HOST_ENVIRONMENT_H
#define CORBEL_HOST_ENVIRONMENT_H

#include <stdbool.h>

/*
 * A variable that steers the loader or malloc: LD_*, GLIBC_TUNABLES, MALLOC_*; or what iconv(3)
 * loads: GCONV_PATH.
 */
bool environment_steers_loader(const char *assignment);

/*
 * Variables that steer the loader had their effect on this process already, so if there are any
 * the program is executed again without them. Returns if there were none, if that failed, under
 * sanitizers, or if CORBEL_KEEP_ENVIRONMENT is set (for valgrind and its like, which live by
 * them).
 */
void environment_scrub(char **arguments);

/* From now on no memory becomes executable that was writable; where the kernel can (6.3). */
void environment_refuse_writable_code(void);

/*
 * Executes the program again with a malloc that overwrites what is freed, and keeps nothing back in
 * caches: old pointers are then not mistaken for ones that somebody still has. Returns in that
 * program, if it failed, and where environment_scrub() does nothing.
 */
void environment_wipe_freed_memory(char **arguments);

#endif
