/* SPDX-License-Identifier: MIT */
/* A house at whose door one file, folder/guest.so, asks to be let in. */
#ifndef TESTS_TRUST_DOORSTEP_H
#define TESTS_TRUST_DOORSTEP_H

#include "house.h"

/* Copies the whole file; the new one may be changed by its owner alone. */
static inline void doorstep_copy(const char *from, const char *to)
{
	char bytes[4096];
	FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
	size_t count;

	ck_assert_msg(in && out, "%s or %s cannot be opened", from, to);
	while ((count = fread(bytes, 1, sizeof(bytes), in)) > 0)
		ck_assert_uint_eq(fwrite(bytes, 1, count, out), count);
	fclose(in);
	ck_assert_int_eq(fclose(out), 0);
}

/* The file as it is built: "guest_1", "guest_2" or "guest_evil". */
static inline const char *doorstep_built(char path[4096], const char *name)
{
	snprintf(path, 4096, "%s/tests/trust/.libs/%s.so", TEST_BUILDDIR, name);
	return path;
}

/* Puts one of them to `file` in the folder of the house, as an installation does: by a rename. */
static inline const char *doorstep_put(const struct house *house, const char *name,
				       const char *file)
{
	static char path[4096];
	char new[4096], from[4096];

	snprintf(new, sizeof(new), "%s/new", house->folder);
	snprintf(path, sizeof(path), "%s/%s", house->folder, file);
	doorstep_copy(doorstep_built(from, name), new);
	ck_assert_int_eq(rename(new, path), 0);
	return path;
}

#endif
