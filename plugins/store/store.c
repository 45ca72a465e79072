/* SPDX-License-Identifier: MIT */
/* The store: values under keys, and points of time series, in one file. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <corbel/plugin.h>

#include "corbel.store.h"
#include "database.h"
#include "fault.h"
#include "settings.h"

#define KEY_SIZE_MAX 1024
#define LIMIT_MAX 4096

/* What guards one connection of the database, and how its last call went. */
struct side {
	pthread_mutex_t lock;
	int trouble;       /* -errno, as far as it has been said; 0: it works */
	uint64_t failures; /* calls since it began */
};

struct store {
	struct corbel_context *context;
	/* Either lock is enough to read these; it takes both to change them. */
	struct settings settings;
	struct database database;
	struct side sides[ROLES]; /* locked in this order */
};

static struct side *side_of(struct store *store, enum statement statement)
{
	return &store->sides[statement_role(statement)];
}

/* The statement, which is the caller's until leave(). */
static sqlite3_stmt *enter(struct store *store, enum statement statement)
{
	pthread_mutex_lock(&side_of(store, statement)->lock);
	errno = 0;
	return store->database.statements[statement];
}

/*
 * Says what is wrong when it begins and when it ends, not once a call. A damaged file stays one,
 * however many calls find what they look for elsewhere in it.
 */
static void outcome_report(struct store *store, enum role role, int result)
{
	static const char *const verbs[ROLES] = { "read", "write" };
	struct side *side = &store->sides[role];
	struct corbel_error error;

	if (result < 0)
		side->failures++;
	if (result == side->trouble || (result == 0 && side->trouble == -EUCLEAN))
		return;
	if (result < 0) {
		fault_explain(store->database.handles[role], result, verbs[role],
			      store->settings.path, &error);
		corbel_log(store->context, CORBEL_ERROR, "%s", error.text);
	} else {
		corbel_log(store->context, CORBEL_NOTICE,
			   "can %s %s again, after %" PRIu64 " calls that failed", verbs[role],
			   store->settings.path, side->failures);
		side->failures = 0;
	}
	side->trouble = result;
}

/* 0, or -errno of how the statement went. */
static int leave(struct store *store, enum statement statement)
{
	sqlite3_stmt *left = store->database.statements[statement];
	int result = sqlite3_reset(left) == SQLITE_OK ? 0 : fault_code(sqlite3_db_handle(left));

	outcome_report(store, statement_role(statement), result);
	sqlite3_clear_bindings(left);
	pthread_mutex_unlock(&side_of(store, statement)->lock);
	return result;
}

static void text_bind(sqlite3_stmt *statement, int index, const char *text)
{
	sqlite3_bind_text(statement, index, text, -1, SQLITE_STATIC);
}

static int name_judge(const char *name)
{
	if (*name == '\0')
		return -EINVAL;
	return strnlen(name, KEY_SIZE_MAX + 1) > KEY_SIZE_MAX ? -ENAMETOOLONG : 0;
}

static int put(void *self, const char *key, struct corbel_bytes value)
{
	struct store *store = self;
	int result = name_judge(key);

	if (result < 0)
		return result;

	sqlite3_stmt *statement = enter(store, STATEMENT_PUT);

	if (value.size > store->settings.max_value) {
		pthread_mutex_unlock(&side_of(store, STATEMENT_PUT)->lock);
		return -EFBIG;
	}
	text_bind(statement, 1, key);
	/* NULL would be no value, instead of an empty one. */
	sqlite3_bind_blob64(statement, 2, value.size ? value.data : "", value.size, SQLITE_STATIC);
	sqlite3_step(statement);
	return leave(store, STATEMENT_PUT);
}

static int get(void *self, const char *key, struct corbel_bytes *value)
{
	struct store *store = self;
	sqlite3_stmt *statement = enter(store, STATEMENT_GET);
	struct corbel_bytes found = { NULL, 0 };

	text_bind(statement, 1, key);

	bool is_there = sqlite3_step(statement) == SQLITE_ROW;

	if (is_there) {
		const void *bytes = sqlite3_column_blob(statement, 0);

		found.size = (size_t)sqlite3_column_bytes(statement, 0);
		if (bytes || found.size == 0)
			found.data = corbel_memdup(store->context, bytes, found.size);
	}

	int result = leave(store, STATEMENT_GET);

	if (result < 0)
		corbel_free(store->context, found.data);
	else if (!is_there)
		result = -ENOENT;
	else if (!found.data)
		result = -ENOMEM;
	else
		*value = found;
	return result;
}

