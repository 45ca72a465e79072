/* SPDX-License-Identifier: MIT */
/* A text that the kernel makes anew at every read: opened once, read whole again and again. */
#ifndef SENSORS_KERNELFILE_H
#define SENSORS_KERNELFILE_H

#include <stddef.h>

struct kernelfile {
	char *path;
	int descriptor; /* -1: not open now; tried again at the next read */
	char *text;     /* of the last read, NUL-terminated; grows, never shrinks */
	size_t capacity;
};

/* The file's path is its format's text. Nothing is opened yet. -ENOMEM. */
__attribute__((format(printf, 2, 3))) int kernelfile_init(struct kernelfile *file,
							  const char *format, ...);
void kernelfile_fini(struct kernelfile *file);

/*
 * Reads the file whole; `*text` is borrowed until the next read. 0 or -errno: -ENOENT and its like
 * when it cannot be opened, -ENODEV when its device has gone, -EFBIG above 4 MiB.
 */
int kernelfile_read(struct kernelfile *file, const char **text);

#endif
