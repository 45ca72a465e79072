/* SPDX-License-Identifier: MIT */
/* What was refused to plugins that called libc, in the log: once a plugin and function. */
#include "refusals.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <corbel/fault.h>
#include <corbel/host.h>
#include <corbel/log.h>

/* Pairs that were told. When it is full, what is new is told each time. */
#define TOLD_COUNT 256u

static struct corbel_host *log_host; /* atomic; a call of libc's has no other way to its host */
static uint64_t told[TOLD_COUNT];    /* hashes, atomic; 0: free */

/* FNV-1a */
static uint64_t hash(uint64_t value, const char *text)
{
	for (; *text; text++)
		value = (value ^ (unsigned char)*text) * UINT64_C(1099511628211);
	return value;
}

static bool is_new(uint64_t pair)
{
	for (size_t i = 0; i < TOLD_COUNT; i++) {
		uint64_t *place = &told[(pair + i) % TOLD_COUNT];
		uint64_t found = 0;

		if (__atomic_compare_exchange_n(place, &found, pair, false, __ATOMIC_RELAXED,
						__ATOMIC_RELAXED))
			return true;
		if (found == pair)
			return false;
	}
	return true;
}

void refusals_log(struct corbel_host *host)
{
	__atomic_store_n(&log_host, host, __ATOMIC_RELEASE);
}

void refusals_tell(const char *function, const char *why)
{
	struct corbel_host *host = __atomic_load_n(&log_host, __ATOMIC_ACQUIRE);
	const char *plugin = corbel_fault_culprit();

	if (host && is_new(hash(hash(UINT64_C(14695981039346656037), plugin), function)))
		corbel_host_log(host, CORBEL_WARNING, "%s: %s() was refused: %s", plugin, function,
				why);
}
