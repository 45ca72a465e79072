/* SPDX-License-Identifier: MIT */
/*
 * What one instance uses of the process, counted and bounded: memory from corbel_alloc(), threads,
 * and descriptors that it holds with the host.
 *
 * Counts are the instance's, so that a reload needs no room for two. A buffer is on the account of
 * who allocated it until it is freed, by whomever; the account lives as long as what is on it.
 */
#ifndef CORBEL_CORE_USAGE_H
#define CORBEL_CORE_USAGE_H

#include <stddef.h>
#include <stdint.h>

#include "log.h"
#include "settings.h"

enum usage_kind {
	USAGE_MEMORY,      /* bytes; beyond its limit: -ENOMEM */
	USAGE_THREADS,     /* -EAGAIN */
	USAGE_DESCRIPTORS, /* -EMFILE */
	USAGE_KINDS
};

struct gate_owner;
struct usage;

/* With the limits of these settings; NULL: no memory. */
struct usage *usage_new(struct log *log, const struct plugin_settings *settings);
/* The instance ends. NULL is allowed. */
void usage_end(struct usage *usage);
/*
 * Puts so much more on the account, or less: 0, or the error of that kind, and the first time a
 * line in the log that names the key. NULL: nobody's, without a limit. [any thread]
 */
int usage_take(struct usage *usage, enum usage_kind kind, int64_t amount);
void usage_give(struct usage *usage, enum usage_kind kind, int64_t amount);
/* A piece that is on the account grows, or (`by` < 0) shrinks, which is never refused. */
int usage_resize(struct usage *usage, enum usage_kind kind, int64_t by);
int64_t usage_of(const struct usage *usage, enum usage_kind kind);

/* A buffer on the account, or (`usage` NULL) on nobody's; NULL: no memory, or beyond the limit. */
void *usage_alloc(struct usage *usage, size_t size);
/* Frees it, or what malloc(3) made. NULL is allowed. */
void usage_free(void *buffer);

/*
 * The account of a plugin that frames speak of (frame_current()), for what the host does not give
 * it itself: threads that it made, the bytes of a heap of its own. NULL: it has none. A piece that
 * was taken keeps the account. [a thread inside the plugin, or control]
 */
struct usage *usage_of_owner(struct gate_owner *owner);

#endif
