/* SPDX-License-Identifier: MIT */
/* What one instance uses of the process, counted and bounded. */
#include "usage.h"

#include <errno.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "instance.h"

struct usage {
	uint64_t references; /* atomic, as the rest: the instance's, and one for each piece */
	int64_t used[USAGE_KINDS];
	int64_t limits[USAGE_KINDS]; /* 0: none */
	bool is_told[USAGE_KINDS];
	struct log *log;
	char plugin[];
};

/* At the end of a buffer's memory. */
struct tail {
	struct usage *usage;
	uintptr_t mark; /* tells it from what malloc(3) alone made */
};

static const struct {
	const char *key, *what;
	int error;
} kinds[] = {
	[USAGE_MEMORY] = { "limit-memory", "bytes of memory", -ENOMEM },
	[USAGE_THREADS] = { "limit-threads", "threads", -EAGAIN },
	[USAGE_DESCRIPTORS] = { "limit-fds", "descriptors", -EMFILE },
};

struct usage *usage_new(struct log *log, const struct plugin_settings *settings)
{
	size_t size = strlen(settings->name) + 1;
	struct usage *usage = calloc(1, sizeof(*usage) + size);

	if (!usage)
		return NULL;
	usage->references = 1;
	usage->limits[USAGE_MEMORY] = settings->limit_memory;
	usage->limits[USAGE_THREADS] = settings->limit_threads;
	usage->limits[USAGE_DESCRIPTORS] = settings->limit_fds;
	usage->log = log;
	memcpy(usage->plugin, settings->name, size);
	return usage;
}

static void unreference(struct usage *usage)
{
	if (__atomic_sub_fetch(&usage->references, 1, __ATOMIC_ACQ_REL) == 0)
		free(usage);
}

void usage_end(struct usage *usage)
{
	if (usage)
		unreference(usage);
}

static int refuse(struct usage *usage, enum usage_kind kind, int64_t wanted)
{
	if (!__atomic_exchange_n(&usage->is_told[kind], true, __ATOMIC_RELAXED))
		log_host(usage->log, CORBEL_WARNING,
			 "%s: refused, now and from now on: it would have %lld %s, and %s in "
			 "[plugin %s] allows %lld",
			 usage->plugin, (long long)wanted, kinds[kind].what, kinds[kind].key,
			 usage->plugin, (long long)usage->limits[kind]);
	return kinds[kind].error;
}

int usage_resize(struct usage *usage, enum usage_kind kind, int64_t by)
{
	if (!usage)
		return 0;

	int64_t used = __atomic_add_fetch(&usage->used[kind], by, __ATOMIC_RELAXED);

	if (by <= 0 || usage->limits[kind] == 0 || used <= usage->limits[kind])
		return 0;
	__atomic_sub_fetch(&usage->used[kind], by, __ATOMIC_RELAXED);
	return refuse(usage, kind, used);
}

int usage_take(struct usage *usage, enum usage_kind kind, int64_t amount)
{
	int code = usage_resize(usage, kind, amount);

	if (usage && code == 0)
		__atomic_add_fetch(&usage->references, 1, __ATOMIC_RELAXED);
	return code;
}

void usage_give(struct usage *usage, enum usage_kind kind, int64_t amount)
{
	if (!usage)
		return;
	__atomic_sub_fetch(&usage->used[kind], amount, __ATOMIC_RELAXED);
	unreference(usage);
}

int64_t usage_of(const struct usage *usage, enum usage_kind kind)
{
	return usage ? __atomic_load_n(&usage->used[kind], __ATOMIC_RELAXED) : 0;
}

/* The compiler is not to check accesses against the size that was asked for: there is more. */
static char *tail_of(void *buffer, size_t size)
{
	char *bytes = buffer;

	__asm__("" : "+r"(bytes));
	return bytes + size - sizeof(struct tail);
}

static uintptr_t mark_of(const void *buffer)
{
	return (uintptr_t)buffer ^ (uintptr_t)UINT64_C(0x5af7c3d1e2b46890);
}

void *usage_alloc(struct usage *usage, size_t size)
{
	void *buffer = size < PTRDIFF_MAX ? malloc(size + sizeof(struct tail)) : NULL;

	if (!buffer)
		return NULL;
	size_t room = malloc_usable_size(buffer);
	struct tail tail = { usage, mark_of(buffer) };

	if (usage_take(usage, USAGE_MEMORY, (int64_t)room) < 0) {
		free(buffer);
		return NULL;
	}
	memcpy(tail_of(buffer, room), &tail, sizeof(tail));
	return buffer;
}

void usage_free(void *buffer)
{
	size_t room = malloc_usable_size(buffer);
	struct tail tail = { NULL, 0 };

	if (room >= sizeof(tail))
		memcpy(&tail, tail_of(buffer, room), sizeof(tail));
	if (tail.mark == mark_of(buffer)) {
		/* Whoever gets this memory from malloc(3) shall not find it. */
		explicit_bzero(tail_of(buffer, room), sizeof(tail));
		usage_give(tail.usage, USAGE_MEMORY, (int64_t)room);
	}
	free(buffer);
}

struct usage *usage_of_owner(struct gate_owner *owner)
{
	return owner && owner->host ? container_of(owner, struct instance, owner)->usage : NULL;
}
