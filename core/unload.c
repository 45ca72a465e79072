/* SPDX-License-Identifier: MIT */
/* Unloading: check, dlclose, verify, and in development keep the place and search memory. */
#include "unload.h"

#include <errno.h>
#include <string.h>

#include "fault_heap.h"
#include "leftover.h"

struct unload {
	struct corbel_host *host;
	const struct manifest *manifest;
	struct corbel_error *error;
	size_t pins;
};

static void warn(void *data, const char *words)
{
	struct unload *unload = data;

	log_host(&unload->host->log, CORBEL_WARNING, "%s %s: %s", unload->manifest->name,
		 unload->manifest->version, words);
}

/* The first is the reason, the others are for the log. */
static void pin(void *data, const char *words)
{
	struct unload *unload = data;

	if (unload->pins++ == 0)
		error_set(unload->error, -EBUSY, "%s", words);
	else
		warn(data, words);
}

static bool is_pinned(struct unload *unload, struct leftovers *leftovers)
{
	leftovers->found = pin;
	leftover_check(leftovers);
	if (leftovers->image->verdict->on_exit)
		pin(unload, "it calls on_exit(), and what that calls at the end of the process "
			    "cannot be taken back (use atexit(), or do it in stop())");
	return unload->pins > 0;
}

/*
 * The host's own copies are not to be found: the entry table, and direct handlers in lists that
 * publishers have not left yet and will not call.
 */
static void search(struct leftovers *leftovers, struct image *image)
{
	struct unload *unload = leftovers->data;

	memset(&image->entry, 0, sizeof(image->entry));
	leftovers->found = warn;
	if (!LEFTOVER_SEARCHES_MEMORY)
		warn(leftovers->data,
		     "memory is not searched for pointers to it under a sanitizer");
	else if (bus_tidy(unload->host->bus))
		leftover_search(leftovers);
	else
		log_host(&unload->host->log, CORBEL_DEBUG,
			 "%s %s: memory is not searched for pointers to it: publishers are still "
			 "in lists that may name it",
			 unload->manifest->name, unload->manifest->version);
}

int unload_image(struct corbel_host *host, struct image *image, struct gate_owner *owner,
		 struct corbel_error *error)
{
	if (!image)
		return 0;
	struct unload unload = { host, image->verdict->manifest, error, 0 };
	struct leftovers leftovers = { .image = image, .owner = owner, .data = &unload };
	bool develop = host->flags & CORBEL_HOST_DEVELOP;
	int result = 0;

	if (develop)
		leftovers.symbols = symbols_read(image->verdict);
	if (host->flags & CORBEL_HOST_KEEP_IMAGES) {
		image->handle = NULL;
		log_host(&host->log, CORBEL_DEBUG, "%s %s stays mapped (--no-unload)",
			 unload.manifest->name, unload.manifest->version);
	} else if (is_pinned(&unload, &leftovers)) {
		image->handle = NULL;
		result = -EBUSY;
	} else {
		result = image_close(image, error);
		if (result == 0)
			fault_heap_destroy(owner);
		if (result == 0 && develop && ghosts_add(&host->ghosts, image, leftovers.symbols)) {
			search(&leftovers, image);
			leftovers.symbols = NULL;
		}
	}
	symbols_free(leftovers.symbols);
	image_free(image);
	return result;
}
