/* SPDX-License-Identifier: MIT */
/* A corbel.store in memory that fails when told to. */
#include "stagestore.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

/* The first record whose key is not before this one. */
static size_t place_of(const struct stage_store *store, const char *key)
{
	size_t place = 0;

	while (place < store->count && strcmp(store->records[place].key, key) < 0)
		place++;
	return place;
}

static bool is_at(const struct stage_store *store, size_t place, const char *key)
{
	return place < store->count && strcmp(store->records[place].key, key) == 0;
}

void stage_store_write(struct stage_store *store, const char *key, const char *value)
{
	size_t place = place_of(store, key);

	if (is_at(store, place, key)) {
		free(store->records[place].value);
	} else {
		ck_assert_uint_lt(store->count, STAGE_RECORDS);
		memmove(&store->records[place + 1], &store->records[place],
			(store->count++ - place) * sizeof(store->records[0]));
		store->records[place].key = strdup(key);
	}
	store->records[place].value = strdup(value);
}

/* Takes the lock unless the call is to fail. */
static int enter(struct stage_store *store)
{
	pthread_mutex_lock(&store->lock);

	int result = store->result;

	if (result < 0 && store->failures > 0 && --store->failures == 0)
		store->result = 0;
	if (result < 0)
		pthread_mutex_unlock(&store->lock);
	return result;
}

static int put(void *self, const char *key, struct corbel_bytes value)
{
	struct stage_store *store = self;
	int result = enter(store);

	if (result < 0)
		return result;

	char *text = strndup(value.data, value.size);

	stage_store_write(store, key, text);
	free(text);
	store->puts++;
	pthread_mutex_unlock(&store->lock);
	return 0;
}

static int get(void *self, const char *key, struct corbel_bytes *value)
{
	struct stage_store *store = self;
	int result = enter(store);

	if (result < 0)
		return result;

	size_t place = place_of(store, key);

	result = is_at(store, place, key) ? 0 : -ENOENT;
	if (result == 0) {
		value->size = strlen(store->records[place].value);
		value->data =
			corbel_memdup(store->context, store->records[place].value, value->size);
	}
	pthread_mutex_unlock(&store->lock);
	return result;
}

static int remove_key(void *self, const char *key)
{
	struct stage_store *store = self;
	int result = enter(store);

	if (result < 0)
		return result;

	size_t place = place_of(store, key);

	result = is_at(store, place, key) ? 0 : -ENOENT;
	if (result == 0) {
		free(store->records[place].key);
		free(store->records[place].value);
		memmove(&store->records[place], &store->records[place + 1],
			(--store->count - place) * sizeof(store->records[0]));
	}
	pthread_mutex_unlock(&store->lock);
	return result;
}

static int list(void *self, const char *prefix, const char *after, uint32_t limit, char ***keys,
		size_t *count)
{
	struct stage_store *store = self;
	int result = enter(store);

	if (result < 0)
		return result;
	*keys = corbel_alloc(store->context, (limit + 1) * sizeof(**keys));
	*count = 0;
	for (size_t i = 0; i < store->count && *count < limit; i++)
		if (strncmp(store->records[i].key, prefix, strlen(prefix)) == 0 &&
		    strcmp(store->records[i].key, after) > 0)
			(*keys)[(*count)++] = corbel_strdup(store->context, store->records[i].key);
	pthread_mutex_unlock(&store->lock);
	return 0;
}

static int append(void *self, const char *series, int64_t at, double value)
{
	(void)self;
	(void)series;
	(void)at;
	(void)value;
	return -EOPNOTSUPP;
}

static int query(void *self, const char *series, int64_t from, int64_t to, uint32_t limit,
		 struct corbel_store_point **points, size_t *count)
{
	(void)self;
	(void)series;
	(void)from;
	(void)to;
	(void)limit;
	(void)points;
	(void)count;
	return -EOPNOTSUPP;
}

static int trim(void *self, const char *series, int64_t before)
{
	(void)self;
	(void)series;
	(void)before;
	return -EOPNOTSUPP;
}

const struct corbel_store_methods stage_store_methods = {
	.size = sizeof(stage_store_methods),
	.put = put,
	.get = get,
	.remove = remove_key,
	.list = list,
	.append = append,
	.query = query,
	.trim = trim,
};

void stage_store_init(struct stage_store *store, struct corbel_context *context)
{
	memset(store, 0, sizeof(*store));
	store->context = context;
	pthread_mutex_init(&store->lock, NULL);
}

void stage_store_fini(struct stage_store *store)
{
	for (size_t i = 0; i < store->count; i++) {
		free(store->records[i].key);
		free(store->records[i].value);
	}
	pthread_mutex_destroy(&store->lock);
}
