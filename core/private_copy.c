/* SPDX-License-Identifier: MIT */
/* Copies of files, in a folder of the host's own. */
#include "private_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <unistd.h>

/* An open file has the contents that were judged. */
static bool is_as_judged(int file, const struct verdict *verdict)
{
	struct stat now;

	return fstat(file, &now) == 0 && judge_stamp_equals(&now, &verdict->stamp);
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
	return fchmod(to, 0500) < 0 ? -errno : 0;
}

static int copy_file(const struct verdict *original, int to)
{
	int from = open(original->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	int result = -ESTALE;

	if (from < 0)
		return -errno;
	if (is_as_judged(from, original))
		result = copy_bytes(from, to, original->stamp.st_size);
	if (result == 0 && !is_as_judged(from, original))
		result = -ESTALE;
	close(from);
	return result;
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
	if (snprintf(path, PATH_MAX, "%s/%s.XXXXXX.so", whole, original->manifest->name) >=
	    PATH_MAX)
		return -ENAMETOOLONG;
	int file = mkostemps(path, 3, O_CLOEXEC);
	return file < 0 ? -errno : file;
}

int private_copy_make(const struct verdict *original, const char *folder, bool is_relaxed,
		      struct verdict *copy, struct corbel_error *error)
{
	char path[PATH_MAX];
	int file = file_make(original, folder, path);

	if (file < 0)
		return error_set(
			error, file,
			"%s: is mapped in this process already, and cannot be copied to %s/images: "
			"%s (set runtime-dir in [corbel] to a folder that this user may write)",
			original->path, folder, strerror(-file));
	int result = copy_file(original, file);
	close(file);
	if (result == 0)
		result = judge_file(path, is_relaxed, copy, error);
	else
		error_set(error, result, "%s: cannot copy it to %s: %s", original->path, path,
			  strerror(-result));
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
