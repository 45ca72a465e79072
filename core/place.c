/* SPDX-License-Identifier: MIT */
/* What kind of code an address is in: ranges that are read once, and the map of images. */
#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <string.h>
#include <sys/auxv.h>

#include "guard_thread.h"
#include "image_map.h"

/* Executable segments of libc, the loader, libcorbel and the program. */
static struct {
	uintptr_t begin, end;
	uintptr_t bias;
	enum place place;
	char name[32];
} ranges[16];
static size_t range_count; /* atomic */

/* Of what has no file name: the program, and the kernel's page. */
static const char *const place_names[] = { "", "", "the kernel's page", "the program" };

static void range_add(const struct dl_phdr_info *info, enum place place)
{
	const char *name = strrchr(info->dlpi_name, '/');

	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
		uintptr_t begin = info->dlpi_addr + segment->p_vaddr;

		if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_X) ||
		    range_count == sizeof(ranges) / sizeof(*ranges))
			continue;
		ranges[range_count].begin = begin;
		ranges[range_count].end = begin + segment->p_memsz;
		ranges[range_count].bias = info->dlpi_addr;
		ranges[range_count].place = place;
		strncpy(ranges[range_count].name, name ? name + 1 : place_names[place],
			sizeof(ranges[range_count].name) - 1);
		__atomic_store_n(&range_count, range_count + 1, __ATOMIC_RELEASE);
	}
}

static bool covers(const struct dl_phdr_info *info, uintptr_t address)
{
	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];

		if (segment->p_type == PT_LOAD &&
		    address - info->dlpi_addr - segment->p_vaddr < segment->p_memsz)
			return true;
	}
	return false;
}

struct look {
	bool has_program; /* it comes first */
	uintptr_t libc;   /* some address in it */
};

static int look(struct dl_phdr_info *info, size_t size, void *data)
{
	struct look *so_far = data;

	(void)size;
	if (!so_far->has_program || covers(info, (uintptr_t)look))
		range_add(info, PLACE_CORE);
	else if (covers(info, so_far->libc) || covers(info, getauxval(AT_BASE)) ||
		 covers(info, getauxval(AT_SYSINFO_EHDR)))
		range_add(info, PLACE_LIBC);
	so_far->has_program = true;
	return 0;
}

static void set_up(void)
{
	struct look look_for = { .libc = (uintptr_t)dlsym(RTLD_DEFAULT, "gnu_get_libc_version") };

	dl_iterate_phdr(look, &look_for);
}

void place_setup(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, set_up);
}

/* Index of the range, or of none. */
static size_t range_find(uintptr_t at)
{
	size_t count = __atomic_load_n(&range_count, __ATOMIC_ACQUIRE), i = 0;

	while (i < count && !(at >= ranges[i].begin && at < ranges[i].end))
		i++;
	return i < count ? i : sizeof(ranges) / sizeof(*ranges);
}

enum place place_of(const void *address)
{
	size_t found = range_find((uintptr_t)address);

	if (found < sizeof(ranges) / sizeof(*ranges))
		return ranges[found].place;
	return image_map_find((uintptr_t)address) ? PLACE_PLUGIN : PLACE_ELSEWHERE;
}

const char *place_name(const void *address, uint64_t *offset)
{
	size_t found = range_find((uintptr_t)address);

	if (found == sizeof(ranges) / sizeof(*ranges))
		return NULL;
	*offset = (uintptr_t)address - ranges[found].bias;
	return ranges[found].name;
}
