/* SPDX-License-Identifier: MIT */
/*
 * Whether a stretch of code makes a system call, told by the kernel's own dispatch of them to the
 * process.
 */
#ifndef BENCH_SYSCALLS_H
#define BENCH_SYSCALLS_H

#include <stdbool.h>

/*
 * Calls `run` once; -ENOTSUP: this kernel cannot tell. Else what `run` returned. One thread at a
 * time.
 */
int bench_syscalls(int (*run)(void *data), void *data, bool *any);

#endif
