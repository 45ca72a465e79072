/* SPDX-License-Identifier: MIT */
/* Libraries that call malloc(3) for a plugin. */
#include "heap_library.h"

#include <dlfcn.h>
#include <link.h>

/* Where the images that the program is linked with begin. */
static uintptr_t own[64];
static size_t own_count;

static int note_own(struct dl_phdr_info *info, size_t size, void *data)
{
	struct dl_find_object found;

	(void)size;
	(void)data;
	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];

		if (segment->p_type == PT_LOAD && own_count < sizeof(own) / sizeof(*own) &&
		    _dl_find_object((void *)(info->dlpi_addr + segment->p_vaddr), &found) == 0) {
			own[own_count++] = (uintptr_t)found.dlfo_map_start;
			break;
		}
	}
	return 0;
}

/* When the program begins, nothing else has been loaded. */
__attribute__((constructor)) static void note_all(void)
{
	dl_iterate_phdr(note_own, NULL);
}

static bool is_own(uintptr_t start)
{
	size_t i = 0;

	while (i < own_count && own[i] != start)
		i++;
	return i < own_count;
}

static const struct heap_library *find(const struct heap_libraries *libraries, const void *caller)
{
	for (size_t i = 0; i < HEAP_LIBRARY_COUNT; i++) {
		const struct heap_library *item = &libraries->items[i];
		size_t size = __atomic_load_n(&item->size, __ATOMIC_ACQUIRE);

		if (size == 0)
			return NULL;
		if ((uintptr_t)caller - item->start < size)
			return item;
	}
	return NULL;
}

/* The loader tells without a lock. Two threads may note the same one. */
static bool note(struct heap_libraries *libraries, const void *caller)
{
	struct dl_find_object found;

	if (_dl_find_object((void *)(uintptr_t)caller, &found) < 0)
		return false;
	uint32_t place = __atomic_fetch_add(&libraries->count, 1, __ATOMIC_RELAXED);
	if (place >= HEAP_LIBRARY_COUNT)
		return false;
	struct heap_library *item = &libraries->items[place];

	item->start = (uintptr_t)found.dlfo_map_start;
	item->is_served = !is_own(item->start);
	__atomic_store_n(&item->size, (uintptr_t)found.dlfo_map_end - item->start,
			 __ATOMIC_RELEASE);
	return item->is_served;
}

bool heap_libraries_serve(struct heap_libraries *libraries, const void *caller)
{
	const struct heap_library *item = find(libraries, caller);

	return item ? item->is_served : note(libraries, caller);
}

bool heap_libraries_remain(const struct heap_libraries *libraries)
{
	struct dl_find_object found;

	for (size_t i = 0; i < HEAP_LIBRARY_COUNT; i++) {
		const struct heap_library *item = &libraries->items[i];

		if (item->is_served && _dl_find_object((void *)item->start, &found) == 0)
			return true;
	}
	return false;
}