static int forget(void *self, const char *key)
{
	struct store *store = self;
	sqlite3_stmt *statement = enter(store, STATEMENT_REMOVE);

	text_bind(statement, 1, key);
	sqlite3_step(statement);

	bool was_there = sqlite3_changes(sqlite3_db_handle(statement)) > 0;
	int result = leave(store, STATEMENT_REMOVE);

	return result < 0 || was_there ? result : -ENOENT;
}

/* How many rows a call may give; 0 asks for as many as can be. */
static uint32_t limit_of(uint32_t limit)
{
	return limit == 0 || limit > LIMIT_MAX ? LIMIT_MAX : limit;
}

static int list(void *self, const char *prefix, const char *after, uint32_t limit, char ***out,
		size_t *count)
{
	struct store *store = self;
	char **keys = corbel_alloc(store->context, limit_of(limit) * sizeof(*keys));
	size_t found = 0, length = strlen(prefix);
	bool is_whole = keys != NULL;

	if (!keys)
		return -ENOMEM;

	sqlite3_stmt *statement = enter(store, STATEMENT_LIST);

	text_bind(statement, 1, prefix);
	text_bind(statement, 2, after);
	sqlite3_bind_int64(statement, 3, limit_of(limit));
	while (is_whole && sqlite3_step(statement) == SQLITE_ROW) {
		const char *key = (const char *)sqlite3_column_text(statement, 0);

		if (key && strncmp(key, prefix, length) != 0)
			break;
		keys[found] = key ? corbel_strdup(store->context, key) : NULL;
		is_whole = keys[found++] != NULL;
	}

	int result = leave(store, STATEMENT_LIST);

	if (result == 0 && !is_whole)
		result = -ENOMEM;
	if (result < 0) {
		corbel_store_strings_free(store->context, keys, found);
		return result;
	}
	*out = keys;
	*count = found;
	return 0;
}

static int append(void *self, const char *series, int64_t at, double value)
{
	struct store *store = self;
	int result = isnan(value) ? -EINVAL : name_judge(series);

	if (result < 0)
		return result;

	sqlite3_stmt *statement = enter(store, STATEMENT_APPEND);

	text_bind(statement, 1, series);
	sqlite3_bind_int64(statement, 2, at);
	sqlite3_bind_double(statement, 3, value);
	sqlite3_step(statement);
	return leave(store, STATEMENT_APPEND);
}

static int query(void *self, const char *series, int64_t from, int64_t to, uint32_t limit,
		 struct corbel_store_point **out, size_t *count)
{
	struct store *store = self;
	struct corbel_store_point *points =
		corbel_alloc(store->context, limit_of(limit) * sizeof(*points));
	size_t found = 0;

	if (!points)
		return -ENOMEM;

	sqlite3_stmt *statement = enter(store, STATEMENT_QUERY);

	text_bind(statement, 1, series);
	sqlite3_bind_int64(statement, 2, from);
	sqlite3_bind_int64(statement, 3, to);
	sqlite3_bind_int64(statement, 4, limit_of(limit));
	for (; sqlite3_step(statement) == SQLITE_ROW; found++)
		points[found] = (struct corbel_store_point){ sqlite3_column_int64(statement, 0),
							     sqlite3_column_double(statement, 1) };

	int result = leave(store, STATEMENT_QUERY);

	if (result < 0) {
		corbel_free(store->context, points);
		return result;
	}
	*out = points;
	*count = found;
	return 0;
}

static int trim(void *self, const char *series, int64_t before)
{
	struct store *store = self;
	sqlite3_stmt *statement = enter(store, STATEMENT_TRIM);

	text_bind(statement, 1, series);
	sqlite3_bind_int64(statement, 2, before);
	sqlite3_step(statement);
	return leave(store, STATEMENT_TRIM);
}

static const struct corbel_store_methods methods = {
	.size = sizeof(methods),
	.put = put,
	.get = get,
	.remove = forget,
	.list = list,
	.append = append,
	.query = query,
	.trim = trim,
};

