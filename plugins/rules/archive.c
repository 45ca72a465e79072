/* SPDX-License-Identifier: MIT */
/* The records of alerts in corbel.store. */
#include "archive.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 256u /* keys asked for at once */

struct visit {
	bool (*each)(void *data, const struct alert *alert);
	void *data;
	size_t unreadable;
	bool is_over;
};

int archive_init(struct archive *archive, struct corbel_context *context,
		 const struct corbel_use_options *options)
{
	archive->context = context;
	snprintf(archive->prefix, sizeof(archive->prefix), "%.100s.alert.", corbel_name(context));
	return corbel_store_acquire(context, options, &archive->store);
}

void archive_fini(struct archive *archive)
{
	corbel_store_release(archive->context, archive->store);
}

int archive_write(const struct archive *archive, const struct alert *alert)
{
	char *key = alert_key(alert, archive->prefix), *record = alert_record(alert);
	int result = -ENOMEM;

	if (key && record) {
		struct corbel_bytes value = { record, strlen(record) };

		result = corbel_store_put(archive->store, key, value);
	}
	free(key);
	free(record);
	return result;
}

static void free_keys(const struct archive *archive, char **keys, size_t count)
{
	for (size_t i = 0; i < count; i++)
		corbel_free(archive->context, keys[i]);
	corbel_free(archive->context, keys);
}

static int visit_key(const struct archive *archive, const char *key, struct visit *visit)
{
	struct corbel_bytes value;
	int result = corbel_store_get(archive->store, key, &value);

	if (result == -ENOENT) /* removed since the key was listed */
		return 0;
	if (result < 0)
		return result;

	struct alert *alert = alert_read(&value);

	if (alert)
		visit->is_over = !visit->each(visit->data, alert);
	else
		visit->unreadable++;
	alert_free(alert);
	corbel_free(archive->context, value.data);
	return 0;
}

/* Visits the keys after *after, and moves it to the last one; to NULL when there is none left. */
static int visit_page(const struct archive *archive, char **after, struct visit *visit)
{
	char **keys;
	size_t count;
	int result =
		corbel_store_list(archive->store, archive->prefix, *after, PAGE, &keys, &count);

	if (result < 0)
		return result;
	for (size_t i = 0; i < count && result == 0 && !visit->is_over; i++)
		result = visit_key(archive, keys[i], visit);
	free(*after);
	*after = NULL;
	if (result == 0 && count > 0 && !visit->is_over) {
		*after = strdup(keys[count - 1]);
		result = *after ? 0 : -ENOMEM;
	}
	free_keys(archive, keys, count);
	return result;
}

int archive_visit(const struct archive *archive, int64_t from,
		  bool (*each)(void *data, const struct alert *alert), void *data,
		  size_t *unreadable)
{
	struct visit visit = { .each = each, .data = data };
	char *after = alert_key_before(from, archive->prefix);
	int result = after ? 0 : -ENOMEM;

	while (result == 0 && after)
		result = visit_page(archive, &after, &visit);
	free(after);
	*unreadable = visit.unreadable;
	return result;
}

int archive_remove_oldest(const struct archive *archive, size_t count, size_t *removed)
{
	char **keys;
	size_t found;

	*removed = 0;

	int result = corbel_store_list(archive->store, archive->prefix, "", (uint32_t)count, &keys,
				       &found);

	if (result < 0)
		return result;
	for (; *removed < found && result == 0; *removed += result == 0) {
		result = corbel_store_remove(archive->store, keys[*removed]);
		if (result == -ENOENT)
			result = 0;
	}
	free_keys(archive, keys, found);
	return result;
}
