/* SPDX-License-Identifier: MIT */
/* Images: dlopen(3) and what it does not say. */
#include "image.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>

#include "image_map.h"

/* The entry table as it was in ABI 1.0: no plugin has a smaller one. */
#define ENTRY_SIZE_MIN 48u
/* Far beyond what will ever be appended; more is not a size. */
#define ENTRY_SIZE_MAX 4096u

/* The words of all that is refused here get the path in front, by image_open(). */
static int stamp_check(const struct verdict *verdict, struct corbel_error *error)
{
	struct stat now;

	if (lstat(verdict->path, &now) < 0)
		return error_set(error, -errno, "cannot look at it again: %s", strerror(errno));
	if (judge_stamp_equals(&now, &verdict->stamp))
		return 0;
	return error_set(error, -ESTALE,
			 "was changed after it was judged (try again; install plugins by renaming "
			 "a finished file into place)");
}

/* dlopen finds an image by its path and by its inode; both must be free. */
static int absence_check(const struct verdict *verdict, struct corbel_error *error)
{
	void *present = dlopen(verdict->path, RTLD_LAZY | RTLD_NOLOAD);

	if (!present)
		return 0;
	dlclose(present);
	return error_set(
		error, -EEXIST,
		"is already mapped in this process, and loading it again would give the same "
		"image (stop the plugin that uses it, or give this one a copy of the file)");
}

static void range_take(uintptr_t *base, uintptr_t *end, uintptr_t start, size_t size)
{
	if (*end == 0 || start < *base)
		*base = start;
	if (start + size > *end)
		*end = start + size;
}

/* Finds an image by its path and bias, and writes its ranges. */
static int search(struct dl_phdr_info *info, size_t size, void *data)
{
	struct image *image = data;

	(void)size;
	if (info->dlpi_addr != image->bias || strcmp(info->dlpi_name, image->verdict->path) != 0)
		return 0;
	image->end = image->code_end = 0;
	for (unsigned int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
		uintptr_t start = info->dlpi_addr + segment->p_vaddr;

		if (segment->p_type != PT_LOAD)
			continue;
		range_take(&image->base, &image->end, start, segment->p_memsz);
		if (segment->p_flags & PF_X)
			range_take(&image->code, &image->code_end, segment->p_vaddr,
				   segment->p_memsz);
	}
	return true;
}

static int range_read(struct image *image, struct corbel_error *error)
{
	struct link_map *map = NULL;

	if (dlinfo(image->handle, RTLD_DI_LINKMAP, &map) < 0)
		return error_set(error, -ELIBBAD, "the loader does not know it: %s", dlerror());
	image->bias = map->l_addr;
	if (!dl_iterate_phdr(search, image))
		return error_set(error, -ELIBBAD, "the loader knows it under another path: %s",
				 map->l_name);
	return 0;
}

static bool range_has(const struct image *image, const void *address, size_t size)
{
	uintptr_t at = (uintptr_t)address;

	return at >= image->base && at < image->end && size <= image->end - at;
}

static int abi_check(uint32_t abi, struct corbel_error *error)
{
	struct version host = { CORBEL_ABI_MAJOR, CORBEL_ABI_MINOR };
	struct version wanted = { abi >> 16, abi & 0xffff };

	if (manifest_abi_fits(host, wanted))
		return 0;
	return error_set(error, -EPROTONOSUPPORT,
			 "its entry table is for plugin ABI %u.%u, this host offers %u.%u (rebuild "
			 "the plugin, manifest and all, with this host's SDK)",
			 wanted.major, wanted.minor, host.major, host.minor);
}

/* Size and ABI come first; nothing behind them is read before both are accepted. */
static int entry_copy(struct image *image, struct corbel_error *error)
{
	const struct corbel_plugin *theirs = dlsym(image->handle, "corbel_plugin");

	if (!theirs)
		return error_set(error, -EINVAL,
				 "does not export corbel_plugin (define it with CORBEL_PLUGIN)");
	if (!range_has(image, theirs, offsetof(struct corbel_plugin, start)))
		return error_set(
			error, -EINVAL,
			"corbel_plugin is not in this file (define it with CORBEL_PLUGIN)");
	uint32_t size = theirs->size;
	if (size < ENTRY_SIZE_MIN || size > ENTRY_SIZE_MAX || !range_has(image, theirs, size))
		return error_set(error, -EINVAL,
				 "its entry table says it has %u bytes, expected at least %u "
				 "(define it with CORBEL_PLUGIN)",
				 size, ENTRY_SIZE_MIN);
	int result = abi_check(theirs->abi, error);
	if (result < 0)
		return result;
	memcpy(&image->entry, theirs, size < sizeof(image->entry) ? size : sizeof(image->entry));
	if (!image->entry.start || !image->entry.stop)
		return error_set(error, -EINVAL,
				 "its entry table has no %s callback (every plugin needs .start "
				 "and .stop in CORBEL_PLUGIN)",
				 image->entry.start ? "stop" : "start");
	return 0;
}

