/* SPDX-License-Identifier: MIT */
/* The descriptors of the host itself, which a plugin may not close. */
#include "descriptors.h"

#include <fcntl.h>
#include <stdint.h>

/* A bit each; atomic. Of the process, as descriptors are. */
static uint64_t kept[DESCRIPTORS_LIMIT / 64];

void descriptors_keep_all(void)
{
	for (int descriptor = 0; descriptor < DESCRIPTORS_LIMIT; descriptor++)
		if (fcntl(descriptor, F_GETFD) >= 0)
			descriptors_keep(descriptor);
}

void descriptors_keep(int descriptor)
{
	if (descriptor >= 0 && descriptor < DESCRIPTORS_LIMIT)
		__atomic_fetch_or(&kept[descriptor / 64], UINT64_C(1) << descriptor % 64,
				  __ATOMIC_RELAXED);
}

void descriptors_release(int descriptor)
{
	if (descriptor >= 0 && descriptor < DESCRIPTORS_LIMIT)
		__atomic_fetch_and(&kept[descriptor / 64], ~(UINT64_C(1) << descriptor % 64),
				   __ATOMIC_RELAXED);
}

bool descriptors_has(unsigned first, unsigned last)
{
	for (unsigned at = first; at <= last && at < DESCRIPTORS_LIMIT; at++)
		if (__atomic_load_n(&kept[at / 64], __ATOMIC_RELAXED) >> at % 64 & 1)
			return true;
	return false;
}
