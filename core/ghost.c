/* SPDX-License-Identifier: MIT */
/* Ghosts: read without a lock, because who reads them is in a signal handler. */
#include "ghost.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host_context.h"
#include "plain_text.h"

struct ghost {
	uintptr_t base, end, bias;
	struct symbols *symbols;
	char name[]; /* "greeter 1.2" */
};

static struct ghost *ghost_new(const struct image *image, struct symbols *symbols)
{
	const struct manifest *manifest = image->verdict->manifest;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t size = strlen(manifest->name) + 1 + strlen(manifest->version) + 1;
	struct ghost *ghost = malloc(sizeof(*ghost) + size);

	if (!ghost)
		return NULL;
	ghost->base = image->base & ~(page - 1);
	ghost->end = (image->end + page - 1) & ~(page - 1);
	ghost->bias = image->bias;
	ghost->symbols = symbols;
	snprintf(ghost->name, size, "%s %s", manifest->name, manifest->version);
	if (mmap((void *)ghost->base, ghost->end - ghost->base, PROT_NONE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1,
		 0) != MAP_FAILED)
		return ghost;
	free(ghost);
	return NULL;
}

/* Readers only look, for microseconds. */
static void put(struct ghosts *ghosts, unsigned at, struct ghost *fresh)
{
	struct ghost *old = __atomic_exchange_n(&ghosts->all[at], fresh, __ATOMIC_SEQ_CST);

	while (old && __atomic_load_n(&ghosts->readers, __ATOMIC_SEQ_CST) > 0)
		sched_yield();
	if (!old)
		return;
	munmap((void *)old->base, old->end - old->base);
	symbols_free(old->symbols);
	free(old);
}

bool ghosts_add(struct ghosts *ghosts, const struct image *image, struct symbols *symbols)
{
	struct ghost *ghost = ghost_new(image, symbols);

	if (!ghost)
		return false;
	put(ghosts, ghosts->next, ghost);
	ghosts->next = (ghosts->next + 1) % GHOST_COUNT;
	return true;
}

void ghosts_fini(struct ghosts *ghosts)
{
	for (unsigned i = 0; i < GHOST_COUNT; i++)
		put(ghosts, i, NULL);
}

static void describe(const struct ghost *ghost, uintptr_t address, struct plain_text *words)
{
	uint64_t beyond;
	const char *name = symbols_find(ghost->symbols, address - ghost->bias, &beyond);

	plain_put(words, "unloaded ");
	plain_put(words, ghost->name);
	plain_put(words, " (");
	plain_put(words, name);
	plain_put(words, "+");
	plain_put_hex(words, beyond, 1);
	plain_put(words, ")");
}

int corbel_host_explain_address(struct corbel_host *host, const void *address, char *text,
				size_t size)
{
	struct ghosts *ghosts = &host->ghosts;
	struct plain_text words = { text, size, 0 };
	uintptr_t at = (uintptr_t)address;

	__atomic_fetch_add(&ghosts->readers, 1, __ATOMIC_SEQ_CST);
	for (unsigned i = 0; i < GHOST_COUNT && words.length == 0; i++) {
		const struct ghost *ghost = __atomic_load_n(&ghosts->all[i], __ATOMIC_SEQ_CST);

		if (ghost && at >= ghost->base && at < ghost->end)
			describe(ghost, at, &words);
	}
	__atomic_fetch_sub(&ghosts->readers, 1, __ATOMIC_SEQ_CST);
	return (int)words.length;
}
