/* SPDX-License-Identifier: MIT */
/* Copies of files, in a folder of the host's own. */
#include "private_copy.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* An open file has the contents that were judged. */
static bool is_as_judged(int file, const struct verdict *verdict)
{
	struct stat now;

	return fstat(file, &now) == 0 && judge_stamp_equals(&now, &verdict->stamp);
}

/*
 * While somebody has a read lease on a file, who opens it for writing waits, and the holder is sent
 * SIGIO. That must reach nobody, whose default is to die of it: it is directed to this thread
 * (F_SETLEASE leaves an owner as it finds it), blocked in it, and taken away in the end.
 */
static int lease_take(int file, sigset_t *mask)
{
	struct f_owner_ex owner = { .type = F_OWNER_TID, .pid = gettid() };
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGIO);
	pthread_sigmask(SIG_BLOCK, &signals, mask);
	if (fcntl(file, F_SETOWN_EX, &owner) < 0)
		return -errno;
	/*
	 * Of another user's files (EACCES), and on some file systems (EINVAL), no lease can be had:
	 * then the stamp and the judgement of the copy have to do.
	 */
	return fcntl(file, F_SETLEASE, F_RDLCK) < 0 && errno == EAGAIN ? -EAGAIN : 0;
}

static void lease_give_back(int file, const sigset_t *mask)
{
	static const struct timespec at_once;
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGIO);
	/* No signal is sent from here on; only if one was, is the lease no longer whole. */
	fcntl(file, F_SETOWN, 0);
	if (fcntl(file, F_GETLEASE) != F_RDLCK)
		sigtimedwait(&signals, NULL, &at_once);
	fcntl(file, F_SETLEASE, F_UNLCK);
	pthread_sigmask(SIG_SETMASK, mask, NULL);
}

bool private_copy_is_written(const char *path)
{
	int file = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	sigset_t mask;

	if (file < 0)
		return false;
	bool is_written = lease_take(file, &mask) == -EAGAIN;
	lease_give_back(file, &mask);
	close(file);
	return is_written;
}

static int copy_bytes(int from, int to, off_t size)
{
	while (size > 0) {
		ssize_t count = sendfile(to, from, NULL, (size_t)size);

		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return count < 0 ? -errno : -ESTALE;
		size -= count;
	}
	return fchmod(to, 0400) < 0 ? -errno : 0;
}

