/* SPDX-License-Identifier: MIT */
/* What a plugin tells the test, whatever becomes of the process: a file of words of 64 bits. */
#ifndef TESTS_RESCUE_NOTE_H
#define TESTS_RESCUE_NOTE_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <corbel/plugin.h>

/* Opens NAME in the plugin's state folder: a descriptor, or -errno. */
static inline int note_open(struct corbel_context *context, const char *name)
{
	const char *folder;
	char path[512];
	int code = corbel_state_folder(context, &folder);

	if (code < 0)
		return code;
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	code = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600);
	return code < 0 ? -errno : code;
}

/* Not inlined: gcc 12 takes the first member for all there is, under ThreadSanitizer. */
__attribute__((noinline, unused)) static void note_write(int note, const void *words, size_t size)
{
	(void)!pwrite(note, words, size, 0);
}

#endif
