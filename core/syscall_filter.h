/* SPDX-License-Identifier: MIT */
/* Which system calls a thread may make: groups of them by name, and a filter of the kernel's. */
#ifndef CORBEL_CORE_SYSCALL_FILTER_H
#define CORBEL_CORE_SYSCALL_FILTER_H

#include <stdbool.h>

struct settings_list;

/* 0; -ENOTSUP: not by this kernel, or not on this machine. */
int syscall_filter_check(void);
/*
 * From here on the calling thread, and each that it starts, may make the calls of these groups
 * (NULL: any) and those that the host's own code in it makes; without `net`, none of that group.
 * Others fail with -EPERM. It must have no_new_privs. For ever; 0 or -errno.
 */
int syscall_filter_enter(const struct settings_list *groups, bool net);

#endif
