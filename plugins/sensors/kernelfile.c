/* SPDX-License-Identifier: MIT */
/* A text that the kernel makes anew at every read. */
#include "kernelfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CAPACITY_FIRST 4096
#define CAPACITY_MAX (4u << 20)

int kernelfile_init(struct kernelfile *file, const char *format, ...)
{
	va_list arguments;

	*file = (struct kernelfile){ .descriptor = -1 };
	va_start(arguments, format);
	int length = vasprintf(&file->path, format, arguments);
	va_end(arguments);
	if (length < 0) {
		file->path = NULL;
		return -ENOMEM;
	}
	return 0;
}

static void file_close(struct kernelfile *file)
{
	if (file->descriptor >= 0)
		close(file->descriptor);
	file->descriptor = -1;
}

void kernelfile_fini(struct kernelfile *file)
{
	if (file->path)
		file_close(file);
	free(file->path);
	free(file->text);
	*file = (struct kernelfile){ .descriptor = -1 };
}

static int text_grow(struct kernelfile *file)
{
	size_t capacity = file->capacity ? 2 * file->capacity : CAPACITY_FIRST;

	if (capacity > CAPACITY_MAX)
		return -EFBIG;

	char *text = realloc(file->text, capacity);

	if (!text)
		return -ENOMEM;
	file->text = text;
	file->capacity = capacity;
	return 0;
}

/*
 * From position 0, so that the kernel makes the text anew; read on until it says that there is no
 * more.
 */
static int text_fill(struct kernelfile *file)
{
	size_t length = 0;

	for (;;) {
		if (length + 1 >= file->capacity) {
			int result = text_grow(file);

			if (result < 0)
				return result;
		}

		ssize_t count = pread(file->descriptor, file->text + length,
				      file->capacity - length - 1, (off_t)length);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -errno;
		if (count == 0)
			break;
		length += (size_t)count;
	}
	file->text[length] = '\0';
	return 0;
}

int kernelfile_read(struct kernelfile *file, const char **text)
{
	/* Without O_NONBLOCK a pipe in the place of the file would stop the plugin's strand. */
	if (file->descriptor < 0)
		file->descriptor = open(file->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (file->descriptor < 0)
		return -errno;

	int result = text_fill(file);

	/* What failed once may be another file by now. */
	if (result < 0)
		file_close(file);
	else
		*text = file->text;
	return result;
}
