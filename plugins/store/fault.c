/* SPDX-License-Identifier: MIT */
/* What went wrong in SQLite: as -errno, and in words with a remedy. */
#include "fault.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/*
 * SQLite knows one way of a disk to be full; quotas and limits of a file's size are others, which
 * errno alone tells: sqlite3_system_errno() knows nothing of a commit that failed (3.40). What else
 * it says is kept out of the way of the methods' own codes, such as -ENOENT.
 */
static int io_code(void)
{
	switch (errno) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return -ENOSPC;
	case EROFS:
		return -EROFS;
	default:
		return -EIO;
	}
}

int fault_code(sqlite3 *handle)
{
	if (!handle)
		return -ENOMEM;
	switch (sqlite3_errcode(handle) & 0xff) {
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	/* Our statements are right, so it is the tables that are not. */
	case SQLITE_ERROR:
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EUCLEAN;
	default:
		return io_code();
	}
}

static const char *remedy(int code)
{
	switch (code) {
	case -ENOSPC:
		return "make room there";
	case -EROFS:
		return "mount it writable, or set file to another path";
	case -EACCES:
	case -EPERM:
		return "let the user of this host write it and in its folder, or set file to "
		       "another path";
	case -ENOENT:
	case -ENOTDIR:
		return "make its folder, or set file to another path";
	case -EBUSY:
		return "end the program that holds it, or raise busy-timeout";
	case -EUCLEAN:
		return "it is kept as it is: put a copy in its place, or what can still be read "
		       "of it, see corbel-store(7), or set file to another path";
	case -ENOMEM:
		return "give the host more memory";
	default:
		return "check the disk, or set file to another path";
	}
}

int fault_explain(sqlite3 *handle, int code, const char *verb, const char *path,
		  struct corbel_error *error)
{
	bool is_sqlites_own = code == -EUCLEAN || code == -EBUSY;
	const char *words = is_sqlites_own ? sqlite3_errmsg(handle) : strerrordesc_np(-code);

	if (error)
		snprintf(error->text, sizeof(error->text), "cannot %s %.500s: %s (%s)", verb, path,
			 words ? words : "unknown error", remedy(code));
	return code;
}
