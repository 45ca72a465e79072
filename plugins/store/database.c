/* SPDX-License-Identifier: MIT */
/* The file: opened, judged, and with all statements that are ever run on it. */
#include "database.h"

#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "fault.h"

#define APPLICATION 1131377250 /* "Corb" */
#define FORMAT 1

static const char make_tables[] =
	"BEGIN IMMEDIATE;"
	"CREATE TABLE IF NOT EXISTS entry (key TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL);"
	"CREATE TABLE IF NOT EXISTS point (series TEXT NOT NULL, at INTEGER NOT NULL,"
	" value REAL NOT NULL, PRIMARY KEY (series, at)) WITHOUT ROWID;"
	"PRAGMA application_id = %d;"
	"PRAGMA user_version = %d;"
	"COMMIT";

static const struct {
	enum role role;
	const char *text;
} statements[STATEMENTS] = {
	[STATEMENT_GET] = { ROLE_READER, "SELECT value FROM entry WHERE key = ?1" },
	/* The index is entered at the later of the two: a page costs the same wherever it is. */
	[STATEMENT_LIST] = { ROLE_READER,
			     "SELECT key FROM entry WHERE key >= max(?1, ?2) AND key <> ?2"
			     " ORDER BY key LIMIT ?3" },
	[STATEMENT_QUERY] = { ROLE_READER, "SELECT at, value FROM point WHERE series = ?1"
					   " AND at BETWEEN ?2 AND ?3 ORDER BY at LIMIT ?4" },
	[STATEMENT_PUT] = { ROLE_WRITER, "INSERT INTO entry VALUES (?1, ?2)"
					 " ON CONFLICT DO UPDATE SET value = excluded.value" },
	[STATEMENT_REMOVE] = { ROLE_WRITER, "DELETE FROM entry WHERE key = ?1" },
	[STATEMENT_APPEND] = { ROLE_WRITER, "INSERT INTO point VALUES (?1, ?2, ?3)"
					    " ON CONFLICT DO UPDATE SET value = excluded.value" },
	[STATEMENT_TRIM] = { ROLE_WRITER, "DELETE FROM point WHERE series = ?1 AND at < ?2" },
};

enum role statement_role(enum statement statement)
{
	return statements[statement].role;
}

/*
 * Why the file cannot be written, or 0. SQLite's own errno is of its second attempt, to open it for
 * reading alone.
 */
static int path_judge(const char *path)
{
	char folder[PATH_MAX];

	if (eaccess(path, W_OK) < 0 && errno != ENOENT)
		return -errno;
	snprintf(folder, sizeof(folder), "%s", path);
	return eaccess(dirname(folder), W_OK | X_OK) < 0 ? -errno : 0;
}

/* `code` is SQLite's; SQLITE_OK is no fault. */
static int result_of(sqlite3 *handle, int code, const char *path, struct corbel_error *error)
{
	int refusal = 0;

	if (code == SQLITE_OK)
		return 0;
	if ((code & 0xff) == SQLITE_CANTOPEN || (code & 0xff) == SQLITE_READONLY)
		refusal = path_judge(path);
	if ((code & 0xff) == SQLITE_CANTOPEN && refusal == 0)
		refusal = -sqlite3_system_errno(handle);
	return fault_explain(handle, refusal ? refusal : fault_code(handle), "open", path, error);
}

/* What SQLite itself has nothing against. */
__attribute__((format(printf, 3, 4))) static int
refuse(const char *path, struct corbel_error *error, const char *format, ...)
{
	char words[400];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(words, sizeof(words), format, arguments);
	va_end(arguments);
	if (error)
		snprintf(error->text, sizeof(error->text), "cannot open %.500s: %s", path, words);
	return -EMEDIUMTYPE;
}

static int run(sqlite3 *handle, const char *text, const char *path, struct corbel_error *error)
{
	return result_of(handle, sqlite3_exec(handle, text, NULL, NULL, NULL), path, error);
}

/* Whoever wrote the file, or damaged it: its schema runs nothing, and its cells are checked. */
static int handle_open(struct database *database, enum role role, const struct settings *settings,
		       struct corbel_error *error)
{
	int flags = role == ROLE_READER ? SQLITE_OPEN_READONLY
					: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
	sqlite3 **handle = &database->handles[role];
	int code = sqlite3_open_v2(settings->path, handle, flags | SQLITE_OPEN_NOMUTEX, NULL);

	if (code != SQLITE_OK)
		return result_of(*handle, code, settings->path, error);
	sqlite3_busy_timeout(*handle, settings->busy_timeout);
	return run(*handle, "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON",
		   settings->path, error);
}

struct identity {
	int64_t application;
	int64_t format;
	int64_t tables;
};

