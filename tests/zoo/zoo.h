/* SPDX-License-Identifier: MIT */
/* Finds and reads the files of the zoo, for tests. */
#ifndef ZOO_H
#define ZOO_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

/* The path of a zoo plugin in a buffer of the caller; returns the buffer. */
static inline const char *zoo_path(char buffer[4096], const char *name)
{
	snprintf(buffer, 4096, "%s/tests/zoo/.libs/%s.so", TEST_BUILDDIR, name);
	return buffer;
}

/* The whole file in fresh memory. */
static inline unsigned char *zoo_read(const char *name, size_t *size)
{
	char path[4096];
	FILE *file = fopen(zoo_path(path, name), "rb");

	ck_assert_msg(file != NULL, "%s is not built", path);
	ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
	*size = (size_t)ftell(file);
	rewind(file);
	unsigned char *bytes = malloc(*size);
	ck_assert_ptr_nonnull(bytes);
	ck_assert_uint_eq(fread(bytes, 1, *size, file), *size);
	fclose(file);
	return bytes;
}

/* Whatever it is: a build tree may stand anywhere. For files that include judge.h. */
#define ZOO_TERMS (&(const struct judge_terms){ .is_relaxed = true })

#endif
