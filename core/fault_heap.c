/* SPDX-License-Identifier: MIT */
/* `heap = private`: a heap of its own for each instance, by the program around the host. */
#include "fault_heap.h"

#include <errno.h>

#include "usage.h"

/* One for the process, as is malloc(3); atomic. */
static const struct corbel_fault_heaps *provider;

void corbel_fault_use_heaps(const struct corbel_fault_heaps *heaps)
{
	__atomic_store_n(&provider, heaps, __ATOMIC_RELEASE);
}

void *corbel_fault_heap(void)
{
	const struct gate_owner *owner = frame_current();

	return owner ? owner->heap : NULL;
}

bool corbel_fault_heap_take(void *account, int64_t bytes)
{
	return usage_resize(account, USAGE_MEMORY, bytes) == 0;
}

/* It is one piece on the account, of changing size. */
int fault_heap_make(struct gate_owner *owner, const struct image *image)
{
	const struct corbel_fault_heaps *heaps = __atomic_load_n(&provider, __ATOMIC_ACQUIRE);
	struct usage *usage = usage_of_owner(owner);

	if (!heaps)
		return -ENOTSUP;
	usage_take(usage, USAGE_MEMORY, 0);
	owner->heap = heaps->make((const void *)image->base, image->end - image->base, usage);
	if (!owner->heap)
		usage_give(usage, USAGE_MEMORY, 0);
	return owner->heap ? 0 : -ENOMEM;
}

void fault_heap_destroy(struct gate_owner *owner)
{
	const struct corbel_fault_heaps *heaps = __atomic_load_n(&provider, __ATOMIC_ACQUIRE);
	void *heap = owner ? owner->heap : NULL;

	if (!heap)
		return;
	owner->heap = NULL;
	if (heaps->destroy(heap))
		usage_give(usage_of_owner(owner), USAGE_MEMORY, 0);
}