static int loaded_check(struct image *image, struct corbel_error *error)
{
	int result = range_read(image, error);
	if (result == 0)
		result = stamp_check(image->verdict, error);
	return result < 0 ? result : entry_copy(image, error);
}

int image_open(const struct verdict *verdict, struct image **image, struct corbel_error *error)
{
	struct image *fresh = calloc(1, sizeof(*fresh));
	if (!fresh)
		return error_set(error, -ENOMEM, "%s: no memory to load it", verdict->path);
	fresh->verdict = verdict;
	int result = stamp_check(verdict, error);
	if (result == 0)
		result = absence_check(verdict, error);
	if (result == 0) {
		fresh->handle = dlopen(verdict->path, RTLD_NOW | RTLD_LOCAL);
		if (!fresh->handle) {
			free(fresh);
			return error_set(
				error, -ELIBBAD,
				"the loader refused the file: %s (link it with all "
				"libraries that it uses: -Wl,-z,defs finds what is missing)",
				dlerror());
		}
		result = loaded_check(fresh, error);
	}
	if (result < 0) {
		image_free(fresh);
		return error_prefix(error, result, "%s: ", verdict->path);
	}
	image_map_add(fresh);
	*image = fresh;
	return 0;
}

bool image_is_mapped(const struct image *image)
{
	struct image found = *image;

	return dl_iterate_phdr(search, &found);
}

/* Where a file has its headers in the same segment, nothing that runs is at the base itself. */
bool image_has_code(const struct image *image, uintptr_t address)
{
	uintptr_t at = address - image->bias;

	return at >= image->code && at < image->code_end && address != image->base;
}

/* What of the file can be the reason, with its cure. */
static int linger(const struct verdict *verdict, struct corbel_error *error)
{
	struct corbel_error unwanted;

	const struct {
		bool is_so;
		const char *what, *name, *cure;
	} reasons[] = {
		{ verdict->nodelete, "the file is linked NODELETE", NULL,
		  "link without -z nodelete" },
		{ verdict->unique, "its unique symbol ", verdict->unique,
		  "compile with -fno-gnu-unique" },
		{ verdict->thread_exit, "a thread_local variable that has a destructor", NULL,
		  "keep such data in self, or end in stop() each thread that has it" },
		{ verdict->opens, "a dlopen() of itself that it did not close", NULL,
		  "dlclose() it in stop()" },
		{ verdict->weak, "libstdc++ is bound to its weak symbol ", verdict->weak,
		  "compile with -fvisibility=hidden -fvisibility-inlines-hidden" },
	};
	size_t count = 0;

	error = error ? error : &unwanted;
	error_set(error, -EBUSY, "%s: still mapped: ", verdict->path);
	for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++)
		if (reasons[i].is_so)
			error_set(error, -EBUSY, "%s%s%s%s (%s)", error->text,
				  count++ > 0 ? "; or " : "", reasons[i].what,
				  reasons[i].name ? reasons[i].name : "", reasons[i].cure);
	if (count == 0)
		error_set(error, -EBUSY,
			  "%ssomething holds it, as another library that is bound to one of its "
			  "symbols (export corbel_plugin alone)",
			  error->text);
	return -EBUSY;
}

int image_close(struct image *image, struct corbel_error *error)
{
	/* Its return value says nothing about the mapping; the loader's list does. */
	if (image->handle)
		dlclose(image->handle);
	image->handle = NULL;
	if (image_is_mapped(image))
		return linger(image->verdict, error);
	image_map_remove(image);
	return 0;
}

void image_free(struct image *image)
{
	if (!image)
		return;
	if (image->handle)
		image_close(image, NULL);
	free(image);
}
