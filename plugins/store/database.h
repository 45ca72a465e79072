/* SPDX-License-Identifier: MIT */
/* The file: opened, judged, and with all statements that are ever run on it. */
#ifndef STORE_DATABASE_H
#define STORE_DATABASE_H

#include <sqlite3.h>

#include <corbel/error.h>

#include "settings.h"

/*
 * One connection writes and one reads, because in WAL mode a reader sees the last commit without
 * waiting for the next one: no get() stands behind the fsync of a put(). More readers would only
 * help while one reads long, and no call does. A connection and its statements belong to one thread
 * at a time.
 */
enum role { ROLE_READER, ROLE_WRITER, ROLES };

enum statement {
	STATEMENT_GET,    /* key -> value */
	STATEMENT_LIST,   /* prefix, after, limit -> key... */
	STATEMENT_QUERY,  /* series, from, to, limit -> at, value... */
	STATEMENT_PUT,    /* key, value */
	STATEMENT_REMOVE, /* key */
	STATEMENT_APPEND, /* series, at, value */
	STATEMENT_TRIM,   /* series, before */
	STATEMENTS
};

struct database {
	sqlite3 *handles[ROLES];
	sqlite3_stmt *statements[STATEMENTS];
};

enum role statement_role(enum statement statement);

/*
 * Opens the file, made if need be. 0, or -errno with words that name it and the remedy: whatever is
 * wrong with a file that is there, it is kept as it is.
 */
int database_open(struct database *database, const struct settings *settings,
		  struct corbel_error *error);
/* The last to close a file writes its -wal back and removes it. Half-opened ones are allowed. */
void database_close(struct database *database);

#endif
