/* SPDX-License-Identifier: MIT */
/* Trust: a walk from "/" by descriptors. */
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
		return error_set(walk->error, -code, "cannot open it: %s", strerror(code));
	return error_set(walk->error, -code, "cannot open its folder %.*s: %s", length, walk->path,
			 strerror(code));
}

/* `length` says how much of the path the step is; at least "/". */
static int step_judge(const struct walk *walk, int length, const struct stat *status)
{
	bool sticky = S_ISDIR(status->st_mode) && (status->st_mode & S_ISVTX);

	if (walk->relaxed)
		return 0;
	if (status->st_uid != 0 && status->st_uid != geteuid())
		return error_set(walk->error, -EPERM,
				 "not trusted: %.*s belongs to uid %u, expected root or uid %u "
				 "(chown it)",
				 length, walk->path, status->st_uid, geteuid());
	if ((status->st_mode & (S_IWGRP | S_IWOTH)) && !sticky)
		return error_set(walk->error, -EPERM,
				 "not trusted: %.*s has mode %04o, others may write to it "
				 "(chmod go-w it)",
				 length, walk->path, (unsigned int)(status->st_mode & 07777));
	return 0;
}

static int kind_judge(const struct walk *walk, mode_t mode)
{
	if (S_ISREG(mode))
		return 0;
	if (S_ISDIR(mode))
		return error_set(walk->error, -EISDIR,
				 "is a directory, not a file (name a file in it)");
	if (S_ISLNK(mode))
		return error_set(walk->error, -ELOOP,
				 "is a symbolic link (name the file that it leads to)");
	return error_set(walk->error, -ENOEXEC, "is %s, not a regular file (name another)",
			 S_ISFIFO(mode)   ? "a pipe"
			 : S_ISSOCK(mode) ? "a socket"
					  : "a device");
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
		return error_set(walk->error, -ELOOP,
				 "not trusted: %.*s is a symbolic link (give the path without it)",
				 length, walk->path);
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
	int result = kind_judge(walk, status.st_mode);
	if (result < 0)
		return result;
	int fd = openat(walk->folder, name,
			O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return failed(walk, length, errno);
	result = fstat(fd, &status) < 0 ? failed(walk, length, errno)
					: kind_judge(walk, status.st_mode);
	if (result == 0)
		result = step_judge(walk, length, &status);
	if (result < 0) {
		close(fd);
		return result;
	}
	return fd;
}

static int walk_down(struct walk *walk)
{
	char name[NAME_MAX + 1];

	for (;;) {
		walk->at += strspn(walk->path + walk->at, "/");
		size_t length = strcspn(walk->path + walk->at, "/");
		if (length == 0)
			return kind_judge(walk, S_IFDIR);
		if (length > NAME_MAX)
			return failed(walk, (int)strlen(walk->path), ENAMETOOLONG);
		memcpy(name, walk->path + walk->at, length);
		name[length] = '\0';
		walk->at += length;
		if (strcmp(name, "..") == 0 && !walk->relaxed)
			return error_set(walk->error, -EINVAL,
					 "not trusted: it goes through \"..\" (give the path "
					 "without)");
		if (walk->path[walk->at] == '\0')
			return file_open(walk, name);
		int result = step_down(walk, name, (int)walk->at);
		if (result < 0)
			return result;
	}
}

static int walk_from_root(struct walk *walk)
{
	struct stat status;

	if (walk->path[0] != '/')
		return error_set(walk->error, -EINVAL, "is not an absolute path");
	walk->folder = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (walk->folder < 0)
		return failed(walk, 1, errno);
	int result = fstat(walk->folder, &status) < 0 ? failed(walk, 1, errno)
						      : step_judge(walk, 1, &status);
	if (result == 0)
		result = walk_down(walk);
	close(walk->folder);
	return result;
}

int trust_open(const char *path, bool relaxed, struct corbel_error *error)
{
	struct walk walk = { .path = path, .relaxed = relaxed, .error = error };
	int result = walk_from_root(&walk);

	return result < 0 ? error_prefix(error, result, "%s: ", path) : result;
}

bool trust_leads_up(const char *path, size_t length)
{
	for (size_t i = 0; i + 2 <= length; i++)
		if (strncmp(path + i, "..", 2) == 0 && (i == 0 || path[i - 1] == '/') &&
		    (i + 2 == length || path[i + 2] == '/'))
			return true;
	return false;
}
