/* SPDX-License-Identifier: MIT */
/* Opens a file that nobody but root and we can have put there, as sshd judges its keys. */
#include "trust.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A walk from "/" down one path. */
struct walk {
	const char *path;
	bool relaxed;
	struct corbel_error *error;
	int folder; /* where it stands */
	size_t at;  /* bytes of the path behind it */
};

static int failed(const struct walk *walk, int length, int code)
{
	if (walk->path[length] == '\0')
		return error_set(walk->error, -code, "%s: cannot open it: %s", walk->path,
				 strerror(code));
	return error_set(walk->error, -code, "%s: cannot open its folder %.*s: %s", walk->path,
			 length, walk->path, strerror(code));
}

/* `length` says how much of the path the step is; at least "/". */
static int step_judge(const struct walk *walk, int length, const struct stat *status)
{
	bool sticky = S_ISDIR(status->st_mode) && (status->st_mode & S_ISVTX);
	const char *step = walk->path;

	if (walk->relaxed)
		return 0;
	if (status->st_uid != 0 && status->st_uid != geteuid())
		return error_set(walk->error, -EPERM,
				 "%s: not trusted: %.*s belongs to uid %u, expected root or uid %u "
				 "(chown it)",
				 step, length, step, status->st_uid, geteuid());
	if ((status->st_mode & (S_IWGRP | S_IWOTH)) && !sticky)
		return error_set(walk->error, -EPERM,
				 "%s: not trusted: %.*s has mode %04o, others may write to it "
				 "(chmod go-w it)",
				 step, length, step, (unsigned int)(status->st_mode & 07777));
	return 0;
}

static int kind_judge(const struct walk *walk, const struct stat *status)
{
	if (S_ISREG(status->st_mode))
		return 0;
	if (S_ISDIR(status->st_mode))
		return error_set(walk->error, -EISDIR,
				 "%s: is a directory, not a plugin file (name a file in it)",
				 walk->path);
	if (S_ISLNK(status->st_mode))
		return error_set(walk->error, -ELOOP,
				 "%s: is a symbolic link (name the file that it leads to)",
				 walk->path);
	const char *kind = S_ISFIFO(status->st_mode)   ? "a pipe"
			   : S_ISSOCK(status->st_mode) ? "a socket"
						       : "a device";
	return error_set(walk->error, -ENOEXEC,
			 "%s: is %s, not a plugin file (a plugin is a shared object, NAME.so)",
			 walk->path, kind);
}

/* Goes into the folder called name, which ends `length` bytes into the path. */
static int step_down(struct walk *walk, const char *name, int length)
{
	int flags = O_PATH | O_DIRECTORY | O_CLOEXEC | (walk->relaxed ? 0 : O_NOFOLLOW);
	struct stat status;

	int folder = openat(walk->folder, name, flags);
	int code = errno;
	if (folder < 0 && !walk->relaxed &&
	    fstatat(walk->folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISLNK(status.st_mode))
		return error_set(
			walk->error, -ELOOP,
			"%s: not trusted: %.*s is a symbolic link (give the path without it)",
			walk->path, length, walk->path);
	if (folder < 0)
		return failed(walk, length, code);
	close(walk->folder);
	walk->folder = folder;
	if (fstat(folder, &status) < 0)
		return failed(walk, length, errno);
	return step_judge(walk, length, &status);
}

/* Looks before it opens: opening a device or a pipe may already do something. */
static int file_open(const struct walk *walk, const char *name)
{
	int length = (int)strlen(walk->path);
	struct stat status;

	if (fstatat(walk->folder, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return failed(walk, length, errno);
	int result = kind_judge(walk, &status);
	if (result < 0)
		return result;
	int fd = openat(walk->folder, name,
			O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return failed(walk, length, errno);
	result = fstat(fd, &status) < 0 ? failed(walk, length, errno) : kind_judge(walk, &status);
	if (result == 0)
		result = step_judge(walk, length, &status);
	if (result < 0) {
		close(fd);
		return result;
	}
	return fd;
}

/* Copies the next component and passes the slashes behind it. False at the end of the path. */
static bool component_next(struct walk *walk, char name[NAME_MAX + 1], bool *too_long)
{
	size_t length = strcspn(walk->path + walk->at, "/");

	*too_long = length > NAME_MAX;
	if (length == 0 || *too_long)
		return false;
	memcpy(name, walk->path + walk->at, length);
	name[length] = '\0';
	walk->at += length;
	return true;
}

static int walk_down(struct walk *walk)
{
	char name[NAME_MAX + 1];
	bool too_long;

	for (;;) {
		walk->at += strspn(walk->path + walk->at, "/");
		if (!component_next(walk, name, &too_long))
			return too_long ? failed(walk, (int)strlen(walk->path), ENAMETOOLONG)
					: error_set(walk->error, -EISDIR,
						    "%s: is a directory, not a plugin file (name a "
						    "file "
						    "in it)",
						    walk->path);
		if (strcmp(name, "..") == 0 && !walk->relaxed)
			return error_set(walk->error, -EINVAL,
					 "%s: not trusted: it goes through \"..\" (give the path "
					 "without)",
					 walk->path);
		if (walk->path[walk->at] == '\0')
			return file_open(walk, name);
		int result = step_down(walk, name, (int)walk->at);
		if (result < 0)
			return result;
	}
}

int trust_open(const char *path, bool relaxed, struct corbel_error *error)
{
	struct walk walk = { .path = path, .relaxed = relaxed, .error = error };
	struct stat status;

	if (path[0] != '/')
		return error_set(error, -EINVAL, "%s: is not an absolute path", path);
	walk.folder = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (walk.folder < 0)
		return failed(&walk, 1, errno);
	int result = fstat(walk.folder, &status) < 0 ? failed(&walk, 1, errno)
						     : step_judge(&walk, 1, &status);
	if (result == 0)
		result = walk_down(&walk);
	close(walk.folder);
	return result;
}
