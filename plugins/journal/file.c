/* SPDX-License-Identifier: MIT */
/* A file that is rotated by size, and followed when somebody else moves it away. */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NANOSECONDS_BETWEEN_LOOKS INT64_C(1000000000)
#define MILLISECONDS_TO_WAIT 100

struct file {
	struct sink sink;
	char *path; /* NULL: standard error */
	int descriptor;
	bool is_regular;
	struct file_limits limits;
	uint64_t size;
	dev_t device;
	ino_t inode;
	int64_t looked_at; /* ns since the epoch */
};

/* Takes over what an open descriptor is. */
static void descriptor_adopt(struct file *file, int descriptor)
{
	struct stat status = { 0 };

	fstat(descriptor, &status);
	if (file->descriptor >= 0)
		close(file->descriptor);
	file->descriptor = descriptor;
	file->is_regular = S_ISREG(status.st_mode);
	file->size = file->is_regular ? (uint64_t)status.st_size : 0;
	file->device = status.st_dev;
	file->inode = status.st_ino;
}

/* Without O_NONBLOCK a pipe that nobody reads would stop us here. */
static int path_open(struct file *file)
{
	int descriptor =
		open(file->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
		     0640);

	if (descriptor < 0)
		return -errno;
	descriptor_adopt(file, descriptor);
	return 0;
}

static bool path_is_ours(const struct file *file)
{
	struct stat status;

	return stat(file->path, &status) == 0 && status.st_dev == file->device &&
	       status.st_ino == file->inode;
}

static int name_shift(const struct file *file, unsigned int from)
{
	char old[PATH_MAX], new[PATH_MAX];

	if (from == 0)
		snprintf(old, sizeof(old), "%s", file->path);
	else
		snprintf(old, sizeof(old), "%s.%u", file->path, from);
	if ((size_t)snprintf(new, sizeof(new), "%s.%u", file->path, from + 1) >= sizeof(new))
		return -ENAMETOOLONG;
	if (rename(old, new) < 0 && !(from > 0 && errno == ENOENT))
		return -errno;
	return 0;
}

/*
 * The oldest first, each by one rename, so that a crash in between loses nothing. Files below a gap
 * need not move.
 */
static int names_shift(const struct file *file)
{
	char name[PATH_MAX];
	unsigned int last = 1;
	int result = 0;

	for (; last < file->limits.keep; last++) {
		snprintf(name, sizeof(name), "%s.%u", file->path, last);
		if (access(name, F_OK) < 0)
			break;
	}
	while (result == 0 && last-- > 0)
		result = name_shift(file, last);
	return result;
}

/* Whatever fails, the open file still takes lines. */
static int file_rotate(struct file *file)
{
	int result = path_is_ours(file) ? names_shift(file) : 0;

	return result < 0 ? result : path_open(file);
}

static void warning_set(struct file *file, int code, const char *what)
{
	file->sink.warning = code;
	if (code < 0)
		snprintf(file->sink.warning_words, sizeof(file->sink.warning_words),
			 "cannot %s %.150s: %s", what, file->path, strerrordesc_np(-code));
}

static void file_prepare(struct file *file, size_t length, int64_t now)
{
	bool is_time = now - file->looked_at >= NANOSECONDS_BETWEEN_LOOKS || now < file->looked_at;
	bool is_full =
		file->is_regular && file->size > 0 && file->size + length > file->limits.size;

	if (is_time)
		file->looked_at = now;
	if (is_full)
		warning_set(file, file_rotate(file), "rotate");
	else if (is_time && file->is_regular && !path_is_ours(file))
		warning_set(file, path_open(file), "open again");
	else if (is_time)
		warning_set(file, 0, "");
}

/*
 * For a terminal or pipe that another process has made non-blocking; a short wait is all it gets.
 */
static bool is_ready_soon(int descriptor)
{
	struct pollfd poll_for = { .fd = descriptor, .events = POLLOUT };

	return poll(&poll_for, 1, MILLISECONDS_TO_WAIT) > 0;
}

static int bytes_write(const struct file *file, const char *bytes, size_t count, size_t *written)
{
	*written = 0;
	while (*written < count) {
		ssize_t result = write(file->descriptor, bytes + *written, count - *written);

		if (result < 0 && errno == EINTR)
			continue;
		if (result < 0 && errno == EAGAIN && is_ready_soon(file->descriptor))
			continue;
		if (result < 0)
			return -errno;
		*written += (size_t)result;
	}
	return 0;
}

static int file_write(struct sink *sink, const struct line *line, const struct line_event *event)
{
	struct file *file = (struct file *)sink;
	size_t written;

	if (line->is_cut)
		return -ENOMEM;
	if (file->path)
		file_prepare(file, line->length, event->at);

	int result = bytes_write(file, line->text, line->length, &written);

	/* A full disk takes the first half of a line: it goes, so that all lines are whole. */
	if (result < 0 && written > 0 && file->is_regular &&
	    ftruncate(file->descriptor, (off_t)file->size) == 0)
		written = 0;
	file->size += written;
	return result;
}

static void file_close(struct sink *sink)
{
	struct file *file = (struct file *)sink;

	if (!file)
		return;
	if (file->path && file->descriptor >= 0)
		close(file->descriptor);
	free(file->path);
	free(file);
}

static const struct sink_kind file_kind = { .write = file_write, .close = file_close };

static struct file *file_make(const char *path)
{
	struct file *file = calloc(1, sizeof(*file));

	if (!file)
		return NULL;
	file->sink.kind = &file_kind;
	file->descriptor = -1;
	file->path = path ? strdup(path) : NULL;
	file->sink.name = path ? file->path : "stderr";
	if (!path || file->path)
		return file;
	file_close(&file->sink);
	return NULL;
}

static int open_explain(const char *path, int code, struct corbel_error *error)
{
	char copy[PATH_MAX], remedy[PATH_MAX + 100];
	const char *folder;

	snprintf(copy, sizeof(copy), "%s", path);
	folder = dirname(copy);
	if (code == -ENOENT || code == -ENOTDIR)
		snprintf(remedy, sizeof(remedy),
			 "make the folder %.400s, or set file to another path", folder);
	else if (code == -EACCES || code == -EPERM)
		snprintf(remedy, sizeof(remedy),
			 "let user %u write in %.400s, or set file to another path",
			 (unsigned int)geteuid(), folder);
	else if (code == -ENXIO)
		snprintf(remedy, sizeof(remedy),
			 "it is a pipe that nobody reads: start its reader first");
	else
		snprintf(remedy, sizeof(remedy), "set file to another path");
	return sink_explain(error, code, remedy, "open %.400s", path);
}

int file_open(const char *path, const struct file_limits *limits, struct sink **sink,
	      struct corbel_error *error)
{
	struct file *file = file_make(path);

	if (!file)
		return sink_explain(error, -ENOMEM, sink_remedy(-ENOMEM), "open %.400s", path);
	file->limits = *limits;

	int result = path_open(file);

	if (result < 0) {
		file_close(&file->sink);
		return open_explain(path, result, error);
	}
	*sink = &file->sink;
	return 0;
}

int file_open_stderr(struct sink **sink, struct corbel_error *error)
{
	struct file *file = file_make(NULL);

	if (!file)
		return sink_explain(error, -ENOMEM, sink_remedy(-ENOMEM), "open stderr");
	file->descriptor = STDERR_FILENO;
	*sink = &file->sink;
	return 0;
}
