/* SPDX-License-Identifier: MIT */
/* A corbel.store in memory that fails when told to. */
#ifndef TESTS_RULES_STAGESTORE_H
#define TESTS_RULES_STAGESTORE_H

#include <pthread.h>

#include <corbel/plugin.h>

#include "corbel.store.h"

#define STAGE_RECORDS 4096

struct stage_store {
	struct corbel_context *context;
	pthread_mutex_t lock;
	struct {
		char *key;
		char *value;
	} records[STAGE_RECORDS]; /* in the order of their keys */
	size_t count;
	int result;      /* of the next calls, unless 0 */
	size_t failures; /* how many of them fail; 0: all */
	size_t puts;
};

extern const struct corbel_store_methods stage_store_methods;

void stage_store_init(struct stage_store *store, struct corbel_context *context);
void stage_store_fini(struct stage_store *store);
/* Writes a record as if somebody else did. */
void stage_store_write(struct stage_store *store, const char *key, const char *value);

#endif
