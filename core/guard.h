/* SPDX-License-Identifier: MIT */
/*
 * Guards: the way back out of plugin code that faults.
 *
 * A guard stands where the host calls into a plugin. It runs the callback on a stack of this
 * thread's own for plugins, with a page at both ends that nobody may touch, and keeps the place to
 * return to. Invariants:
 *  - a thread returns to a guard only from plugin code or what that called outside of libc, the
 *    loader, the core and the program: none of their locks is held by it then;
 *  - it returns with the frames that were above the guard taken away by the normal way out, and
 *    after `faulted` of each owner that had one;
 *  - a thread that cannot return is parked: it sleeps in the handler for ever, its frames stay,
 *    and scans no longer count them.
 */
#ifndef CORBEL_CORE_GUARD_H
#define CORBEL_CORE_GUARD_H

#include <corbel/fault.h>

#include "frame.h"

/*
 * Runs call(data) as code of `owner`, whose frame is the innermost of this thread already. 0, or
 * -EFAULT: it did not return. Without owner->faulted: a plain call.
 */
int guard_run(struct gate_owner *owner, void (*call)(void *data), void *data);
/* The same for one that has a result: that, or -EFAULT. The quicker of the two. */
int guard_call(struct gate_owner *owner, int (*call)(void *data), void *data);

/*
 * Asks a thread to leave the plugin code that it is in, if it is still in the same frame at `depth`
 * with the same generation: the handler of SIGXCPU looks at that, and at the address where the
 * thread is, which must be in the plugin's own image. 0, or -errno of sending. What comes of it is
 * seen by `faulted`, or else not at all.
 */
int guard_interrupt(pid_t thread, uint32_t depth, uint32_t generation, const char *words);

/*
 * Whether an address is on a stack for plugin code, or beside it in what the handler uses; then
 * `end` is where that ends. What is not in use of it is not cleared. [any thread]
 */
bool guard_has(uintptr_t address, uintptr_t *end);

#endif