static int copy_file(const struct verdict *original, int to)
{
	int from = open(original->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	sigset_t mask;

	if (from < 0)
		return -errno;
	int result = lease_take(from, &mask);
	if (result == 0 && !is_as_judged(from, original))
		result = -ESTALE;
	if (result == 0)
		result = copy_bytes(from, to, original->stamp.st_size);
	if (result == 0 && !is_as_judged(from, original))
		result = -ESTALE;
	lease_give_back(from, &mask);
	close(from);
	return result;
}

/* In its manifest, the copy asks for a major version of the plugin ABI that nobody has. */
static int age(int file)
{
	static const char key[] = "\nabi = ";
	struct stat status;

	if (fstat(file, &status) < 0)
		return -errno;
	size_t size = (size_t)status.st_size;
	char *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (bytes == MAP_FAILED)
		return -errno;
	char *end = bytes + size;
	for (char *at = bytes; (at = memmem(at, (size_t)(end - at), key, strlen(key)));)
		for (at += strlen(key); at < end && isdigit((unsigned char)*at); at++)
			*at = '9';
	munmap(bytes, size);
	return 0;
}

/* Who can write to it could put another file in the place of a copy. */
static bool is_private(const char *folder)
{
	struct stat status;

	return lstat(folder, &status) == 0 && S_ISDIR(status.st_mode) &&
	       status.st_uid == geteuid() && (status.st_mode & 0777) == 0700;
}

/* The absolute name of a new, empty file; its descriptor, or -errno. */
static int file_make(const struct verdict *original, const char *folder, char path[PATH_MAX])
{
	char images[PATH_MAX], whole[PATH_MAX];

	if (snprintf(images, sizeof(images), "%s/images", folder) >= (int)sizeof(images))
		return -ENAMETOOLONG;
	if ((mkdir(folder, 0700) < 0 && errno != EEXIST) ||
	    (mkdir(images, 0700) < 0 && errno != EEXIST) || !realpath(images, whole))
		return -errno;
	if (!is_private(images))
		return -EPERM;
	if (snprintf(path, PATH_MAX, "%s/%s.XXXXXX.so", whole, original->manifest->name) >=
	    PATH_MAX)
		return -ENAMETOOLONG;
	int file = mkostemps(path, 3, O_CLOEXEC);
	return file < 0 ? -errno : file;
}

/* Fills the new file, which is at `path`. */
static int file_fill(int file, const char *path, const struct verdict *original,
		     enum corbel_reload_fault fault, struct corbel_error *error)
{
	struct statvfs system;

	if (fstatvfs(file, &system) == 0 && (system.f_flag & ST_NOEXEC))
		return error_set(error, -EACCES,
				 "%s: its copy %s could not be loaded: that file system is mounted "
				 "noexec (set runtime-dir in [corbel] to a folder on another)",
				 original->path, path);
	int result = copy_file(original, file);
	if (result == 0 && fault == CORBEL_FAULT_ABI_TOO_NEW)
		result = age(file);
	if (result == -EAGAIN)
		return error_set(error, -ESTALE,
				 "%s: is being written (try again when it is whole; install "
				 "plugins by renaming a finished file into place)",
				 original->path);
	if (result == -ESTALE)
		return error_set(error, -ESTALE,
				 "%s: was changed after it was judged (try again; install plugins "
				 "by renaming a finished file into place)",
				 original->path);
	return result == 0 ? 0
			   : error_set(error, result, "%s: cannot copy it to %s: %s",
				       original->path, path, strerror(-result));
}

int private_copy_make(const struct verdict *original, const char *folder,
		      const struct judge_terms *terms, enum corbel_reload_fault fault,
		      struct verdict *copy, struct corbel_error *error)
{
	struct judge_terms of_copy = *terms;
	char path[PATH_MAX];
	int file = file_make(original, folder, path);

	if (file == -EPERM)
		return error_set(error, file,
				 "%s: cannot be copied to %s/images: that is not a folder of this "
				 "user's alone, as the host makes it (remove it, or chmod 700 it)",
				 original->path, folder);
	if (file < 0)
		return error_set(error, file,
				 "%s: cannot be copied to %s/images: %s (set runtime-dir in "
				 "[corbel] to a folder that this user may write)",
				 original->path, folder, strerror(-file));
	int result = file_fill(file, path, original, fault, error);
	close(file);
	of_copy.origin = original->path;
	of_copy.demand.signature = original->vouched.signature;
	if (result == 0)
		result = judge_file(path, &of_copy, copy, error);
	if (result < 0)
		unlink(path);
	return result;
}

void private_copy_remove(struct verdict *copy)
{
	if (copy->path)
		unlink(copy->path);
	verdict_fini(copy);
}

/* From where both are to their ends; whatever cannot be read differs. */
static bool bytes_differ(int one, int other)
{
	char left[1 << 14], right[sizeof(left)];
	ssize_t count;

	do {
		count = read(one, left, sizeof(left));
		if (count < 0 || read(other, right, sizeof(right)) != count ||
		    memcmp(left, right, (size_t)count) != 0)
			return true;
	} while (count > 0);
	return false;
}

static int open_judged(const struct verdict *verdict)
{
	int file = open(verdict->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (file < 0 || is_as_judged(file, verdict))
		return file;
	close(file);
	return -1;
}

bool private_copy_differs(const struct verdict *running, const struct verdict *candidate)
{
	if (strcmp(running->path, candidate->path) == 0 &&
	    judge_stamp_equals(&running->stamp, &candidate->stamp))
		return false;
	if (running->stamp.st_size != candidate->stamp.st_size)
		return true;
	int one = open_judged(running), other = open_judged(candidate);
	bool differs = one < 0 || other < 0 || bytes_differ(one, other);

	if (one >= 0)
		close(one);
	if (other >= 0)
		close(other);
	return differs;
}
