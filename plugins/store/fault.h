/* SPDX-License-Identifier: MIT */
/* What went wrong in SQLite: as -errno, and in words with a remedy. */
#ifndef STORE_FAULT_H
#define STORE_FAULT_H

#include <sqlite3.h>

#include <corbel/error.h>

/*
 * Of the connection's last call, which failed; NULL: there was no memory for one. `errno` is as
 * that call left it, and was 0 before. -EUCLEAN: the file is damaged, or is none of SQLite.
 */
int fault_code(sqlite3 *handle);

/*
 * "cannot VERB PATH: WORDS (REMEDY)" for that code into the error, which may be NULL; returns the
 * code.
 */
int fault_explain(sqlite3 *handle, int code, const char *verb, const char *path,
		  struct corbel_error *error);

#endif
