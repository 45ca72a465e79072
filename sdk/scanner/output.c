/* SPDX-License-Identifier: MIT */
/* Text that is made in memory and appears in its file whole or not at all. */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"

int output_init(struct output *output)
{
	*output = (struct output){ 0 };
	output->stream = open_memstream(&output->text, &output->size);
	return output->stream ? 0 : -errno;
}

static int bytes_write(int descriptor, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t written = write(descriptor, bytes, size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		bytes += written;
		size -= (size_t)written;
	}
	return 0;
}

static int beside_write(const struct output *output, const char *beside, const char *path)
{
	int descriptor = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	if (descriptor < 0)
		return -errno;
	int result = bytes_write(descriptor, output->text, output->size);
	if (close(descriptor) < 0 && result == 0)
		result = -errno;
	if (result == 0 && rename(beside, path) < 0)
		result = -errno;
	if (result < 0)
		unlink(beside);
	return result;
}

/* A device or a pipe, /dev/stdout for one, cannot be replaced by a rename. */
static bool is_replaceable(const char *path)
{
	struct stat found;

	return stat(path, &found) < 0 || S_ISREG(found.st_mode);
}

static int straight_write(const struct output *output, const char *path)
{
	int descriptor = open(path, O_WRONLY | O_CLOEXEC);

	if (descriptor < 0)
		return -errno;
	int result = bytes_write(descriptor, output->text, output->size);
	if (close(descriptor) < 0 && result == 0)
		result = -errno;
	return result;
}

static int path_write(const struct output *output, const char *path)
{
	char beside[PATH_MAX];

	if (!is_replaceable(path))
		return straight_write(output, path);
	int length = snprintf(beside, sizeof(beside), "%s.%ld.new", path, (long)getpid());
	if (length < 0 || (size_t)length >= sizeof(beside))
		return -ENAMETOOLONG;
	return beside_write(output, beside, path);
}

int output_finish(struct output *output, const char *path, struct corbel_error *error)
{
	int result = fclose(output->stream) == 0 ? 0 : -errno;
	bool standard = !path || strcmp(path, "-") == 0;

	output->stream = NULL;
	if (result == 0)
		result = standard ? bytes_write(STDOUT_FILENO, output->text, output->size)
				  : path_write(output, path);
	output_drop(output);
	if (result == 0)
		return 0;
	return error_set(error, result, "%s: cannot write it: %s",
			 standard ? "standard output" : path, strerror(-result));
}

void output_drop(struct output *output)
{
	if (output->stream)
		fclose(output->stream);
	free(output->text);
	*output = (struct output){ 0 };
}