/* Reads the settings and opens their file; a failure leaves nothing of either. */
static int database_begin(struct corbel_context *context, struct settings *settings,
			  struct database *database)
{
	struct corbel_error error;
	int result = settings_read(settings, context);

	if (result < 0)
		return result;
	result = database_open(database, settings, &error);
	if (result < 0) {
		corbel_explain(context, "%s", error.text);
		settings_fini(settings);
	}
	return result;
}

static void store_free(struct store *store)
{
	database_close(&store->database);
	settings_fini(&store->settings);
	for (size_t i = 0; i < ROLES; i++)
		pthread_mutex_destroy(&store->sides[i].lock);
	free(store);
}

static int start(struct corbel_context *context, void **self)
{
	struct store *store = calloc(1, sizeof(*store));

	if (!store)
		return -ENOMEM;
	store->context = context;
	for (size_t i = 0; i < ROLES; i++)
		pthread_mutex_init(&store->sides[i].lock, NULL);

	int result = database_begin(context, &store->settings, &store->database);

	if (result == 0)
		result = corbel_store_provide(context, &methods, store, NULL, NULL);
	if (result < 0) {
		store_free(store);
		return result;
	}
	*self = store;
	return 0;
}

/*
 * The values are in the file, which the next version opens beside this one: to SQLite they are two
 * users of one file like any others. What is left is what was said of it. Format 1, numbers as in
 * memory, the text as by corbel_state_put_text():
 *
 *	text      path of the file
 *	2 times, for reading and writing: int32_t -errno as last said, uint64_t calls that failed
 */
static int save(void *self, struct corbel_state *state)
{
	const struct store *store = self;
	struct corbel_context *context = store->context;
	bool fits = corbel_state_put_text(context, state, store->settings.path);

	for (size_t i = 0; i < ROLES && fits; i++) {
		int32_t trouble = store->sides[i].trouble;
		uint64_t failures = store->sides[i].failures;

		fits = corbel_state_put(context, state, &trouble, sizeof(trouble)) &&
		       corbel_state_put(context, state, &failures, sizeof(failures));
	}
	return fits ? 0 : -ENOMEM;
}

static bool state_read(struct store *store, const struct corbel_state *state)
{
	struct corbel_state_reader reader = { state->bytes, state->byte_count };
	const char *path = corbel_state_take_text(&reader);

	for (size_t i = 0; i < ROLES && path; i++) {
		int32_t trouble;
		uint64_t failures;

		if (!corbel_state_take(&reader, &trouble, sizeof(trouble)) || trouble > 0 ||
		    !corbel_state_take(&reader, &failures, sizeof(failures)))
			return false;
		if (strcmp(path, store->settings.path) != 0)
			continue;
		store->sides[i].trouble = trouble;
		store->sides[i].failures = failures;
	}
	return path && reader.left == 0;
}

static int restore(void *self, const struct corbel_state *state)
{
	struct store *store = self;

	if (state_read(store, state))
		return 0;
	corbel_explain(store->context,
		       "cannot take over the saved state: %s (`corbelctl restart %s` begins "
		       "without it)",
		       strerrordesc_np(EBADMSG), corbel_name(store->context));
	return -EBADMSG;
}

/* Without sqlite3_shutdown(): others in this process may use SQLite too. */
static void stop(void *self, enum corbel_stop_reason reason)
{
	(void)reason;
	store_free(self);
}

/*
 * The file is opened anew beside the old, so that a failure changes nothing, and calls go on
 * meanwhile. For SQLite the two are users of one file like any others.
 */
static int configure(void *self)
{
	struct store *store = self;
	struct settings settings, old_settings;
	struct database database, old_database;
	int result = database_begin(store->context, &settings, &database);

	if (result < 0)
		return result;
	for (size_t i = 0; i < ROLES; i++)
		pthread_mutex_lock(&store->sides[i].lock);
	old_settings = store->settings;
	old_database = store->database;
	store->settings = settings;
	store->database = database;
	for (size_t i = 0; i < ROLES; i++) {
		store->sides[i].trouble = 0;
		store->sides[i].failures = 0;
		pthread_mutex_unlock(&store->sides[i].lock);
	}
	database_close(&old_database);
	settings_fini(&old_settings);
	return 0;
}

CORBEL_PLUGIN(.start = start, .stop = stop, .save = save, .restore = restore,
	      .configure = configure);