static int identity_read(sqlite3 *handle, const char *path, struct identity *identity,
			 struct corbel_error *error)
{
	sqlite3_stmt *statement;
	int code = sqlite3_prepare_v2(handle,
				      "SELECT application_id, user_version,"
				      " (SELECT count(*) FROM sqlite_schema)"
				      " FROM pragma_application_id, pragma_user_version",
				      -1, &statement, NULL);

	if (code == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW)
		*identity = (struct identity){ sqlite3_column_int64(statement, 0),
					       sqlite3_column_int64(statement, 1),
					       sqlite3_column_int64(statement, 2) };
	if (code == SQLITE_OK)
		code = sqlite3_finalize(statement);
	return result_of(handle, code, path, error);
}

/* SQLite leaves the mode as it was where the file's system cannot share memory. */
static int wal_begin(sqlite3 *handle, const char *path, struct corbel_error *error)
{
	sqlite3_stmt *statement;
	int code = sqlite3_prepare_v2(handle, "PRAGMA journal_mode = WAL", -1, &statement, NULL);
	bool is_wal = code == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW &&
		      sqlite3_stricmp((const char *)sqlite3_column_text(statement, 0), "wal") == 0;

	if (code == SQLITE_OK)
		code = sqlite3_finalize(statement);
	if (code != SQLITE_OK || is_wal)
		return result_of(handle, code, path, error);
	return refuse(path, error,
		      "its file system shares no memory between programs, which the WAL mode of "
		      "SQLite needs (set file to a path on a local disk)");
}

/* Nothing is written before it is known whose file this is. */
static int tables_judge(sqlite3 *handle, const char *path, bool *is_new, struct corbel_error *error)
{
	struct identity found = { 0 };
	int result = identity_read(handle, path, &found, error);

	if (result < 0)
		return result;
	*is_new = found.application == 0 && found.format == 0 && found.tables == 0;
	if (*is_new || (found.application == APPLICATION && found.format == FORMAT))
		return 0;
	if (found.application != APPLICATION)
		return refuse(path, error,
			      "it is the database of another program, and kept as it is (set file "
			      "to another path)");
	return refuse(path, error,
		      "it has format %" PRId64 ", this store knows format %d, and it is kept as it "
		      "is (install the version of Corbel that wrote it, or set file to another "
		      "path)",
		      found.format, FORMAT);
}

static int tables_make(sqlite3 *handle, const char *path, struct corbel_error *error)
{
	char text[sizeof(make_tables) + 32];

	snprintf(text, sizeof(text), make_tables, APPLICATION, FORMAT);
	return run(handle, text, path, error);
}

static int writer_open(struct database *database, const struct settings *settings,
		       struct corbel_error *error)
{
	const char *path = settings->path;
	bool is_new = false;
	int result = handle_open(database, ROLE_WRITER, settings, error);
	sqlite3 *handle = database->handles[ROLE_WRITER];

	/* SQLite opens for reading alone what it may not write. */
	if (result == 0 && sqlite3_db_readonly(handle, "main") == 1)
		result = result_of(handle, SQLITE_READONLY, path, error);
	if (result == 0)
		result = tables_judge(handle, path, &is_new, error);
	if (result == 0)
		result = wal_begin(handle, path, error);
	/* Of a commit, FULL brings the -wal to the disk, NORMAL to the kernel. */
	if (result == 0)
		result = run(handle,
			     settings->survives_power_cut ? "PRAGMA synchronous = FULL"
							  : "PRAGMA synchronous = NORMAL",
			     path, error);
	if (result == 0 && is_new)
		result = tables_make(handle, path, error);
	return result;
}

static int statements_prepare(struct database *database, const char *path,
			      struct corbel_error *error)
{
	for (size_t i = 0; i < STATEMENTS; i++) {
		sqlite3 *handle = database->handles[statements[i].role];
		int code = sqlite3_prepare_v3(handle, statements[i].text, -1,
					      SQLITE_PREPARE_PERSISTENT, &database->statements[i],
					      NULL);

		if (code != SQLITE_OK)
			return result_of(handle, code, path, error);
	}
	return 0;
}

int database_open(struct database *database, const struct settings *settings,
		  struct corbel_error *error)
{
	*database = (struct database){ 0 };
	errno = 0;

	int result = writer_open(database, settings, error);

	if (result == 0)
		result = handle_open(database, ROLE_READER, settings, error);
	if (result == 0)
		result = statements_prepare(database, settings->path, error);
	if (result < 0)
		database_close(database);
	return result;
}

void database_close(struct database *database)
{
	for (size_t i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(database->statements[i]);
	/* The writer last: one that may only read could not write the -wal back. */
	for (size_t i = 0; i < ROLES; i++)
		sqlite3_close(database->handles[i]);
	*database = (struct database){ 0 };
}
