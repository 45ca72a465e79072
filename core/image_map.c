/* SPDX-License-Identifier: MIT */
/* A list that only grows, of places that are taken and given back. */
#include "image_map.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* for those who change it */
static struct image_place *places;                       /* atomic */

static __thread const char *loading;

void image_map_loading(const char *plugin)
{
	loading = plugin;
}

const char *image_map_loads(void)
{
	return loading;
}

static struct image_place *place_take(void)
{
	struct image_place *place = places;

	while (place && place->end != 0)
		place = place->next;
	if (place)
		return place;
	place = calloc(1, sizeof(*place));
	if (!place)
		return NULL;
	place->next = places;
	__atomic_store_n(&places, place, __ATOMIC_RELEASE);
	return place;
}

void image_map_add(const struct image *image)
{
	const struct verdict *verdict = image->verdict;

	pthread_mutex_lock(&lock);
	struct image_place *place = place_take();

	if (place) {
		place->base = image->base;
		place->bias = image->bias;
		place->device = verdict->stamp.st_dev;
		place->inode = verdict->stamp.st_ino;
		strncpy(place->name, verdict->manifest->name, sizeof(place->name) - 1);
		strncpy(place->version, verdict->manifest->version, sizeof(place->version) - 1);
		place->path[0] = '\0';
		if (strlen(verdict->path) < sizeof(place->path))
			strcpy(place->path, verdict->path);
		__atomic_store_n(&place->end, image->end, __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&lock);
}

void image_map_remove(const struct image *image)
{
	pthread_mutex_lock(&lock);
	for (struct image_place *place = places; place; place = place->next)
		if (place->end != 0 && place->base == image->base)
			__atomic_store_n(&place->end, 0, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&lock);
}

const struct image_place *image_map_next(const struct image_place *place)
{
	place = place ? place->next : __atomic_load_n(&places, __ATOMIC_ACQUIRE);
	while (place && __atomic_load_n(&place->end, __ATOMIC_ACQUIRE) == 0)
		place = place->next;
	return place;
}

const struct image_place *image_map_find(uintptr_t address)
{
	const struct image_place *place = image_map_next(NULL);

	while (place && !(address >= place->base && address < place->end))
		place = image_map_next(place);
	return place;
}
