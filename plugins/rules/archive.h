/* SPDX-License-Identifier: MIT */
/* The records of alerts in corbel.store. */
#ifndef RULES_ARCHIVE_H
#define RULES_ARCHIVE_H

#include <corbel/plugin.h>

#include "alert.h"
#include "corbel.store.h"

struct archive {
	struct corbel_context *context;
	struct corbel_store *store;
	char prefix[128]; /* of all keys */
};

int archive_init(struct archive *archive, struct corbel_context *context,
		 const struct corbel_use_options *options);
void archive_fini(struct archive *archive);

/*
 * All of these call the store, and return what it says; -ENOTCONN: it is not there. [any thread]
 * The first writes an alert's record anew, and returns when it is durable.
 */
int archive_write(const struct archive *archive, const struct alert *alert);

/*
 * Gives all alerts raised at `from` or later to `visit`, the oldest first, until it returns false.
 * They are borrowed for the call. What cannot be read as a record is passed over and counted.
 */
int archive_visit(const struct archive *archive, int64_t from,
		  bool (*visit)(void *data, const struct alert *alert), void *data,
		  size_t *unreadable);

/* Removes the `count` oldest records, or what there is; *removed is written in any case. */
int archive_remove_oldest(const struct archive *archive, size_t count, size_t *removed);

#endif
