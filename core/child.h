/* SPDX-License-Identifier: MIT */
/* Children: programs run for a plugin, watched by pidfd on its strand. */
#ifndef CORBEL_CORE_CHILD_H
#define CORBEL_CORE_CHILD_H

#include <corbel/loop.h>

#include "loop.h"

/*
 * See <corbel/loop.h>. `options` is read up to its `size`. -EINVAL: no absolute path, or a size too
 * small for that. `exited` gets -1 where somebody else in the process has reaped the child.
 * Reclaiming sends SIGKILL to its group; a child that does not die at once is reaped later, on the
 * control strand. With `ledger` NULL it is the host's own, and what is left of its group is killed
 * when it ends.
 */
int child_spawn(struct strand *strand, struct ledger *ledger,
		const struct corbel_child_options *options, void (*exited)(void *data, int status),
		void *data, struct corbel_child **out);
/* Kills its group and ends its handle; `exited` is not told. On its strand. */
void child_kill(struct corbel_child *child);
/* Sends a signal to the child alone. */
int child_signal(struct corbel_child *child, int signal);
/* Sends a signal to each child in the ledger; how many there were that still run. [any thread] */
size_t child_signal_all(struct ledger *ledger, int signal);

#endif
