/* SPDX-License-Identifier: MIT */
/* One loaded version of a plugin file, from dlopen until it is proved to be gone. */
#include "image.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The entry table as it was in ABI 1.0: no plugin has a smaller one. */
#define ENTRY_SIZE_MIN 48u
/* Far beyond what will ever be appended; more is not a size. */
#define ENTRY_SIZE_MAX 4096u

static int stamp_check(const struct verdict *verdict, struct corbel_error *error)
{
	struct judge_stamp now;
	struct stat status;

	if (lstat(verdict->path, &status) < 0)
		return error_set(error, -errno, "%s: cannot look at it again: %s", verdict->path,
				 strerror(errno));
	judge_stamp_take(&now, &status);
	if (judge_stamp_equals(&now, &verdict->stamp))
		return 0;
	return error_set(
		error, -ESTALE,
		"%s: was changed after it was judged (try again; install plugins by renaming "
		"a finished file into place)",
		verdict->path);
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
		"%s: is already mapped in this process, and loading it again would give the "
		"same image (stop the plugin that uses it, or give this one a copy of the file)",
		verdict->path);
}

/* What dl_iterate_phdr says about one image. */
struct search {
	const char *path;
	uintptr_t bias; /* what the loader added to every address */
	uintptr_t base;
	uintptr_t end;
	bool found;
};

static int search_step(struct dl_phdr_info *info, size_t size, void *data)
{
	struct search *search = data;

	(void)size;
	if (info->dlpi_addr != search->bias || strcmp(info->dlpi_name, search->path) != 0)
		return 0;
	search->found = true;
	search->base = UINTPTR_MAX;
	for (unsigned int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
		uintptr_t start = info->dlpi_addr + segment->p_vaddr;

		if (segment->p_type != PT_LOAD)
			continue;
		if (start < search->base)
			search->base = start;
		if (start + segment->p_memsz > search->end)
			search->end = start + segment->p_memsz;
	}
	return 1;
}

static int range_read(struct image *image, struct corbel_error *error)
{
	struct link_map *map = NULL;

	if (dlinfo(image->handle, RTLD_DI_LINKMAP, &map) < 0)
		return error_set(error, -ELIBBAD, "%s: the loader does not know it: %s",
				 image->path, dlerror());
	struct search search = { .path = image->path, .bias = map->l_addr };
	dl_iterate_phdr(search_step, &search);
	if (!search.found)
		return error_set(error, -ELIBBAD, "%s: the loader knows it under another path: %s",
				 image->path, map->l_name);
	image->bias = search.bias;
	image->base = search.base;
	image->end = search.end;
	return 0;
}

static bool range_has(const struct image *image, const void *address, size_t size)
{
	uintptr_t at = (uintptr_t)address;

	return at >= image->base && at < image->end && size <= image->end - at;
}

bool image_has(const struct image *image, const void *address)
{
	return range_has(image, address, 1);
}

static int abi_check(const struct image *image, uint32_t abi, struct corbel_error *error)
{
	struct version host = { CORBEL_ABI_MAJOR, CORBEL_ABI_MINOR };
	struct version wanted = { abi >> 16, abi & 0xffff };

	if (manifest_abi_fits(host, wanted))
		return 0;
	return error_set(
		error, -EPROTONOSUPPORT,
		"%s: its entry table is for plugin ABI %u.%u, this host offers %u.%u (rebuild "
		"the plugin, manifest and all, with this host's SDK)",
		image->path, wanted.major, wanted.minor, host.major, host.minor);
}

