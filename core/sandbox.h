/* SPDX-License-Identifier: MIT */
/*
 * The sandbox of a plugin with exec = thread: its own thread, and those that this one starts, may
 * read, write, connect and call what the configuration says.
 *
 * By Landlock and seccomp, which the kernel applies to one thread and its descendants. It holds for
 * whatever runs there, methods of other plugins that it calls among it; it does not hold for
 * memory, which all threads share.
 */
#ifndef CORBEL_CORE_SANDBOX_H
#define CORBEL_CORE_SANDBOX_H

#include <stdbool.h>

#include "manifest.h"
#include "settings.h"

/* Whether fs-read, fs-write, net or syscalls say anything. */
bool sandbox_is_wanted(const struct plugin_settings *settings);
/*
 * Whether it can be: the plugin has a thread of its own, and the kernel what it takes. 0, -EINVAL,
 * or -ENOTSUP with words.
 */
int sandbox_judge(const struct plugin_settings *settings, const struct manifest *manifest,
		  struct corbel_error *error);
/* The calling thread is in it from here on, for ever. 0, or -errno with words. */
int sandbox_enter(const struct plugin_settings *settings, struct corbel_error *error);
/* Whether the calling thread is in one, as all that it starts would be. */
bool sandbox_is_around(void);

#endif