/* Size and ABI come first; nothing behind them is read before both are accepted. */
static int entry_copy(struct image *image, const struct corbel_plugin *theirs,
		      struct corbel_error *error)
{
	if (!range_has(image, theirs, offsetof(struct corbel_plugin, start)))
		return error_set(
			error, -EINVAL,
			"%s: corbel_plugin is not in this file (define it with CORBEL_PLUGIN)",
			image->path);
	uint32_t size = theirs->size;
	if (size < ENTRY_SIZE_MIN || size > ENTRY_SIZE_MAX || !range_has(image, theirs, size))
		return error_set(error, -EINVAL,
				 "%s: its entry table says it has %u bytes, expected at least %u "
				 "(define it with CORBEL_PLUGIN)",
				 image->path, size, ENTRY_SIZE_MIN);
	int result = abi_check(image, theirs->abi, error);
	if (result < 0)
		return result;
	memcpy(&image->entry, theirs, size < sizeof(image->entry) ? size : sizeof(image->entry));
	if (!image->entry.start || !image->entry.stop)
		return error_set(
			error, -EINVAL,
			"%s: its entry table has no %s callback (every plugin needs .start and "
			".stop in CORBEL_PLUGIN)",
			image->path, image->entry.start ? "stop" : "start");
	return 0;
}

static int entry_read(struct image *image, struct corbel_error *error)
{
	const struct corbel_plugin *theirs = dlsym(image->handle, "corbel_plugin");

	if (!theirs)
		return error_set(error, -EINVAL,
				 "%s: does not export corbel_plugin (define it with CORBEL_PLUGIN)",
				 image->path);
	return entry_copy(image, theirs, error);
}

static int load(struct image *image, const struct verdict *verdict, struct corbel_error *error)
{
	int result = stamp_check(verdict, error);
	if (result == 0)
		result = absence_check(verdict, error);
	if (result < 0)
		return result;
	image->handle = dlopen(image->path, RTLD_NOW | RTLD_LOCAL);
	if (!image->handle)
		return error_set(error, -ELIBBAD, "the loader refused the file: %s", dlerror());
	result = range_read(image, error);
	if (result == 0)
		result = stamp_check(verdict, error);
	if (result == 0)
		result = entry_read(image, error);
	return result;
}

int image_open(const struct verdict *verdict, struct image **image, struct corbel_error *error)
{
	struct image *fresh = calloc(1, sizeof(*fresh));
	if (!fresh)
		return error_set(error, -ENOMEM, "%s: no memory to load it", verdict->path);
	fresh->path = strdup(verdict->path);
	fresh->unique = verdict->unique ? strdup(verdict->unique) : NULL;
	fresh->nodelete = verdict->nodelete;
	memcpy(fresh->build_id, verdict->build_id, sizeof(fresh->build_id));
	fresh->build_id_size = verdict->build_id_size;
	int result = fresh->path && (fresh->unique || !verdict->unique)
			     ? load(fresh, verdict, error)
			     : error_set(error, -ENOMEM, "%s: no memory to load it", verdict->path);
	if (result < 0) {
		image_free(fresh);
		return result;
	}
	*image = fresh;
	return 0;
}

bool image_is_mapped(const struct image *image)
{
	struct search search = { .path = image->path, .bias = image->bias };

	if (image->base == image->end)
		return false;
	dl_iterate_phdr(search_step, &search);
	return search.found;
}

static int linger(const struct image *image, struct corbel_error *error)
{
	if (image->nodelete)
		return error_set(error, -EBUSY,
				 "%s: still mapped: the file is linked NODELETE (link without "
				 "-z nodelete)",
				 image->path);
	if (image->unique)
		return error_set(error, -EBUSY,
				 "%s: still mapped: its unique symbol %s is in use (compile with "
				 "-fno-gnu-unique)",
				 image->path, image->unique);
	return error_set(
		error, -EBUSY,
		"%s: still mapped: something holds it: a thread_local destructor that has not "
		"run, a dlopen of itself, or another library bound to one of its symbols",
		image->path);
}

int image_close(struct image *image, struct corbel_error *error)
{
	/* Its return value says nothing about the mapping; the loader's list does. */
	if (image->handle)
		dlclose(image->handle);
	image->handle = NULL;
	return image_is_mapped(image) ? linger(image, error) : 0;
}

void image_free(struct image *image)
{
	if (!image)
		return;
	if (image->handle)
		image_close(image, NULL);
	free(image->unique);
	free(image->path);
	free(image);
}
